import type { Test } from 'tap'
import { defined } from '../../lib/defined.ts'
import { newId } from '../../db/index.ts'
import { AT, newEvent, newUser, openSession, type Open } from './rows.ts'

/** Every query of sessions. */
export async function conformSessions (t: Test, open: Open): Promise<void> {
  await t.test('of racing starts one makes the session, on several connections too', async t => {
    const db = await open(t)
    const other = await open(t)
    const user = await db.users.create(newUser())
    const starts = await Promise.all(Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? db : other).sessions.open({ userId: user.id, examId: 'exam', atMs: AT })))
    t.equal(starts.filter(({ created }) => created).length, 1)
    t.equal(new Set(starts.map(({ session }) => session.id)).size, 1)
    const session = starts[0]!.session
    t.match(session, {
      userId: user.id,
      examId: 'exam',
      state: 'active',
      startedAtMs: AT,
      endedAtMs: null,
      endReason: null,
      riskScore: 0,
      trustScore: 100,
      complianceScore: 100,
      eventCount: 0,
      updatedAtMs: AT
    })
    t.notOk('openFor' in session)
    t.same(await db.sessions.openByUser(user.id), { ...session, userName: user.name, userEmail: user.email })
    t.equal(await db.sessions.transition(session.id, ['active', 'paused'], 'stopped', AT + 5, user.id), true)
    t.equal(await db.sessions.openByUser(user.id), undefined)
    const again = await db.sessions.open({ userId: user.id, atMs: AT + 10 })
    t.equal(again.created, true)
    t.equal((await db.sessions.lastByUser(user.id))?.id, again.session.id)
    await t.rejects(db.sessions.open({ userId: newId(), atMs: AT }), { code: 'missing' })
  })

  await t.test('a session moves only from the states named, and its pauses follow', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const move = (
      from: Parameters<typeof db.sessions.transition>[1],
      to: Parameters<typeof db.sessions.transition>[2],
      ms: number
    ) => db.sessions.transition(session.id, from, to, AT + ms, 'proctor', 'because')
    t.equal(await move(['paused'], 'active', 1), false)
    t.same(
      (
        await Promise.all([move(['active'], 'paused', 2), move(['active'], 'paused', 2), move(['active'], 'paused', 2)])
      ).sort(),
      [false, false, true]
    )
    t.equal((await db.sessions.open({ userId: user.id, atMs: AT })).created, false, 'paused is open')
    t.equal(await move(['paused'], 'active', 3), true)
    t.equal(await move(['active'], 'active', 3), false)
    t.equal(await move(['active'], 'paused', 4), true)
    t.equal(await move(['active', 'paused'], 'terminated', 5), true)
    t.equal(await move(['active', 'paused'], 'stopped', 6), false)
    t.equal(await db.sessions.transition(newId(), ['active'], 'paused', AT, 'proctor'), false)
    t.match(await db.sessions.byId(session.id), {
      state: 'terminated',
      endedAtMs: AT + 5,
      endReason: 'because',
      updatedAtMs: AT + 5
    })
    const pauses = await db.sessions.pauses(session.id)
    t.same(pauses.map(({ id, ...rest }) => rest), [
      { sessionId: session.id, startedAtMs: AT + 2, endedAtMs: AT + 3, by: 'proctor' },
      { sessionId: session.id, startedAtMs: AT + 4, endedAtMs: AT + 5, by: 'proctor' }
    ])
  })

  await t.test('staff take over a pause that the candidate began, in one change', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const epoch = (await db.sessions.take(session.id))!
    const audit = {
      actorId: 'proctor',
      action: 'session.pause',
      targetType: 'session',
      targetId: session.id,
      detail: {},
      atMs: AT
    }
    const last = {
      epoch,
      rows: [newEvent(session.id, user.id, { kind: 'paused' })],
      scores: { riskScore: 1, trustScore: 91, complianceScore: 90, eventCount: 1, seenPercent: null }
    }
    const pause = async (by: string, ms: number, write: typeof last | undefined = undefined) =>
      await db.sessions.transition(
        session.id,
        ['active', 'paused'],
        'paused',
        AT + ms,
        by,
        undefined,
        write,
        by === user.id ? undefined : audit
      )
    t.equal(await pause(user.id, 1), true)
    t.equal(await pause(user.id, 2), false, 'one\'s own is there already')
    t.equal(await pause('proctor', 3, { ...last, epoch: epoch - 1 }), false, 'only for the owner')
    t.same(await db.audit.list({ targetId: session.id, limit: 9 }), [])
    const [first, second] = [await pause('proctor', 4, last), await pause('another proctor', 5)]
    t.same([first, second], [true, false], 'once')
    t.match(await db.sessions.byId(session.id), { state: 'paused', updatedAtMs: AT + 4, riskScore: 1 })
    t.same(
      (await db.sessions.pauses(session.id)).map(({ startedAtMs, endedAtMs, by }) => [startedAtMs, endedAtMs, by]),
      [
        [AT + 1, AT + 4, user.id],
        [AT + 4, null, 'proctor']
      ]
    )
    t.equal((await db.events.listBySession(session.id, { limit: 9 })).length, 1)
    t.equal((await db.audit.list({ targetId: session.id, limit: 9 })).length, 1)
    t.equal(
      await db.sessions.transition(session.id, ['paused'], 'paused', AT + 6, 'system'),
      false,
      'a pause by staff cannot be taken over'
    )
    t.equal(await db.sessions.transition(session.id, ['paused'], 'active', AT + 7, 'proctor'), true)
  })

  await t.test('breaks that go on are found: pauses of attempts by their own candidates', async t => {
    const db = await open(t)
    const paused = async (attemptId: string | null, by: 'candidate' | 'proctor', ms: number) => {
      const user = await db.users.create(newUser())
      const { session } = await db.sessions.open({ userId: user.id, examId: 'exam', attemptId, atMs: AT })
      await db.sessions.transition(session.id, ['active'], 'paused', AT + ms, by === 'candidate' ? user.id : by)
      return session.id
    }
    const [one, two] = [await paused(newId(), 'candidate', 1), await paused(newId(), 'candidate', 2)]
    await paused(newId(), 'proctor', 1)
    await paused(null, 'candidate', 1)
    const over = await paused(newId(), 'candidate', 1)
    await db.sessions.transition(over, ['paused'], 'active', AT + 2, 'system')
    const known = new Set([one, two])
    const found = async (beforeMs: number, limit: number) => {
      const all = []
      for (let after: string | undefined; ;) {
        const { breaks, next } = await db.sessions.breaks(beforeMs, { limit, ...defined({ after }) })
        all.push(...breaks.filter(({ sessionId }) => known.has(sessionId)))
        if (next === null) return all
        after = next
      }
    }
    t.same(await found(AT + 2, 500), [{ sessionId: one, examId: 'exam', startedAtMs: AT + 1 }])
    t.same((await found(AT + 3, 1)).map(({ sessionId }) => sessionId), [one, two], 'page by page')
    for (const id of [one, two]) await db.sessions.transition(id, ['paused'], 'stopped', AT + 9, 'system')
  })

  await t.test('scores are kept to the last digit', async t => {
    const db = await open(t)
    const { session } = await openSession(db)
    const scores = {
      riskScore: 0.1 + 0.2,
      trustScore: 33.333333333333336,
      complianceScore: 99.9,
      eventCount: 2_000_000_000,
      seenPercent: 99.5
    }
    t.equal(await db.sessions.setScores(session.id, scores, AT + 9), true)
    t.equal(await db.sessions.setScores(session.id, scores, AT + 9), true)
    t.equal(await db.sessions.setScores(newId(), scores, AT + 9), false)
    t.match(await db.sessions.byId(session.id), { ...scores, updatedAtMs: AT + 9 })
  })

  await t.test('scores of many sessions that are set at once each reach their own', async t => {
    const db = await open(t)
    const sessions = await Promise.all(Array.from({ length: 60 }, async () => (await openSession(db)).session))
    const scoresOf = (index: number) => ({
      riskScore: index,
      trustScore: 1,
      complianceScore: 1,
      eventCount: index,
      seenPercent: 99.5
    })
    const answers = await Promise.all([
      ...sessions.map(async ({ id }, index) => await db.sessions.setScores(id, scoresOf(index), AT + index)),
      db.sessions.setScores(newId(), scoresOf(0), AT)
    ])
    t.same(answers, [...sessions.map(() => true), false])
    for (const [index, { id }] of sessions.entries()) {
      t.match(await db.sessions.byId(id), { ...scoresOf(index), updatedAtMs: AT + index })
    }
  })

  await t.test('sessions are listed newest first by page, state, user and exam', async t => {
    const db = await open(t)
    const examId = newId()
    const ids: string[] = []
    const before = await db.sessions.countByState()
    for (let index = 0; index < 6; index++) {
      const user = await db.users.create(newUser({ name: `Candidate ${index}` }))
      ids.unshift((await db.sessions.open({ userId: user.id, examId, atMs: AT + index })).session.id)
    }
    await db.sessions.transition(ids[0]!, ['active'], 'paused', AT, 'system')
    await db.sessions.transition(ids[1]!, ['active'], 'stopped', AT, 'system')
    await db.sessions.transition(ids[2]!, ['active'], 'terminated', AT, 'system')
    const list = async (filter: object) =>
      (await db.sessions.list({ examId, limit: 50, ...filter })).map(({ id }) => id)
    t.same(await list({}), ids)
    t.same(await list({ limit: 2 }), ids.slice(0, 2))
    t.same(await list({ before: ids[1]!, limit: 2 }), ids.slice(2, 4))
    t.same(await list({ state: 'open' }), [ids[0], ...ids.slice(3)])
    t.same(await list({ state: 'stopped' }), [ids[1]])
    const [newest] = await db.sessions.list({ examId, limit: 1 })
    t.equal(newest?.userName, 'Candidate 5')
    t.same(await list({ userId: newest!.userId }), [ids[0]])
    const after = await db.sessions.countByState()
    t.same(
      [
        after.active - before.active,
        after.paused - before.paused,
        after.stopped - before.stopped,
        after.terminated - before.terminated
      ],
      [3, 1, 1, 1]
    )
  })
}
