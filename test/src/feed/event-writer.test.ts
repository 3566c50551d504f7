import t from 'tap'
import { DatabaseError, newId, type EventRow, type Events } from '../../../db/index.ts'
import { createCounters } from '../../../src/counters.ts'
import { EVENT_WRITER, EventWriter, type EventWriterOptions } from '../../../src/feed/event-writer.ts'

function row (sessionId = 'a'): EventRow {
  return {
    id: newId(),
    sessionId,
    userId: 'u',
    kind: 'copy',
    phase: 'instant',
    incident: 1,
    atMs: 0,
    durationMs: null,
    class: 'integrity',
    severity: 'low',
    weight: 1,
    detail: {},
    createdAtMs: 0
  }
}

type Append = Events['appendOwned']
const stored: Append = async () => []

/** A writer on a scripted database; `said` has one line for each call of the listener. */
function play (append: Append, options: Partial<EventWriterOptions> = {}) {
  const counters = createCounters().events
  const errors: unknown[] = []
  const said: string[] = []
  const ids: string[] = []
  let wake: (() => void) | undefined
  const writer = new EventWriter(
    { appendOwned: append },
    counters,
    error => {
      errors.push(error)
    },
    { ...EVENT_WRITER, groupMs: 1, backoffMinMs: 1, backoffMaxMs: 2, ...options }
  )
  return {
    writer,
    counters,
    errors,
    said,
    ids,
    write: async (rows: readonly EventRow[], epoch = 1) => await writer.write(rows, {
      epoch,
      onWritten (rows, isStored) {
        said.push(`${rows.length} ${isStored ? 'stored' : 'shown'}`)
        if (isStored) ids.push(...rows.map(row => row.id))
        wake?.()
      },
      onRefused () { said.push('lost') }
    }),
    async said_ (count: number) {
      while (said.length < count) await new Promise<void>(resolve => { wake = resolve })
    }
  }
}

t.test('rows are committed a hundred at a time, in order, and reported after the commit', async t => {
  const groups: number[] = []
  let committed = 0
  const p = play(async rows => {
    groups.push(rows.length)
    await new Promise(resolve => setImmediate(resolve))
    committed += rows.length
    t.ok(p.ids.length < committed)
    return []
  })
  const rows = Array.from({ length: 250 }, () => row())
  p.write(rows)
  await p.writer.flush()
  t.same(groups, [100, 100, 50])
  t.same(p.ids, rows.map(row => row.id))
  t.match(p.counters, { stored: 250, lost: 0, retried: 0 })
})

t.test('rows of many sessions share one commit', async t => {
  const groups: number[] = []
  const p = play(async rows => {
    groups.push(rows.length)
    return await stored(rows, new Map())
  }, { groupMs: 10 })
  for (const session of ['a', 'b', 'c']) p.write([row(session)])
  await p.said_(3)
  t.same(groups, [3])
})

t.test('a failed commit is retried until it succeeds, in the same order', async t => {
  let failures = 3
  const p = play(async rows => {
    if (failures-- > 0) throw new DatabaseError('unavailable', 'ECONNREFUSED')
    return await stored(rows, new Map())
  })
  const rows = [row(), row()]
  p.write(rows)
  await p.said_(1)
  t.same(p.said, ['2 stored'])
  t.same(p.ids, rows.map(row => row.id))
  t.match(p.counters, { stored: 2, retried: 3 })
  t.equal(p.errors.length, 3)
  t.notOk(p.writer.degraded)
})

t.test('a row that waits too long is published as not stored, and again once it is stored', async t => {
  let away = true
  const p = play(async rows => {
    if (away) throw new DatabaseError('unavailable', 'ECONNREFUSED')
    return await stored(rows, new Map())
  }, { showAfterMs: 5 })
  p.write([row(), row()])
  await p.said_(1)
  away = false
  await p.said_(2)
  t.same(p.said, ['2 shown', '2 stored'])
})

t.test('a row that the database cannot store does not prevent the others', async t => {
  const [there, bad, good] = [row(), row('bad'), row()]
  const p = play(async rows => {
    if (rows.length > 1) throw new DatabaseError('unknown', 'ER_DATA_TOO_LONG')
    if (rows[0] === bad) throw new DatabaseError('unknown', 'ER_DATA_TOO_LONG')
    return await stored(rows, new Map())
  })
  t.equal(await p.write([there, bad, good]), false)
  t.same(p.ids, [there.id, good.id])
  t.match(p.counters, { stored: 2, lost: 1 })
})

t.test('rows of a session that another gateway owns are not published, and the former owner is notified', async t => {
  const epochs: Array<ReadonlyMap<string, number>> = []
  const p = play(async (rows, owned) => {
    epochs.push(owned)
    return rows.filter(row => owned.get(row.sessionId) === 1).map(row => row.id)
  }, { showAfterMs: 60_000 })
  const [mine, lost] = [row('mine'), row('lost')]
  t.same(await Promise.all([p.write([mine], 2), p.write([lost], 1)]), [true, false])
  t.same(p.said, ['1 stored', 'lost'])
  t.same(p.ids, [mine.id])
  t.same(epochs, [new Map([['mine', 2], ['lost', 1]])], 'in one commit')
  t.match(p.counters, { stored: 1, lost: 1 })
  // Lost and taken again: each row goes under the number under which it was raised.
  t.same(await Promise.all([p.write([row('again')], 1), p.write([row('again')], 3)]), [false, true])
})

t.test('each call reports whether all of its own rows are committed', async t => {
  let release: (() => void) | undefined
  const p = play(async () => {
    await new Promise<void>(resolve => { release = resolve })
    return []
  })
  let isSettled = false
  const written = p.write([row(), row()]).then(isStored => {
    isSettled = true
    return isStored
  })
  t.equal(await p.writer.flush(30), false)
  t.notOk(isSettled)
  release?.()
  t.equal(await written, true)
})

t.test('a database that does not respond counts as degraded before its commit has failed', async t => {
  const p = play(async () => await new Promise<never>(() => {}))
  p.write([row()]).catch(() => {})
  t.notOk(p.writer.degraded)
  await new Promise(resolve => setTimeout(resolve, 3_100))
  t.ok(p.writer.degraded)
})

t.test('rows beyond the limit are published at once and never stored', async t => {
  let release: (() => void) | undefined
  const p = play(async rows => {
    await new Promise<void>(resolve => { release = resolve })
    return await stored(rows, new Map())
  }, { rowsMax: 3, groupRows: 3 })
  p.write(Array.from({ length: 5 }, () => row()))
  t.same(p.said, ['2 shown'])
  t.equal(p.writer.waiting, 3)
  release?.()
  await p.said_(2)
  t.match(p.counters, { stored: 3, lost: 2 })
})

t.test('close commits the waiting rows, and gives up if the database stays unavailable', async t => {
  const p = play(stored, { groupMs: 60_000 })
  p.write([row()])
  t.equal(await p.writer.close(), 0)
  t.same(p.said, ['1 stored'])

  const q = play(async () => { throw new DatabaseError('unavailable', 'ECONNREFUSED') })
  q.write([row(), row()])
  t.equal(await q.writer.close(20), 2)
  t.equal(q.counters.lost, 2)
})

t.test('an error of a listener is reported, and the others are still called', async t => {
  const p = play(stored)
  p.writer.write([row()], { epoch: 1, onWritten () { throw new Error('a mistake') }, onRefused () {} }).catch(() => {})
  p.write([row()])
  await p.said_(1)
  t.equal(p.errors.length, 1)
})
