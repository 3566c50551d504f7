import t, { type Test } from 'tap'
import { newId, type Role } from '../../../db/index.ts'
import { as, answerAll, sit, stage, type Begun } from '../../support/exams.ts'
import { connect, lines, room, type Message } from '../../support/gateway.ts'
import { person, type LoggedIn } from '../../support/app.ts'

const QUESTIONS = [
  { kind: 'short', text: 'The capital', points: 1, body: { accepted: ['KEYDhaka'] } },
  { kind: 'long', text: 'Why?', points: 6, body: { guidance: 'GUIDANCE-SECRET' } }
]

/** A student with an event and an open attempt at a teacher's exam, whose role is then changed. */
async function promoted (t: Test, role: Exclude<Role, 'student'>) {
  const r = await room(t)
  const { app, url } = r
  const { teacher, exam, questions } = await stage(app, {}, QUESTIONS)
  const begun = await sit(app, exam)
  const { student, attempt, session } = begun
  const page = await connect(t, `${url}/ws/${student.user.id}?token=${student.accessToken}`)
  await page.next('rate')
  page.send({ type: 'event', event: 'paste' })
  await page.log('paste')
  await as(app, teacher)('POST', '/events', {
    sessionId: session.id,
    kind: 'suspicious_activity',
    description: 'NOTE-OF-STAFF'
  })
  await answerAll(app, student, attempt.id, questions, { short: 'x' })
  const admin = await person(app, 'admin')
  const change = await as(app, admin)('PATCH', `/users/${student.user.id}`, { role })
  if (change.status !== 200) throw new Error('not promoted')
  const self: LoggedIn = student
  return { r, app, url, teacher, exam, questions, attempt: attempt as Begun['attempt'], session, self, admin, page }
}

const SECRETS = /KEYDhaka|GUIDANCE-SECRET|NOTE-OF-STAFF|HEALTH-REASON|"weight":\s?\d/

for (const role of ['teacher', 'admin'] as const) {
  t.test(`a student who became ${role} continues the open attempt as its candidate`, async t => {
    const { app, exam, questions, attempt, session, self } = await promoted(t, role)
    const request = as(app, self)
    t.match(await request('GET', `/attempts/${attempt.id}/questions`), { status: 200 })
    t.match(await request('PUT', `/attempts/${attempt.id}/answers/${questions[0]!.id}`, { value: 'Dhaka', clientSeq: 9 }), {
      status: 200
    })
    t.match(
      await request('POST', `/exams/${exam.id}/start`),
      { status: 200, body: { attempt: { id: attempt.id } } },
      'after a lost page'
    )
    t.match(
      await request('POST', `/exam/start/${self.user.id}`, { examId: exam.id }),
      { status: 200 },
      'the same by the other address'
    )
    t.match(
      await request('POST', `/exam/start/${self.user.id}`, { examId: (await stage(app)).exam.id }),
      { status: 403 },
      'staff begin no other'
    )
    const view = await request('GET', `/exams/${exam.id}`)
    t.match(view, { status: 200, body: { canStart: true } }, 'the exam as a candidate sees it')
    t.notOk('policyVersion' in view.body || 'ownerId' in view.body)

    // Requests that only staff of this exam may make, sent by a user with an open attempt at it.
    for (const [method, path, body] of [
      ['GET', 'questions'],
      ['GET', 'export'],
      ['GET', 'policy'],
      ['GET', 'attempts'],
      ['GET', 'statistics'],
      ['GET', 'statistics/questions'],
      ['GET', 'room'],
      ['GET', 'accommodations'],
      ['PUT', `accommodations/${self.user.id}`, { extraTimeShare: 1, reason: 'me' }],
      ['POST', 'release', { released: true }],
      ['PUT', 'policy', {}]
    ] as const) { t.match(await request(method, `/exams/${exam.id}/${path}`, body), { status: 403 }, `${method} ${path}`) }
    t.match(await request('PATCH', `/exams/${exam.id}`, { version: 2, durationMs: 99_000_000 }), { status: 403 })
    const other = await sit(app, exam)
    t.match(
      await request('GET', `/attempts/${other.attempt.id}/result`),
      { status: 403 },
      'the keys in the results of others'
    )

    t.match(
      await request('POST', `/attempts/${attempt.id}/submit`),
      { status: 200, body: { points: null } },
      'handed in, without points'
    )
    t.match(await request('GET', '/attempts'), { status: 200, body: { attempts: [{ id: attempt.id, points: null }] } })
    t.match(await request('GET', `/sessions?userId=${self.user.id}`), {
      status: 200,
      body: { sessions: [{ id: session.id }] }
    })
  })

  t.test(`a student who became ${role} reads only the candidate's view of the own attempt and session`, async t => {
    const { app, exam, questions, attempt, session, self, teacher } = await promoted(t, role)
    const request = as(app, self)
    await as(app, teacher)('PUT', `/exams/${exam.id}/accommodations/${(await person(app)).user.id}`, {
      extraTimeShare: 0.5,
      reason: 'of another candidate'
    })
    await request('POST', `/attempts/${attempt.id}/submit`)
    await as(app, teacher)('PUT', `/attempts/${attempt.id}/grades/${questions[1]!.id}`, {
      points: 3,
      comment: 'HEALTH-REASON'
    })

    t.match(await request('GET', `/attempts/${attempt.id}/result`), {
      status: 409,
      body: { code: 'INVIGIL_ERR_RESULT_UNRELEASED' }
    })
    t.match(await request('GET', `/attempts/${attempt.id}`), { status: 200, body: { points: null, gradedAtMs: null } })
    for (const path of [
      `/sessions/${session.id}/events`,
      `/events?sessionId=${session.id}`,
      `/events?userId=${self.user.id}`
    ]) {
      const found = await request<{ events: object[] }>('GET', path)
      t.equal(found.status, 200)
      t.equal(found.body.events.length, 2, path)
      t.notMatch(JSON.stringify(found.body), SECRETS, path)
    }
    if (role === 'admin') {
      t.match(
        await request('GET', `/exams/${exam.id}/attempts`),
        { status: 200, body: { attempts: [{ id: attempt.id, points: null }] } },
        "one's own row of the exam's list"
      )
      t.match(await request('GET', `/admin/candidates/${self.user.id}`), {
        status: 200,
        body: { attempts: [{ id: attempt.id, points: null }] }
      })
      const csv = await app.inject({ url: '/api/v1/admin/export/results?format=json', headers: self.headers })
      t.match(csv.json(), [{ attemptId: attempt.id, points: null }])
    }
    for (const path of ['events', `events?userId=${self.user.id}`]) {
      const file = await app.inject({
        url: `/api/v1/admin/export/${path}${path.includes('?') ? '&' : '?'}format=json`,
        headers: self.headers
      })
      t.equal(file.statusCode, 200)
      t.notMatch(file.body, SECRETS, `export ${path}`)
    }
    t.match(await request('GET', `/admin/export/events?format=json&sessionId=${session.id}`), { status: 403 })

    await as(app, teacher)('POST', `/exams/${exam.id}/release`, { released: true })
    const result = await request('GET', `/attempts/${attempt.id}/result`)
    t.match(result, { status: 200, body: { attempt: { points: 3 } } }, 'released')
    t.notMatch(JSON.stringify(result.body), /KEYDhaka|GUIDANCE-SECRET|riskLevel/)
  })

  t.test(
    `a student who became ${role} may not do as staff to the own session, attempt and accommodation`,
    async t => {
      const { app, url, exam, questions, attempt, session, self, admin } = await promoted(t, role)
      const request = as(app, self)
      const { db } = app.services
      t.match(await request('POST', `/exam/clear-logs/${self.user.id}`, {}), { status: 403 })
      t.match(await request('POST', `/exam/clear-logs/${self.user.id.toUpperCase()}`, {}), { status: 403 })
      t.match(await request('POST', `/sessions/${session.id}/terminate`, { reason: 'me' }), { status: 403 })
      t.match(
        await request('POST', '/events', { sessionId: session.id, kind: 'phone' }),
        { status: 400, body: { code: 'INVIGIL_ERR_EVENT_UNKNOWN' } },
        'reports as its page, not as staff'
      )

      const monitor = await connect(t, `${url}/ws/monitor`, { headers: self.headers })
      for (const [index, action] of [
        { type: 'flag', text: 'x' },
        { type: 'warn', text: 'x' },
        { type: 'message', text: 'x' },
        { type: 'pause' },
        { type: 'resume' },
        { type: 'terminate', text: 'x' }
      ].entries()) {
        monitor.send({ ...action, sessionId: session.id, ref: `r${index}` })
        t.match(
          await monitor.next(message => message['ref'] === `r${index}`),
          { type: 'error', code: 'INVIGIL_ERR_NOT_YOURS' },
          action.type
        )
      }
      t.same(await db.audit.list({ actorId: self.user.id, targetType: 'session', limit: 10 }), [])
      t.equal((await db.events.listBySession(session.id, { limit: 10 })).length, 2)
      t.match(await db.sessions.byId(session.id), { state: 'active' })

      await request('POST', `/attempts/${attempt.id}/submit`)
      t.match(await request('PUT', `/attempts/${attempt.id}/grades/${questions[1]!.id}`, { points: 6, comment: '' }), {
        status: 403
      })
      if (role === 'admin') {
        await db.exams.setAccommodation({
          examId: exam.id,
          userId: self.user.id,
          extraTimeShare: 0.5,
          flags: {},
          by: admin.user.id,
          reason: 'HEALTH-REASON',
          atMs: 1
        })
        await db.audit.append({
          actorId: admin.user.id,
          action: 'accommodation.set',
          targetType: 'exam',
          targetId: exam.id,
          detail: { userId: self.user.id, reason: 'HEALTH-REASON' },
          atMs: 1
        })
        t.match(await request('GET', `/exams/${exam.id}/accommodations`), { status: 200, body: { accommodations: [] } })
        t.match(await request('DELETE', `/exams/${exam.id}/accommodations/${self.user.id}`), { status: 403 })
        t.match(
          await request('PUT', `/exams/${exam.id}/accommodations/${self.user.id}`, { extraTimeShare: 5, reason: 'me' }),
          { status: 403 }
        )
        t.match(await request('DELETE', `/exams/${exam.id}/candidates/${self.user.id}`), { status: 403 })
        await db.audit.append({
          actorId: admin.user.id,
          action: 'session.flag',
          targetType: 'session',
          targetId: session.id,
          detail: { text: 'NOTE-OF-STAFF' },
          atMs: 2
        })
        const log = await request('GET', '/admin/audit')
        t.equal(log.status, 200)
        t.notMatch(JSON.stringify(log.body), SECRETS)
        t.match(
          JSON.stringify((await as(app, admin)('GET', '/admin/audit')).body),
          /NOTE-OF-STAFF/,
          'another admin reads it'
        )
      }
    }
  )

  t.test(`a monitor of a ${role} does not show the own session`, async t => {
    const { app, url, session, self, page } = await promoted(t, role)
    const monitor = await connect(t, `${url}/ws/monitor`, { headers: self.headers })
    monitor.send({ type: 'subscribe', sessions: [session.id], ref: 'a' })
    t.match(await monitor.next(message => message['ref'] === 'a'), { type: 'error', code: 'INVIGIL_ERR_NOT_YOURS' })
    // Every teacher may watch sessions without an exam.
    const guest = await person(app)
    const { session: another } = await app.services.db.sessions.open({ userId: guest.user.id, atMs: Date.now() })
    await app.services.live.start(another)
    monitor.send({ type: 'subscribe', all: true, after: '00000000-0000-7000-8000-000000000000', ref: 'b' })
    await monitor.next(message => message['ref'] === 'b')
    page.send({ type: 'event', event: 'copy' })
    await page.log('copy')
    await app.services.live.recordReport(another.id, [{ kind: 'phone', atMs: Date.now(), detail: {} }])
    await monitor.log('phone')
    t.notOk(lines(monitor).some(line => (line as unknown as { userId: string }).userId === self.user.id))
    t.notOk(monitor.received.some((message: Message) => message['sessionId'] === session.id))
  })
}

t.test('staff cannot watch their own session without an exam', async t => {
  const r = await room(t)
  const teacher = await r.monitor('teacher')
  const { db, live } = r.app.services
  teacher.send({ type: 'subscribe', all: true, ref: 'a' })
  await teacher.next(message => message['ref'] === 'a')
  const { session } = await db.sessions.open({ userId: teacher.who.user.id, atMs: r.clock.ms })
  await live.start(session)
  await live.recordReport(session.id, [{ kind: 'phone', atMs: r.clock.ms, detail: { text: newId() } }])
  r.advance(2000)
  const other = await r.candidate()
  other.send({ type: 'event', event: 'copy' })
  await teacher.log('copy')
  t.notOk(teacher.received.some(message => message['sessionId'] === session.id && message.type !== 'presence'))
  teacher.send({ type: 'terminate', sessionId: session.id, text: 'x', ref: 'b' })
  t.match(await teacher.next(message => message['ref'] === 'b'), { type: 'error', code: 'INVIGIL_ERR_NOT_YOURS' })
})
