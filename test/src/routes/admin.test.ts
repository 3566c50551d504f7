import type { FastifyInstance, InjectOptions } from 'fastify'
import t from 'tap'
import { newId, type EventRow } from '../../../db/index.ts'
import { bn } from '../../../src/i18n/bn.ts'
import { cellOf } from '../../../src/routes/admin/cells.ts'
import { build, call, faceChange, PASSWORD, person, type LoggedIn } from '../../support/app.ts'

type Body = Record<string, unknown>
const ask = async <T = Body>(
  app: FastifyInstance,
  by: LoggedIn,
  method: InjectOptions['method'],
  path: string,
  payload?: object
) => {
  const response = await app.inject({
    method: method!,
    url: `/api/v1${path}`,
    headers: by.headers,
    ...(payload !== undefined && { payload })
  })
  return { status: response.statusCode, body: (response.body === '' ? null : response.json()) as T }
}

/** A session that began, and what was seen in it; stopped unless it is to stay open. */
async function session (
  app: FastifyInstance,
  who: LoggedIn,
  about: {
    readonly atMs?: number
    readonly risk?: number
    readonly examId?: string
    readonly attemptId?: string
    readonly isOpen?: boolean
    readonly rows?: ReadonlyArray<Partial<EventRow>>
  } = {}
): Promise<string> {
  const { db } = app.services
  const { atMs = Date.now(), risk = 0, rows = [] } = about
  const {
    session: { id }
  } = await db.sessions.open({
    userId: who.user.id,
    atMs,
    ...(about.examId !== undefined && { examId: about.examId }),
    ...(about.attemptId !== undefined && { attemptId: about.attemptId })
  })
  await db.events.append(
    rows.map((row, index) => ({
      id: newId(),
      sessionId: id,
      userId: who.user.id,
      kind: 'phone',
      phase: 'instant',
      incident: index + 1,
      atMs,
      durationMs: null,
      class: 'integrity',
      severity: 'high',
      weight: 4,
      detail: {},
      createdAtMs: atMs,
      ...row
    }))
  )
  if (about.isOpen !== true) await db.sessions.transition(id, ['active'], 'stopped', atMs + 1000, who.user.id, 'done')
  await db.sessions.setScores(
    id,
    { riskScore: risk, trustScore: 90, complianceScore: 95, eventCount: rows.length, seenPercent: 99.5 },
    atMs
  )
  return id
}

t.test('accounts are listed, searched and paged; teachers see students', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const students = [await person(app), await person(app), await person(app)]
  const list = async (by: LoggedIn, query = '') =>
    await ask<{ users: Array<{ id: string, email: string, role: string }>, next: string | null }>(
      app,
      by,
      'GET',
      `/users${query}`
    )
  t.equal((await list(admin)).body.users.length, 5)
  const first = await list(admin, '?role=student&limit=2')
  t.same(
    first.body.users.map(({ id }) => id),
    [students[2]!.user.id, students[1]!.user.id]
  )
  t.match((await list(admin, `?role=student&limit=2&before=${first.body.next}`)).body, {
    users: [{ id: students[0]!.user.id }],
    next: null
  })
  t.match((await list(admin, `?search=${encodeURIComponent(teacher.user.email.toUpperCase())}`)).body.users, [
    { role: 'teacher' }
  ])
  t.ok((await list(teacher)).body.users.every(({ role }) => role === 'student'))
  t.equal((await list(teacher, '?role=admin')).status, 403)
  t.equal((await ask(app, teacher, 'GET', `/users/${admin.user.id}`)).status, 403)
  t.match(await ask(app, teacher, 'GET', `/users/${students[0]!.user.id}`), {
    status: 200,
    body: { email: students[0]!.user.email, disabledAtMs: null }
  })
  t.notOk('passwordHash' in (await ask(app, admin, 'GET', `/users/${teacher.user.id}`)).body)
  t.match(await ask(app, admin, 'GET', '/users/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'), {
    status: 404,
    body: { code: 'INVIGIL_ERR_USER_UNKNOWN' }
  })
  for (const query of ['?limit=0', '?role=odd', '?before=x', '?odd=1']) {
    t.equal((await list(admin, query)).status, 400, query)
  }
})

t.test('a role changes and an account is disabled at once, with an entry in the audit log', async t => {
  const app = await build(t)
  const { db } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const path = `/users/${teacher.user.id}`
  t.match(await ask(app, admin, 'PATCH', path, { role: 'student', name: ' Ms Rahman ' }), {
    status: 200,
    body: { role: 'student', name: 'Ms Rahman' }
  })
  t.equal((await ask(app, teacher, 'GET', '/users')).status, 403, "the token of a teacher is a student's now")
  t.match(await ask(app, admin, 'PATCH', path, { disabled: true }), { status: 200, body: { disabledAtMs: Number } })
  t.match(await ask(app, teacher, 'GET', '/auth/me'), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_REVOKED' } })
  t.match(
    await call(app, 'POST', '/auth/login/password', { payload: { email: teacher.user.email, password: PASSWORD } }),
    { status: 403, body: { code: 'INVIGIL_ERR_ACCOUNT_DISABLED' } }
  )
  await ask(app, admin, 'PATCH', path, { disabled: false, role: 'student' })
  t.equal(
    (await call(app, 'POST', '/auth/login/password', { payload: { email: teacher.user.email, password: PASSWORD } }))
      .status,
    200
  )
  const entries = await db.audit.list({ limit: 10 })
  t.same(
    entries.map(({ action }) => action),
    ['user.enable', 'user.disable', 'user.role', 'user.rename'],
    'what stays as it is leaves none'
  )
  t.match(entries[2], {
    actorId: admin.user.id,
    targetId: teacher.user.id,
    detail: { role: 'student', was: 'teacher' }
  })
  for (const payload of [{ role: 'student' }, { disabled: true }]) {
    t.match(await ask(app, admin, 'PATCH', `/users/${admin.user.id}`, payload), {
      status: 409,
      body: { code: 'INVIGIL_ERR_SELF' }
    })
  }
  for (const payload of [{ role: 'king' }, { name: ' ' }, { email: 'a@b.c' }]) {
    t.equal((await ask(app, admin, 'PATCH', path, payload)).status, 400)
  }
})

t.test('of two admins who take each other\'s role one stays an admin', async t => {
  const app = await build(t)
  const [a, b] = [await person(app, 'admin'), await person(app, 'admin')]
  const answers = await Promise.all([
    ask(app, a, 'PATCH', `/users/${b.user.id}`, { role: 'student' }),
    ask(app, b, 'PATCH', `/users/${a.user.id}`, { role: 'student' })
  ])
  t.same(answers.map(({ status }) => status).sort(), [200, 403])
  t.equal((await app.services.db.users.countByRole()).admin, 1)
})

t.test('a new password forgets the enrolled face, which would open the account as well', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const [enrolled, other] = [await person(app), await person(app)]
  await app.faces.store(enrolled.user.id, Float32Array.of(1, 0), faceChange(enrolled))
  for (const { user } of [enrolled, other]) {
    t.equal((await ask(app, admin, 'POST', `/users/${user.id}/password`, {})).status, 200)
  }
  t.match(await app.services.db.users.byId(enrolled.user.id), { hasFace: false })
  const traces = (await app.services.db.audit.list({ limit: 20 })).filter(({ action }) => action === 'face.remove')
  t.match(traces, [{ actorId: admin.user.id, targetId: enrolled.user.id }], 'and it is in the audit log')
})

t.test('a new password ends every login; one that was made is told once', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const student = await person(app)
  const { status, body } = await ask<{ password: string }>(app, admin, 'POST', `/users/${student.user.id}/password`, {})
  t.equal(status, 200)
  t.equal((await ask(app, student, 'GET', '/auth/me')).status, 401)
  t.equal(
    (
      await call(app, 'POST', '/auth/login/password', {
        payload: { email: student.user.email, password: body.password }
      })
    ).status,
    200
  )
  t.same(
    (await ask(app, admin, 'POST', `/users/${student.user.id}/password`, { password: 'another long password' })).body,
    {}
  )
  t.equal((await ask(app, admin, 'POST', `/users/${student.user.id}/password`, { password: 'short' })).status, 400)
  const again = await person(app)
  t.equal((await ask(app, admin, 'POST', `/users/${again.user.id}/logout`)).status, 204)
  t.equal((await ask(app, again, 'GET', '/auth/me')).status, 401)
  t.notMatch(JSON.stringify(await app.services.db.audit.list({ limit: 10 })), body.password)
})

t.test('an erased account leaves nothing but ids in the audit log', async t => {
  const app = await build(t)
  const { db, live } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const { id } = student.user
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', isOpenToAll: true, atMs: 1 }, [
    { section: '', kind: 'long', text: 'Why?', points: 1, body: {} }
  ])
  await db.exams.assign(exam.id, [id])
  await db.exams.setAccommodation({
    examId: exam.id,
    userId: id,
    extraTimeShare: 0.5,
    flags: {},
    by: teacher.user.id,
    reason: 'x',
    atMs: 1
  })
  await db.exams.addPreflight({ examId: exam.id, userId: id, isPassed: true, checks: {}, atMs: 1 })
  const begun = await db.attempts.start({
    examId: exam.id,
    userId: id,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs: 1
  })
  if (begun.outcome !== 'created') throw new Error('not begun')
  const [question] = await db.questions.list(exam.id)
  await db.answers.save({
    attemptId: begun.attempt.id,
    questionId: question!.id,
    value: 'because',
    clientSeq: 1,
    savedAtMs: 1
  })
  await db.answers.addCode({ attemptId: begun.attempt.id, questionId: question!.id, language: 'c', code: 'x', atMs: 1 })
  const sessionId = await session(app, student, {
    examId: exam.id,
    attemptId: begun.attempt.id,
    isOpen: true,
    rows: [{}]
  })
  await live.start((await db.sessions.byId(sessionId))!)
  await live.pause(sessionId, admin.user.id)
  t.equal((await ask(app, admin, 'POST', '/events', { sessionId, kind: 'phone' })).status, 201)

  t.match(await ask(app, admin, 'DELETE', `/users/${admin.user.id}`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_SELF' }
  })
  t.equal((await ask(app, admin, 'DELETE', `/users/${id}`)).status, 204)
  t.match(await ask(app, admin, 'DELETE', `/users/${id}`), { status: 404, body: { code: 'INVIGIL_ERR_USER_UNKNOWN' } })
  t.equal((await ask(app, student, 'GET', '/auth/me')).status, 401)
  t.equal(await db.users.byId(id), undefined)
  t.equal(await db.sessions.byId(sessionId), undefined)
  t.same(await db.sessions.pauses(sessionId), [])
  t.same(await db.events.list({ userId: id, limit: 5 }), [])
  t.same(await db.events.listBySession(sessionId, { limit: 5 }), [])
  t.equal(await db.attempts.byId(begun.attempt.id), undefined)
  t.same(await db.answers.list(begun.attempt.id), [])
  t.same(await db.answers.listCode(begun.attempt.id, { limit: 5 }), [])
  t.same(await db.grades.list(begun.attempt.id), [])
  t.same(await db.exams.assigned(exam.id, { limit: 5 }), [])
  t.equal(await db.exams.accommodation(exam.id, id), undefined)
  t.equal(await db.exams.lastPreflight(exam.id, id), undefined)
  t.equal(await live.open(sessionId), undefined)
  const log = JSON.stringify(await db.audit.list({ limit: 50 }))
  t.match(log, 'user.erase')
  t.notMatch(log, student.user.email)
})

t.test('sessions are filtered by exam, risk and time, and ended with a reason', async t => {
  const app = await build(t)
  const { db } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const exam = await db.exams.create({
    ownerId: teacher.user.id,
    title: 'Physics',
    policy: { riskLimits: { medium: 1, high: 2 } },
    atMs: 1
  })
  const foreign = await db.exams.create({ ownerId: newId(), title: 'Chemistry', atMs: 1 })
  const low = await session(app, student, { atMs: 1000, risk: 4.5, examId: exam.id })
  const medium = await session(app, student, { atMs: 2000, risk: 5 })
  const high = await session(app, student, { atMs: 3000, risk: 10, examId: foreign.id })
  const open = await session(app, student, { atMs: 4000, isOpen: true })
  const list = async (by: LoggedIn, query: string) =>
    (await ask<{ sessions: Array<{ id: string }> }>(app, by, 'GET', `/sessions${query}`)).body.sessions?.map(
      ({ id }) => id
    )
  t.same(await list(admin, '?riskLevel=Low'), [open, low])
  t.same(await list(admin, '?riskLevel=Medium'), [medium])
  t.same(await list(admin, '?riskLevel=High'), [high])
  t.same(await list(admin, `?riskLevel=High&examId=${exam.id}`), [low], 'by the exam\'s own limits')
  t.same(await list(admin, '?fromMs=2000&toMs=4000'), [high, medium])
  t.same(await list(teacher, ''), [open, medium, low], 'of their own exams and of none')
  t.same(await list(student, ''), [open, high, medium, low])

  const terminate = async (by: LoggedIn, id: string, payload: object = { reason: 'help from outside' }) =>
    await ask(app, by, 'POST', `/sessions/${id}/terminate`, payload)
  t.equal((await terminate(student, open)).status, 403)
  t.equal((await terminate(teacher, high)).status, 403)
  t.equal((await terminate(teacher, open, {})).status, 400)
  const both = await Promise.all([terminate(teacher, open), terminate(admin, open)])
  t.same(both.map(({ status }) => status).sort(), [200, 409])
  t.match(await db.sessions.byId(open), { state: 'terminated', endReason: 'help from outside' })
  t.match(await terminate(admin, open), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_ENDED' } })
  t.match((await db.audit.list({ targetId: open, limit: 5 })).at(-1), {
    action: 'session.terminate',
    detail: { text: 'help from outside' }
  })
})

t.test('candidates, statistics and the audit log add up', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const student = await person(app)
  const nowMs = Date.now()
  await session(app, student, {
    atMs: nowMs,
    risk: 12,
    rows: [{}, { kind: 'tab_switch' }, { kind: 'tab_switch', phase: 'end' }]
  })
  await session(app, student, { atMs: nowMs, risk: 2 })
  t.match((await ask(app, admin, 'GET', '/admin/candidates?search=student')).body, {
    candidates: [{ id: student.user.id, sessionCount: 2, riskScoreMax: 12, riskScoreMean: 7, trustScoreMean: 90 }],
    next: null
  })
  const { body: one } = await ask(app, admin, 'GET', `/admin/candidates/${student.user.id}`)
  t.match(one, { user: { email: student.user.email }, sessions: [{ riskScore: 2 }, { riskScore: 12 }] })
  t.same(one['attempts'], [])
  const stats = await ask(app, admin, 'GET', '/admin/stats')
  t.match(stats, {
    status: 200,
    body: {
      usersByRole: { student: 1, admin: 1 },
      sessionsByState: { stopped: 2, active: 0 },
      risk: { low: 1, medium: 0, high: 1 },
      eventsByKind: { phone: 1, tab_switch: 1 }
    }
  })
  const overTime = stats.body['overTime'] as Array<{ sessions: number, incidents: number }>
  t.equal(overTime.reduce((sum, { sessions }) => sum + sessions, 0), 2)
  t.equal(overTime.reduce((sum, { incidents }) => sum + incidents, 0), 2)
  t.equal((await ask(app, admin, 'GET', `/admin/stats?fromMs=${nowMs}&toMs=${nowMs - 1}`)).status, 400)
  t.equal((await ask(app, admin, 'GET', '/admin/stats?fromMs=0')).status, 400, 'more than a year')
  await ask(app, admin, 'POST', `/users/${student.user.id}/logout`)
  t.match((await ask(app, admin, 'GET', `/admin/audit?targetId=${student.user.id}&targetType=user`)).body, {
    entries: [{ actorId: admin.user.id, action: 'user.logout' }],
    next: null
  })
})

t.test('a cell is no formula, and survives what it holds', async t => {
  const cells: ReadonlyArray<[Parameters<typeof cellOf>[0], string]> = [
    ['=1+1', "'=1+1"],
    ['+8801', "'+8801"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\t=1', '"\'\t=1"'],
    ['\r\n=1', '"\'\r\n=1"'],
    ['＝1', "'＝1"],
    [-2, '-2'],
    [null, ''],
    [true, 'true'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['রহিম', 'রহিম'],
    ['two\nlines', '"two\nlines"']
  ]
  for (const [value, cell] of cells) t.equal(cellOf(value), cell, JSON.stringify(value))
})

t.test('a text that a spreadsheet would convert is protected, and no other', t => {
  const converted = [
    '00123',
    '1E5',
    'MARCH1',
    'march1',
    '1-MAR',
    '7',
    '1.50',
    '.5',
    '1,5',
    '12%',
    '$5',
    '৳৫',
    '(5)',
    '1 000',
    "1'000",
    '12345678901234567890',
    '১২৩',
    '１２',
    '٣٫٥',
    '5E-3',
    '1/2',
    '3-4',
    '10/11/12',
    '2026-11-26',
    '26.11.2026',
    '12:30',
    '12:30 pm',
    '2026-11-26T20:55',
    'Sept 2026',
    '2 Oct',
    'DEC1',
    'TRUE',
    'false',
    '#N/A',
    '\u200B00123',
    ' 00123 ',
    '0012\u200D3'
  ]
  for (const text of converted) t.match(cellOf(text), /^"?'/, JSON.stringify(text))
  const kept = [
    '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11',
    '01234567-1234-7123-8123-012345678901',
    '2026-11-26T20:55:24.123Z',
    'Anna 2',
    'Room 12',
    'March',
    'May',
    'B12',
    '7up',
    'x@example.org',
    'face_missing',
    '{"a":1}',
    'trueish',
    ''
  ]
  for (const text of kept) t.notMatch(cellOf(text), /^"?'/, JSON.stringify(text))
  t.same([cellOf(7), cellOf(1e21), cellOf(false)], ['7', '1e+21', 'false'], 'numbers and flags stay what they are')
  t.end()
})

t.test('sessions, events and results leave as CSV or JSON, and each file is in the audit log', async t => {
  const app = await build(t)
  const { db } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  await db.users.setProfile(student.user.id, { name: '=cmd|calc' })
  const second = await person(app)
  await db.users.setProfile(second.user.id, { name: '00123' })
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics, "I"', atMs: 1 })
  const begun = await db.attempts.start({
    examId: exam.id,
    userId: student.user.id,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs: 1000
  })
  t.equal(begun.outcome, 'created')
  const id = await session(app, student, {
    examId: exam.id,
    atMs: 1000,
    rows: [{ detail: { description: 'a, b' } }, { kind: 'x_chat_opened' }]
  })
  for (let more = 0; more < 3; more++) await session(app, more === 0 ? second : student, { atMs: 2000 + more })
  const file = async (by: LoggedIn, what: string) =>
    await app.inject({ url: `/api/v1/admin/export/${what}`, headers: by.headers })

  const sessions = await file(admin, 'sessions')
  t.match(sessions.headers, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="sessions.csv"',
    'cache-control': 'no-store'
  })
  const lines = sessions.body.split('\r\n')
  t.equal(
    lines[0],
    '\uFEFFid,userId,userName,userEmail,examId,examTitle,attemptId,state,startedAt,endedAt,endReason,riskScore,trustScore,complianceScore,eventCount,seenPercent'
  )
  t.equal(lines.length, 6)
  t.match(lines[3], `,'00123,${second.user.email},`)
  t.equal(
    lines[4],
    `${id},${student.user.id},'=cmd|calc,${student.user.email},${exam.id},"Physics, ""I""",,stopped,1970-01-01T00:00:01.000Z,1970-01-01T00:00:02.000Z,done,0,90,95,2,99.5`
  )
  t.match((await file(teacher, `sessions?format=json&examId=${exam.id}`)).json(), [
    { id, userName: '=cmd|calc', examTitle: 'Physics, "I"' }
  ])
  t.same((await file(admin, 'sessions?format=json&state=paused')).json(), [])

  const events = (await file(teacher, `events?sessionId=${id}&lang=bn`)).body
  t.match(events, bn.events.phone)
  t.match(events, '"{""description"":""a, b""}"')
  t.equal((await file(admin, 'events?format=json&kind=Chat%20opened')).json().length, 1)
  t.equal((await file(await person(app, 'teacher'), `events?sessionId=${id}`)).statusCode, 403)
  t.same((await file(await person(app, 'teacher'), 'events?format=json')).json(), [])

  t.match((await file(teacher, `results?format=json&examId=${exam.id}`)).json(), [
    { examTitle: 'Physics, "I"', state: 'open', points: null, isGraded: false }
  ])
  t.equal((await file(teacher, 'results')).statusCode, 400)
  t.equal((await file(await person(app, 'teacher'), `results?examId=${exam.id}`)).statusCode, 403)
  t.equal((await file(admin, 'results?examId=0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11')).statusCode, 404)
  t.equal((await file(admin, 'sessions?format=xml')).statusCode, 400)
  t.equal(
    (await db.audit.list({ targetType: 'export', limit: 50 })).filter(({ action }) => action === 'export').length,
    7
  )
})

t.test('the language that an account chose is stronger than what its device asks for', async t => {
  const app = await build(t)
  const student = await person(app)
  const refused = async (headers: Record<string, string>, query = '') =>
    (await call<{ message: string }>(app, 'GET', `/users${query}`, { headers: { ...student.headers, ...headers } }))
      .body.message
  const { en } = await import('../../../src/i18n/en.ts')
  t.equal(await refused({ 'accept-language': 'bn' }), bn.errors.INVIGIL_ERR_FORBIDDEN, 'nothing chosen yet')
  t.match(await ask(app, student, 'PATCH', '/auth/me', { locale: 'en', name: ' Rahim ' }), {
    status: 200,
    body: { locale: 'en', name: 'Rahim' }
  })
  t.equal(await refused({ 'accept-language': 'bn' }), en.errors.INVIGIL_ERR_FORBIDDEN)
  t.equal(await refused({ 'accept-language': 'bn' }, '?lang=bn'), bn.errors.INVIGIL_ERR_FORBIDDEN)
  await ask(app, student, 'PATCH', '/auth/me', { locale: 'bn' })
  t.equal(await refused({ 'accept-language': 'en' }), bn.errors.INVIGIL_ERR_FORBIDDEN)
  await ask(app, student, 'PATCH', '/auth/me', { locale: 'auto' })
  t.equal(await refused({}), en.errors.INVIGIL_ERR_FORBIDDEN)
  t.equal((await ask(app, student, 'PATCH', '/auth/me', { locale: 'fr' })).status, 400)
  t.equal((await ask(app, student, 'PATCH', '/auth/me', { role: 'admin' })).status, 400)
})
