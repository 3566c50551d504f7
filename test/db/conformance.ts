import type { Test } from 'tap'
import { cursorAt, newId, openDatabase, timeOfId } from '../../db/index.ts'
import { conformAnswers } from './conformance-answers.ts'
import { conformAttempts } from './conformance-attempts.ts'
import { conformEvents } from './conformance-events.ts'
import { conformExams } from './conformance-exams.ts'
import { conformRefreshTokens } from './conformance-refresh-tokens.ts'
import { conformFaces } from './conformance-faces.ts'
import { conformMedia } from './conformance-media.ts'
import { conformOwnership } from './conformance-ownership.ts'
import { conformReviews } from './conformance-reviews.ts'
import { conformSignedReports } from './conformance-signed-reports.ts'
import { conformSearch } from './conformance-search.ts'
import { conformSessions } from './conformance-sessions.ts'
import { conformStatistics } from './conformance-statistics.ts'
import { conformThreads } from './conformance-threads.ts'
import { conformUsers } from './conformance-users.ts'
import { conformWebhooks } from './conformance-webhooks.ts'
import { AT, newEvent, openSession, TEXT, type Open } from './rows.ts'

const PARTS = [
  conformUsers,
  conformFaces,
  conformRefreshTokens,
  conformSessions,
  conformOwnership,
  conformEvents,
  conformExams,
  conformAttempts,
  conformAnswers,
  conformStatistics,
  conformThreads,
  conformMedia,
  conformReviews,
  conformSignedReports,
  conformWebhooks
]

/** Runs every query function on the database at `url`, which must behave the same on every engine. */
export async function conform (t: Test, url: () => string): Promise<void> {
  const open: Open = async t => {
    const db = await openDatabase({ url: url() })
    t.teardown(() => db.close())
    return db
  }

  for (const part of PARTS) await part(t, open)
  await conformSearch(t, open, url())

  await t.test('ids rise and carry their time', async t => {
    const ids = Array.from({ length: 5000 }, newId)
    t.same(ids, [...ids].sort())
    t.ok(Math.abs(timeOfId(newId()) - Date.now()) < 1000)
    t.equal(timeOfId(cursorAt(AT)), AT)
    const nowMs = Date.now()
    const id = newId()
    t.ok(cursorAt(nowMs) < id && id < cursorAt(nowMs + 1000))
  })

  await t.test('deleting a user leaves only the audit entries', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const token = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT })
    await db.sessions.transition(session.id, ['active'], 'paused', AT, 'system')
    await db.events.append([newEvent(session.id, user.id)])
    await db.audit.append({ actorId: user.id, action: 'login', targetType: 'user', targetId: user.id, atMs: AT })
    t.equal(await db.users.delete(user.id), true)
    t.equal(await db.refreshTokens.byHash(token.tokenHash), undefined)
    t.equal(await db.sessions.byId(session.id), undefined)
    t.same(await db.sessions.pauses(session.id), [])
    t.same(await db.events.listBySession(session.id, { limit: 10 }), [])
    t.equal((await db.audit.list({ actorId: user.id, limit: 10 })).length, 1)
  })

  await t.test('the audit log lists newest first by actor and target', async t => {
    const db = await open(t)
    const [actorId, targetId] = [newId(), newId()]
    const one = await db.audit.append({
      actorId,
      action: 'clear-logs',
      targetType: 'session',
      targetId,
      detail: { removed: 3, text: TEXT },
      atMs: AT
    })
    const two = await db.audit.append({
      actorId: null,
      action: 'retention',
      targetType: 'session',
      targetId,
      atMs: AT + 1
    })
    t.same(one.detail, { removed: 3, text: TEXT })
    t.same(await db.audit.list({ targetType: 'session', targetId, limit: 10 }), [two, one])
    t.same(await db.audit.list({ targetType: 'session', targetId, before: two.id, limit: 10 }), [one])
    t.same(await db.audit.list({ actorId, limit: 10 }), [one])
    t.same((await db.audit.list({ limit: 1 })), [two])
  })

  await t.test('settings hold any JSON, and racers for a key agree', async t => {
    const db = await open(t)
    const key = newId()
    t.equal(await db.settings.get(key), undefined)
    for (const value of [TEXT, '"quoted"', '123', 42.5, 2 ** 53 - 1, true, null, [1, [2]], { b: 1, a: { c: TEXT } }]) {
      await db.settings.set(key, value)
      t.same(await db.settings.get(key), value)
    }
    t.equal(JSON.stringify(await db.settings.get(key)), JSON.stringify({ b: 1, a: { c: TEXT } }), 'in the order given')
    await db.settings.set(key, 'last')
    await db.settings.set(key, 'last')
    t.equal((await db.settings.all())[key], 'last')
    t.equal(await db.settings.delete(key), true)
    t.equal(await db.settings.delete(key), false)
    const agreed = await Promise.all(['a', 'b', 'c', 'd'].map(value => db.settings.setOnce(key, value)))
    t.equal(new Set(agreed).size, 1)
    t.equal(await db.settings.get(key), agreed[0])
  })

  await t.test('writes of many kinds at once all succeed', async t => {
    const db = await open(t)
    const other = await open(t)
    const sessions: Array<Awaited<ReturnType<typeof openSession>>> = []
    for (let index = 0; index < 8; index++) sessions.push(await openSession(db))
    await Promise.all(
      sessions.flatMap(({ session, user }, index) => [
        db.events.append(Array.from({ length: 20 }, () => newEvent(session.id, user.id))),
        other.events.append(sessions.map(all => newEvent(all.session.id, all.user.id))),
        db.sessions.transition(session.id, ['active'], 'paused', AT + 1, 'system'),
        other.sessions.setScores(
          session.id,
          { riskScore: index, trustScore: 1, complianceScore: 1, eventCount: 1, seenPercent: 99.5 },
          AT
        ),
        db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT }),
        other.audit.append({ actorId: user.id, action: 'test', targetType: 'user', targetId: user.id, atMs: AT }),
        db.events.listBySession(session.id, { limit: 10 })
      ])
    )
    for (const { session } of sessions) t.equal((await db.events.listBySession(session.id, { limit: 100 })).length, 28)
  })

  await t.test('close lets what runs finish, and then says unavailable', async t => {
    const db = await openDatabase({ url: url() })
    const { session, user } = await openSession(db)
    const rows = Array.from({ length: 100 }, () => newEvent(session.id, user.id))
    const storing = Promise.all([db.events.append(rows.slice(0, 50)), db.events.append(rows.slice(50))])
    await db.close()
    t.same((await storing).map(({ stored }) => stored), [50, 50])
    const queries: Array<() => Promise<unknown>> = [
      () => db.ping(),
      () => db.users.byId(user.id),
      () => db.settings.set('a', 1),
      () => db.sessions.transition(session.id, ['active'], 'paused', AT, 'system')
    ]
    for (const query of queries) {
      await t.rejects(query(), { name: 'DatabaseError', code: 'unavailable' })
    }
    await db.close()
    const again = await open(t)
    t.equal((await again.events.listBySession(session.id, { limit: 1000 })).length, 100)
  })
}
