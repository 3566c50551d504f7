import type { Test } from 'tap'
import { newId } from '../../db/index.ts'
import { AT, newEvent, openSession, type Open } from './rows.ts'

const SCORES = { riskScore: 4, trustScore: 71, complianceScore: 80.5, eventCount: 3, seenPercent: 99.5 }
const OTHER_SCORES = { riskScore: 9, trustScore: 53, complianceScore: 10, eventCount: 7, seenPercent: 99.5 }

/** Only the gateway with the newest epoch may write for a session. */
export async function conformOwnership (t: Test, open: Open): Promise<void> {
  await t.test('each taker of a session gets a number of its own, on several connections too', async t => {
    const [db, other] = [await open(t), await open(t)]
    const { session } = await openSession(db)
    t.equal(session.epoch, 0)
    const epochs = await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? db : other).sessions.take(session.id))
    )
    t.same(
      epochs.toSorted((a, b) => a! - b!),
      [1, 2, 3, 4, 5, 6, 7, 8]
    )
    t.equal((await db.sessions.byId(session.id))?.epoch, 8)
    t.equal(await db.sessions.take(newId()), undefined)
    await db.sessions.transition(session.id, ['active'], 'stopped', AT + 1, 'system')
    t.equal(await db.sessions.take(session.id), undefined, 'an ended session cannot be taken')
    t.equal((await db.sessions.byId(session.id))?.epoch, 8)
  })

  await t.test('only the present owner stores events, and none in a session that is over', async t => {
    const db = await open(t)
    const [one, two, ended] = [await openSession(db), await openSession(db), await openSession(db)]
    const epochs = new Map([
      [one.session.id, (await db.sessions.take(one.session.id))!],
      [two.session.id, (await db.sessions.take(two.session.id))!],
      [ended.session.id, (await db.sessions.take(ended.session.id))!]
    ])
    await db.sessions.take(two.session.id)
    await db.sessions.transition(ended.session.id, ['active'], 'stopped', AT + 1, 'system')
    const row = ({ session, user }: typeof one) => newEvent(session.id, user.id)
    const [mine, lost, late, unknown, nameless] = [row(one), row(two), row(ended), newEvent(newId(), newId()), row(two)]
    t.same(await db.events.appendOwned([mine, lost, late, unknown], epochs), [lost.id, late.id, unknown.id])
    t.same(
      await db.events.appendOwned([nameless], new Map([[one.session.id, 1]])),
      [nameless.id],
      'a session without a number'
    )
    t.same(await db.events.byIds([late.id, mine.id, lost.id]), [mine])
    t.same(await db.events.byIds([]), [])
    t.same(await db.events.appendOwned([], epochs), [])
    const next = row(one)
    t.same(await db.events.appendOwned([mine, next], epochs), [], 'a row that exists already counts as stored')
    t.same(await db.events.listBySession(one.session.id, { limit: 10 }), [mine, next])
    await db.sessions.take(one.session.id)
    const refused = row(one)
    t.same(await db.events.appendOwned([mine, refused], epochs), [refused.id], 'also where the session was taken since')
    await t.rejects(
      db.events.appendOwned(
        Array.from({ length: 101 }, () => row(one)),
        epochs
      ),
      { code: 'unknown', engineCode: 'TOO_MANY_ROWS' }
    )
  })

  await t.test('only the present owner sets scores', async t => {
    const db = await open(t)
    const { session } = await openSession(db)
    const epoch = (await db.sessions.take(session.id))!
    t.equal(await db.sessions.setScores(session.id, SCORES, AT + 1, epoch), true)
    t.equal(await db.sessions.setScores(session.id, SCORES, AT + 1, epoch), true, 'also where nothing changes')
    t.equal(await db.sessions.setScores(session.id, OTHER_SCORES, AT + 2, epoch - 1), false)
    t.same(
      await Promise.all([
        db.sessions.setScores(session.id, SCORES, AT + 3, epoch),
        db.sessions.setScores(session.id, OTHER_SCORES, AT + 3, epoch + 1)
      ]),
      [true, false],
      'in one group'
    )
    await db.sessions.transition(session.id, ['active'], 'terminated', AT + 4, 'system')
    t.equal(await db.sessions.setScores(session.id, OTHER_SCORES, AT + 5, epoch), false, 'not after the end')
    t.match(await db.sessions.byId(session.id), { ...SCORES, updatedAtMs: AT + 4 })
  })

  await t.test('the last events and scores are written with the end, or nothing is', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const epoch = (await db.sessions.take(session.id))!
    const rows = Array.from({ length: 130 }, () => newEvent(session.id, user.id))
    t.equal(
      await db.sessions.transition(session.id, ['active'], 'stopped', AT + 1, 'system', undefined, {
        epoch: epoch - 1,
        rows,
        scores: SCORES
      }),
      false
    )
    t.match(
      [await db.sessions.byId(session.id), (await db.events.listBySession(session.id, { limit: 1000 })).length],
      [{ state: 'active', riskScore: 0 }, 0]
    )
    await t.rejects(
      db.sessions.transition(session.id, ['active'], 'stopped', AT + 1, 'system', undefined, {
        epoch,
        rows: [...rows, rows[0]!],
        scores: SCORES
      }),
      { code: 'unique' }
    )
    t.match(
      [await db.sessions.byId(session.id), (await db.events.listBySession(session.id, { limit: 1000 })).length],
      [{ state: 'active', riskScore: 0 }, 0]
    )
    t.equal(
      await db.sessions.transition(session.id, ['active'], 'stopped', AT + 2, 'system', undefined, {
        epoch,
        rows,
        scores: SCORES
      }),
      true
    )
    t.match(
      [await db.sessions.byId(session.id), (await db.events.listBySession(session.id, { limit: 1000 })).length],
      [{ state: 'stopped', endedAtMs: AT + 2, ...SCORES }, 130]
    )
  })

  await t.test('events and scores are amended together, and of two who read the same one is refused', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const epoch = (await db.sessions.take(session.id))!
    const [first, second, third] = [
      newEvent(session.id, user.id),
      newEvent(session.id, user.id),
      newEvent(session.id, user.id)
    ]
    await db.events.appendOwned([first, second], new Map([[session.id, epoch]]))
    t.equal(
      await db.sessions.amend(session.id, {
        epoch: epoch - 1,
        rows: [],
        scores: SCORES,
        atMs: AT,
        removeUntilId: first.id
      }),
      undefined
    )
    t.equal(
      await db.sessions.amend(session.id, { epoch, rows: [], scores: SCORES, atMs: AT, removeUntilId: first.id }),
      1
    )
    t.match(
      [await db.sessions.byId(session.id), await db.events.listBySession(session.id, { limit: 9 })],
      [{ epoch, ...SCORES }, [second]],
      'the owner of an open one stays its owner'
    )
    await db.sessions.transition(session.id, ['active'], 'stopped', AT + 2, 'system')
    const amend = async () =>
      await db.sessions.amend(session.id, {
        epoch,
        rows: [{ ...third, id: newId() }],
        scores: OTHER_SCORES,
        atMs: AT + 3
      })
    t.same(
      (await Promise.all([amend(), amend()])).filter(count => count !== undefined),
      [0]
    )
    t.match(await db.sessions.byId(session.id), { epoch: epoch + 1, ...OTHER_SCORES, endedAtMs: AT + 2 })
    t.equal((await db.events.listBySession(session.id, { limit: 9 })).length, 2)
    t.equal(await db.sessions.amend(newId(), { epoch: 0, rows: [], scores: SCORES, atMs: AT }), undefined)
  })
}
