import t from 'tap'
import { clocked, person } from '../../support/app.ts'
import { as, sit, stage, type Begun } from '../../support/exams.ts'
import { room } from '../../support/gateway.ts'

const HOUR_MS = 3_600_000

t.test('a session without an exam ends after SESSION_ABANDONED_HOURS without activity', async t => {
  const { app, clock } = await clocked(t, { env: { SESSION_ABANDONED_HOURS: '2' } }, { ms: Date.now() + 1 })
  const { db } = app.services
  const [quiet, lively] = [await person(app), await person(app)]
  const { body: left } = await as(app, quiet)<{ id: string }>('POST', `/exam/start/${quiet.user.id}`, {})
  const { body: kept } = await as(app, lively)<{ id: string }>('POST', `/exam/start/${lively.user.id}`, {})
  t.equal(await app.endAbandoned(), 0)
  clock.ms += 1.9 * HOUR_MS
  t.equal(await app.endAbandoned(), 0, 'not before')
  t.equal((await as(app, lively)('POST', `/exam/pause/${lively.user.id}`)).status, 200)
  clock.ms += 0.2 * HOUR_MS
  t.equal(await app.endAbandoned(), 1)
  t.match(await db.sessions.byId(left.id), { state: 'stopped', endReason: 'abandoned' })
  t.match(await db.sessions.byId(kept.id), { state: 'paused' }, 'a pause was a sign of life')
  t.match((await as(app, quiet)('GET', '/sessions?state=open')).body, { sessions: [] }, 'gone from the lists')
  clock.ms += 2 * HOUR_MS
  t.equal(await app.endAbandoned(), 1)
  t.equal(
    (await as(app, quiet)('POST', `/exam/start/${quiet.user.id}`, {})).status,
    201,
    'its candidate may begin another'
  )
})

t.test('the session of a connected candidate does not end, even without events', async t => {
  const r = await room(t, { env: { SESSION_ABANDONED_HOURS: '1' } })
  const page = await r.candidate()
  r.clock.ms += 3 * HOUR_MS
  t.equal(await r.app.endAbandoned(), 0)
  t.match(await r.app.services.db.sessions.byId(page.session.id), { state: 'active' })
})

t.test('an open attempt is not handed in when its session is abandoned, and can be continued', async t => {
  const { app, clock } = await clocked(t)
  const { exam, questions } = await stage(app, { durationMs: null })
  const { student, attempt, session } = await sit(app, exam)
  const request = as(app, student)
  const [question] = questions
  clock.ms += 11 * HOUR_MS
  t.equal(
    (await request('PUT', `/attempts/${attempt.id}/answers/${question!.id}`, { value: 'a', clientSeq: 1 })).status,
    200
  )
  clock.ms += 11 * HOUR_MS
  t.equal(await app.endAbandoned(), 0, 'an answer was a sign of life')
  clock.ms += 2 * HOUR_MS
  t.equal(await app.endAbandoned(), 1)
  t.match(await app.services.db.sessions.byId(session.id), { state: 'stopped', endReason: 'abandoned' })
  await app.attempts.settle()
  t.match(await app.services.db.attempts.byId(attempt.id), { state: 'open' })
  t.match(await request('PUT', `/attempts/${attempt.id}/answers/${question!.id}`, { value: 'b', clientSeq: 2 }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_ATTEMPT_UNWATCHED' }
  })
  const again = await request<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(again, { status: 200, body: { attempt: { id: attempt.id } } })
  t.not(again.body.session.id, session.id)
  t.match(await request('PUT', `/attempts/${attempt.id}/answers/${question!.id}`, { value: 'b', clientSeq: 2 }), {
    status: 200
  })
})

t.test('a session whose attempt is over ends at once', async t => {
  const { app, clock } = await clocked(t)
  const { exam } = await stage(app)
  const { student, attempt, session } = await sit(app, exam)
  const { db } = app.services
  // The state after a process was killed between the two writes.
  await db.attempts.submit(attempt.id, 'candidate', clock.ms)
  t.match(await db.sessions.openByUser(student.user.id), { id: session.id })
  t.equal(await app.endAbandoned(), 1)
  t.match(await db.sessions.byId(session.id), { state: 'stopped', endReason: 'submitted' })
})
