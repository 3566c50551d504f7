import type { Test } from 'tap'
import { newId, WEBHOOK_TYPES, type Database, type NewWebhook } from '../../db/index.ts'
import { AT, newEvent, newUser, openSession, type Open } from './rows.ts'

/** The outbox: what is written with its cause, and how deliveries are given out. */
export async function conformWebhooks (t: Test, open: Open): Promise<void> {
  const endpoint = async (db: Database, values: Partial<NewWebhook> = {}): Promise<string> => {
    const id = newId()
    const secret = new Uint8Array([1, 2, 3])
    await db.webhooks.create(
      { id, url: 'https://a.example', types: [], createdBy: id, createdAtMs: AT, secret, ...values }, 1000
    )
    return id
  }
  const typesTo = async (db: Database, endpointId: string): Promise<string[]> =>
    (await db.webhooks.deliveries(endpointId, { limit: 100 })).map(({ type }) => type).reverse()

  await t.test('what happens is in the outbox of each endpoint that wants it, in order, and only once', async t => {
    const db = await open(t)
    const [all, some, off] = [
      await endpoint(db), await endpoint(db, { types: ['incident.closed'] }), await endpoint(db)
    ]
    t.equal(await db.webhooks.change(off, { disabledAtMs: AT, disabledReason: 'admin' }), true)
    const { session, user } = await openSession(db)
    const [epoch] = [await db.sessions.take(session.id)]
    const rows = [
      newEvent(session.id, user.id, { phase: 'start' }), newEvent(session.id, user.id, { phase: 'end', durationMs: 900 })
    ]
    const epochs = new Map([[session.id, epoch!]])
    t.same(await db.events.appendOwned(rows, epochs), [])
    t.same(await db.events.appendOwned(rows, epochs), [], 'the same again')
    const late = await db.events.appendOwned([newEvent(session.id, user.id)], new Map([[session.id, 99]]))
    t.equal(late.length, 1, 'refused, and not told')
    t.equal(await db.sessions.transition(session.id, ['active'], 'paused', AT, 'system'), true)
    t.equal(await db.sessions.transition(session.id, ['active'], 'stopped', AT, 'system'), false)
    const exam = await db.exams.create({ ownerId: user.id, title: 'x', isOpenToAll: true, atMs: AT })
    const started = await db.attempts.start({
      examId: exam.id, userId: user.id, attemptsMax: null, examVersion: 1, policyVersion: 1, dueAtMs: null, atMs: AT
    })
    const attemptId = started.outcome === 'created' ? started.attempt.id : ''
    t.equal(await db.attempts.submit(attemptId, 'candidate', AT), true)
    t.equal(await db.attempts.submit(attemptId, 'candidate', AT), false)
    const grade = { questionId: 'q', points: 1, pointsMax: 2 }
    t.equal(await db.grades.setAuto(attemptId, [{ ...grade, points: null }], AT), true)
    t.equal(await db.grades.setAuto(attemptId, [grade], AT), true)
    t.equal(await db.grades.setAuto(attemptId, [grade], AT), true)
    t.same(await typesTo(db, all), [
      'session.started', 'incident.opened', 'incident.closed', 'session.paused', 'attempt.submitted', 'attempt.graded'
    ])
    t.same(await typesTo(db, some), ['incident.closed'])
    t.same(await typesTo(db, off), [])
    const due = (await db.webhooks.claim(Date.now(), 1000, 500)).filter(({ endpointId }) => endpointId === all)
    t.same(
      due.map(({ body }) => JSON.parse(body) as { type: string, data: { sequence?: number } })
        .filter(({ data }) => data.sequence !== undefined)
        .sort((a, b) => a.data.sequence! - b.data.sequence!)
        .map(({ type, data }) => [type, data.sequence]),
      [['session.started', 1], ['incident.opened', 2], ['incident.closed', 3], ['session.paused', 4]]
    )
    t.same(due[0]?.secrets, { secret: new Uint8Array([1, 2, 3]), previousSecret: null, previousUntilMs: null })
    for (const id of [all, some, off]) t.equal(await db.webhooks.delete(id), true)
  })

  await t.test('of racing claims each delivery goes to one; an outcome counts only for its claim', async t => {
    const db = await open(t)
    const id = await endpoint(db)
    const { id: userId } = await db.users.create(newUser())
    for (let at = 0; at < 5; at++) await db.webhooks.test(id, userId, AT)
    const claims = await Promise.all(Array.from({ length: 4 }, async () => await db.webhooks.claim(AT + 1, 1000, 100)))
    const claimed = claims.flat().filter(({ endpointId }) => endpointId === id)
    t.equal(claimed.length, 5)
    t.equal(new Set(claimed.map(one => one.id)).size, 5)
    const done = { state: 'done', nextAtMs: null, atMs: AT + 2, status: 200, durationMs: 7.4, error: null } as const
    t.equal(await db.webhooks.settle(claimed[0]!, done), true)
    t.equal(await db.webhooks.settle(claimed[0]!, done), false)
    t.match((await db.webhooks.deliveries(id, { limit: 10 })).find(one => one.id === claimed[0]!.id), {
      state: 'done', attempts: 1, nextAtMs: null, lastAtMs: AT + 2, status: 200, durationMs: 7, error: null
    })
    t.same(await db.webhooks.redeliver(claimed[0]!.id, AT + 3), { endpointId: id })
    t.equal(await db.webhooks.redeliver(newId(), AT), undefined)
    t.equal(await db.webhooks.rotate(id, new Uint8Array([9]), AT + 100), true)
    const [again] = (await db.webhooks.claim(AT + 4, 1000, 100)).filter(({ endpointId }) => endpointId === id)
    t.match(again, { id: claimed[0]!.id, attempts: 0, secrets: { previousUntilMs: AT + 100 } })
    t.same(again?.secrets.secret, new Uint8Array([9]))
    await db.erasure.user(userId)
    t.same(await db.webhooks.deliveries(id, { limit: 10 }), [], 'erased with the account that they are about')
    t.equal(await db.webhooks.delete(id), true)
    t.equal(await db.webhooks.delete(id), false)
    t.equal(await db.webhooks.change(id, { types: [] }), false)
  })

  await t.test('each type is written by its cause', async t => {
    const db = await open(t)
    const endpointId = await endpoint(db)
    const { session, user } = await openSession(db)
    const { id: sessionId, userId } = session
    const [by, other] = [newId(), newId()]
    const audit = { actorId: by, action: 'x', targetType: 'session', targetId: sessionId, detail: {}, atMs: AT }
    const act = { sessionId, by, atMs: AT + 5, untilMs: AT + 99 }
    await db.events.appendOwned([
      newEvent(sessionId, user.id, { phase: 'start' }), newEvent(sessionId, user.id, { phase: 'end', durationMs: 900 })
    ], new Map([[sessionId, (await db.sessions.take(sessionId))!]]))
    for (const [from, to] of [['active', 'paused'], ['paused', 'active'], ['active', 'stopped']] as const) {
      await db.sessions.transition(sessionId, [from], to, AT + 1, user.id)
    }
    const exam = await db.exams.create({ ownerId: user.id, title: 'x', isOpenToAll: true, atMs: AT })
    const started = await db.attempts.start({
      examId: exam.id, userId: user.id, attemptsMax: null, examVersion: 1, policyVersion: 1, dueAtMs: null, atMs: AT
    })
    const attemptId = started.outcome === 'created' ? started.attempt.id : ''
    await db.attempts.submit(attemptId, 'candidate', AT)
    await db.grades.setAuto(attemptId, [{ questionId: 'q', points: 1, pointsMax: 2 }], AT)
    await db.reviews.claim(act, audit)
    await db.reviews.decide({ ...act, decision: 'clear', reason: 'Nothing.', reviewers: 1, isAdmin: false }, audit)
    await db.appeals.open({ sessionId, text: 'x', atMs: AT + 6 }, audit)
    await db.appeals.answer({ sessionId, text: 'x', by: other, atMs: AT + 7 }, audit)
    await db.appeals.close(
      { sessionId, state: 'upheld', reason: 'x', by: other, atMs: AT + 8, dismissEventIds: [] }, audit
    )
    const id = newId()
    const about = { id, sessionId, userId, examId: null, mode: 'full', startedAtMs: AT, storageKey: id } as const
    await db.recordings.add({ ...about, mediaType: 'video/webm' }, AT)
    const file = { durationMs: 5, bytes: 5, sha256: 'ab'.repeat(32), mediaType: 'video/webm', gaps: [], failure: null }
    t.equal(await db.recordings.ready(id, file, AT + 9), true)
    await db.signedReports.add({
      id: newId(),
      sessionId,
      language: 'en',
      decision: 'clear',
      kid: 'k',
      sha256: 'a'.repeat(64),
      chainHead: 'b'.repeat(64),
      entries: 1,
      bytes: 1,
      issuedBy: by,
      issuedAtMs: AT + 9
    }, audit)
    const deletion = { class: 'recording', days: 14, atMs: AT + 10 } as const
    t.equal(
      await db.retention.filesDeleted(
        [{ id, kind: 'recording', storageKey: id, session: { id: sessionId, userId, examId: null } }], deletion
      ),
      1
    )
    await db.webhooks.test(endpointId, userId, AT)
    t.same([...await typesTo(db, endpointId)].sort(), Object.keys(WEBHOOK_TYPES).sort())
    await db.webhooks.delete(endpointId)
  })
}
