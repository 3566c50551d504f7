import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { newId, type EventRow } from '../../../db/index.ts'
import { build, call, person, type LoggedIn } from '../../support/app.ts'

interface Session {
  readonly id: string
  readonly state: string
  readonly endReason: string | null
  readonly socketPath?: string
}
type Action = 'start' | 'pause' | 'resume' | 'stop' | 'clear-logs'

const act = async (app: FastifyInstance, action: Action, by: LoggedIn, on: LoggedIn = by, payload?: object) =>
  await call<Session>(app, 'POST', `/exam/${action}/${on.user.id}`, { headers: by.headers, ...defined({ payload }) })

function row (session: Session, user: LoggedIn, about: Partial<EventRow> = {}): EventRow {
  return {
    id: newId(),
    sessionId: session.id,
    userId: user.user.id,
    kind: 'phone',
    phase: 'instant',
    incident: 1,
    atMs: Date.now(),
    durationMs: null,
    class: 'integrity',
    severity: 'high',
    weight: 4,
    detail: { objectScore: 0.9 },
    createdAtMs: Date.now(),
    ...about
  }
}

t.test('a session starts, pauses, resumes and stops', async t => {
  const app = await build(t)
  const student = await person(app)
  const started = await act(app, 'start', student)
  t.match(started, {
    status: 201,
    body: {
      state: 'active',
      userId: student.user.id,
      riskScore: 0,
      trustScore: 100,
      socketPath: `/ws/${student.user.id}`
    }
  })
  t.match(
    await act(app, 'start', student),
    { status: 200, body: { id: started.body.id } },
    'starting again answers the open one'
  )
  t.match(await act(app, 'resume', student), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_NOT_PAUSED' } })
  t.match(await act(app, 'pause', student, student, { reason: 'water' }), {
    status: 200,
    body: { id: started.body.id, state: 'paused' }
  })
  t.match(await act(app, 'pause', student), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_NOT_ACTIVE' } })
  t.match(await act(app, 'start', student), { status: 200, body: { state: 'paused' } }, 'a start is no resume')
  t.match(await act(app, 'resume', student), { status: 200, body: { state: 'active' } })
  t.match(await act(app, 'stop', student, student, { reason: 'done' }), {
    status: 200,
    body: { state: 'stopped', endReason: 'done' }
  })
  for (const action of ['pause', 'resume', 'stop'] as const) {
    t.match(await act(app, action, student), { status: 404, body: { code: 'INVIGIL_ERR_SESSION_NONE' } })
  }
  const pauses = await app.services.db.sessions.pauses(started.body.id)
  t.match(pauses, [{ by: student.user.id }])
  const next = await act(app, 'start', student)
  t.equal(next.status, 201)
  t.not(next.body.id, started.body.id)
})

t.test('of several starts at once one creates the session, and all responses have it', async t => {
  const app = await build(t)
  const student = await person(app)
  const answers = await Promise.all([1, 2, 3, 4].map(() => act(app, 'start', student)))
  t.same(answers.map(answer => answer.status).sort(), [200, 200, 200, 201])
  t.equal(new Set(answers.map(answer => answer.body.id)).size, 1)
})

t.test('several stops or pauses at once succeed or get a documented refusal', async t => {
  const app = await build(t)
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  await act(app, 'start', student)
  const pauses = await Promise.all([act(app, 'pause', student), act(app, 'pause', teacher, student)])
  t.same(pauses.map(answer => answer.status).sort(), [200, 409])
  const stops = await Promise.all([
    act(app, 'stop', student),
    act(app, 'stop', teacher, student),
    act(app, 'stop', teacher, student)
  ])
  for (const { status } of stops) t.ok(status === 200 || status === 404, String(status))
  t.ok(stops.some(({ status }) => status === 200))
})

t.test('staff pause, resume and stop for a candidate, and start only their own', async t => {
  const app = await build(t)
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  t.match(await act(app, 'start', teacher, student), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
  t.match(await act(app, 'start', teacher), { status: 201 })
  await act(app, 'start', student)
  t.match(await act(app, 'pause', teacher, student), { status: 200, body: { state: 'paused' } })
  t.match(
    await act(app, 'resume', student),
    { status: 403, body: { code: 'INVIGIL_ERR_FORBIDDEN' } },
    "a pause of staff is not the candidate's to end"
  )
  t.match(await act(app, 'resume', teacher, student), { status: 200, body: { state: 'active' } })
  t.match(await act(app, 'stop', teacher, student), { status: 200, body: { state: 'stopped' } })
  t.same(
    (await app.services.db.audit.list({ actorId: teacher.user.id, limit: 9 })).map(({ action }) => action),
    ['session.stop', 'session.resume', 'session.pause'],
    'each in the audit log'
  )
  const other = await person(app)
  for (const action of ['start', 'pause', 'resume', 'stop', 'clear-logs'] as const) {
    t.equal((await act(app, action, other, student)).status, 403, action)
  }
})

t.test('the summary counts incidents and scores them, open or ended', async t => {
  const app = await build(t)
  const student = await person(app)
  t.match(await call(app, 'GET', `/exam/summary/${student.user.id}`, { headers: student.headers }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_SESSION_NONE' }
  })
  const { body: session } = await act(app, 'start', student)
  await act(app, 'stop', student)
  await app.services.db.events.append([
    row(session, student), row(session, student, { kind: 'face_missing', phase: 'start', incident: 2, weight: 2 }),
    row(session, student, { kind: 'face_missing', phase: 'end', incident: 2, weight: 2, durationMs: 10 })
  ])
  t.match(await call(app, 'GET', `/exam/summary/${student.user.id}`, { headers: student.headers }), {
    status: 200,
    body: {
      sessionId: session.id,
      state: 'stopped',
      online: false,
      riskScore: 6,
      riskLevel: 'Medium',
      trustScore: 63,
      eventCount: 2,
      counts: { phone: 1, face_missing: 1 },
      pauses: []
    }
  })
})

t.test('clearing the logs is for staff, and leaves the scores as they were in the audit log', async t => {
  const app = await build(t)
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  t.match(await act(app, 'clear-logs', teacher, student), { status: 404, body: { code: 'INVIGIL_ERR_SESSION_NONE' } })
  const { body: session } = await act(app, 'start', student)
  await act(app, 'stop', student)
  await app.services.db.events.append([row(session, student)])
  t.equal((await act(app, 'clear-logs', student)).status, 403)
  t.match(await act(app, 'clear-logs', teacher, student, { reason: 'a test run' }), {
    status: 200,
    body: { sessionId: session.id, removed: 1 }
  })
  t.match(await app.services.db.audit.list({ limit: 5 }), [
    {
      actorId: teacher.user.id,
      action: 'session.clear-logs',
      targetId: session.id,
      detail: { reason: 'a test run', riskScore: 4, counts: { phone: 1 } }
    }
  ])
  t.match(await call(app, 'GET', `/exam/summary/${student.user.id}`, { headers: teacher.headers }), {
    status: 200,
    body: { riskScore: 0, trustScore: 100, eventCount: 0, counts: {} }
  })
})

t.test('invalid ids and bodies are named in the refusal', async t => {
  const app = await build(t)
  const teacher = await person(app, 'teacher')
  t.match(await call(app, 'POST', '/exam/stop/not-an-id', { headers: teacher.headers }), {
    status: 400,
    body: { details: { fields: [{ field: 'userId' }] } }
  })
  t.match(
    await call(app, 'POST', '/exam/stop/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', { headers: teacher.headers }),
    { status: 404 },
    'no user of that id has a session'
  )
  t.match(await act(app, 'stop', teacher, teacher, { reason: 'x'.repeat(201) }), {
    status: 400,
    body: { details: { fields: [{ field: 'reason', problem: 'must have at most 200 characters' }] } }
  })
  t.match(await act(app, 'start', teacher, teacher, { examId: '1' }), {
    status: 400,
    body: { details: { fields: [{ field: 'examId', problem: 'must look like: uuid' }] } }
  })
  t.match(await act(app, 'start', teacher, teacher, { exam: '1' }), {
    status: 400,
    body: { details: { fields: [{ field: 'exam', problem: 'is not a known field' }] } }
  })
})

t.test('sessions are listed page by page, students see their own', async t => {
  const app = await build(t)
  const teacher = await person(app, 'teacher')
  const students = [await person(app), await person(app), await person(app)] as const
  for (const student of students) await act(app, 'start', student)
  await act(app, 'stop', students[0])
  const list = async (by: LoggedIn, query = '') =>
    await call<{ sessions: Session[], next: string | null }>(app, 'GET', `/sessions${query}`, { headers: by.headers })

  const first = await list(teacher, '?limit=2')
  t.equal(first.body.sessions.length, 2)
  const second = await list(teacher, `?limit=2&before=${first.body.next}`)
  t.equal(second.body.sessions.length, 1)
  t.equal(second.body.next, null)
  t.equal(new Set([...first.body.sessions, ...second.body.sessions].map(({ id }) => id)).size, 3)
  t.equal((await list(teacher, '?state=open')).body.sessions.length, 2)
  t.match((await list(teacher, `?state=stopped&userId=${students[0].user.id}`)).body.sessions, [
    { userName: 'The student', state: 'stopped' }
  ])

  t.match((await list(students[1])).body.sessions, [{ userId: students[1].user.id }])
  t.equal((await list(students[1])).body.sessions.length, 1)
  t.match(await list(students[1], `?userId=${students[0].user.id}`), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS' }
  })
  for (const query of ['?limit=0', '?limit=101', '?state=odd', '?before=x', '?nothing=1']) {
    t.equal((await list(teacher, query)).status, 400, query)
  }
})

t.test('one session and its events are shown, in the reader\'s language and to its role', async t => {
  const app = await build(t)
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  const { body: session } = await act(app, 'start', student)
  await app.services.db.events.append([
    row(session, student),
    row(session, student, { kind: 'face_missing', phase: 'start', incident: 2 }),
    row(session, student, { kind: 'phone', incident: 3 })
  ])
  const read = async (by: LoggedIn, path = '', headers: Record<string, string> = {}) =>
    await call<{ events: Array<Record<string, unknown>>, next: string | null, pauses?: readonly unknown[] }>(
      app,
      'GET',
      `/sessions/${session.id}${path}`,
      { headers: { ...by.headers, ...headers } }
    )

  const view = await read(student)
  t.match(view, { status: 200, body: { id: session.id, state: 'active', online: false, riskLevel: 'Low' } })
  t.same(view.body.pauses, [])
  const asStudent = await read(student, '/events')
  t.match(asStudent.body.events, [
    { event: 'Phone detected', kind: 'phone', severity: 'high' },
    { event: 'Face not detected', phase: 'start' },
    { event: 'Phone detected' }
  ])
  t.notOk(
    'weight' in asStudent.body.events[0]! || 'detail' in asStudent.body.events[0]!,
    'thresholds are not for candidates'
  )
  t.match((await read(teacher, '/events')).body.events[0], {
    weight: 4,
    detail: { objectScore: 0.9 },
    userId: student.user.id
  })
  t.match((await read(student, '/events', { 'accept-language': 'bn-BD' })).body.events[0], { event: 'ফোন শনাক্ত হয়েছে' })
  t.match((await read(student, '/events?lang=bn')).body.events[0], { event: 'ফোন শনাক্ত হয়েছে' })

  const first = await read(student, '/events?limit=2')
  t.equal(first.body.events.length, 2)
  const second = await read(student, `/events?limit=2&after=${first.body.next}`)
  t.match(second.body, { events: [{ incident: 3 }], next: null })
  t.equal((await read(student, '/events?kind=face_missing')).body.events.length, 1)
  for (const query of ['?kind=odd', '?limit=501', '?after=x']) {
    t.equal((await read(student, `/events${query}`)).status, 400, query)
  }
})
