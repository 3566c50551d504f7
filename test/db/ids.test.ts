/** Ids are cursors: they rise even if the clock is set back, within a process and across a restart. */
import { join } from 'node:path'
import { v7 } from 'uuid'
import t from 'tap'
import { isId, raiseIdsAbove, newId } from '../../db/id.ts'
import { openDatabase, timeOfId } from '../../db/index.ts'
import { newEvent, openSession } from './rows.ts'

const HOUR_MS = 3_600_000

await t.test('a restart with the clock set back makes ids above those that are stored', async t => {
  const url = `file:${join(t.testdir(), 'a.db')}`
  const first = await openDatabase({ url })
  const { session, user } = await openSession(first)
  // Stored while the clock was one hour ahead.
  const ahead = newEvent(session.id, user.id, { id: v7({ msecs: Date.now() + HOUR_MS }) })
  await first.events.append([ahead])
  await first.close()
  t.ok(newId() < ahead.id, 'the clock has been set right')

  const db = await openDatabase({ url })
  t.teardown(() => db.close())
  const ids = Array.from({ length: 1000 }, newId)
  t.ok(ids[0]! > ahead.id)
  t.same(ids, [...ids].sort())
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.every(isId))
  const after = newEvent(session.id, user.id, { phase: 'end', id: newId() })
  await db.events.append([after])
  t.same(
    (await db.events.listBySession(session.id, { limit: 10 })).map(({ id }) => id),
    [ahead.id, after.id]
  )
  t.same(
    (await db.events.listAfter({ after: ahead.id, limit: 10 })).map(({ id }) => id),
    [after.id],
    'a reader that continues misses nothing'
  )
})

await t.test('counting up carries over, up to the next millisecond', t => {
  const full = 'ffff0000-0000-7fff-bfff-ffffffffffff'
  raiseIdsAbove(full)
  const next = newId()
  t.equal(next, 'ffff0000-0001-7000-8000-000000000000')
  t.equal(timeOfId(next), timeOfId(full) + 1)
  t.equal(newId(), 'ffff0000-0001-7000-8000-000000000001')
  t.end()
})
