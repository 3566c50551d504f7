import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { mariadbMissing } from '../support/mariadb.ts'
import { redisMissing } from '../support/redis.ts'
import { conclude, IS_FULL, scaled } from './figures.ts'
import { compare } from './ledger.ts'
import { startProctor } from './proctor.ts'
import { openRoom } from './room.ts'

/** Actions of candidates while their gateway is suspended. */
const MODES = ['move to the other', 'move and hand in', 'stay and report through the other'] as const
/** Shorter than a lease, longer than one, and much longer. The shortened run has each action once. */
const STALLS = IS_FULL
  ? [3, 9, 30].flatMap(seconds => MODES.map(mode => ({ seconds, mode })))
  : MODES.map((mode, index) => ({ seconds: [9, 3, 9][index]!, mode }))
const CANDIDATES = 6
const LOAD_MS = 2_000
/** Time in which the suspended gateway could write rows that it must not write. */
const SETTLE_MS = scaled(25_000, 5_000)

t.test(
  'a suspended gateway writes nothing for sessions that continued elsewhere',
  { skip: mariadbMissing() || redisMissing(), timeout: 1_800_000 },
  async t => {
    const { a, b, db, staff, candidates: seat } = await openRoom(t, STALLS.length * CANDIDATES)
    for (const { seconds, mode } of STALLS) {
      const candidates = await seat(CANDIDATES)
      const proctor = startProctor(staff, candidates, () => b.url)
      await delay(LOAD_MS)
      const frozenMs = performance.now()
      a.freeze()
      for (const candidate of candidates) {
        if (mode === 'stay and report through the other') candidate.requestAt(b.url)
        else candidate.move(b.url)
      }
      if (mode === 'move and hand in') {
        await delay(Math.min(LOAD_MS, seconds * 500))
        await Promise.all([proctor.stop(), ...candidates.map(async candidate => await candidate.finish())])
      }
      await delay(Math.max(0, seconds * 1000 - (performance.now() - frozenMs)))
      a.resume()
      if (mode !== 'move and hand in') {
        await delay(LOAD_MS)
        await proctor.stop()
        await Promise.all(candidates.map(async candidate => await candidate.finish()))
      }
      await delay(SETTLE_MS)
      const figures = await compare(
        db,
        candidates.map(({ ledger }) => ledger)
      )
      conclude(t, {
        fault: `gateway stopped for ${seconds} s, candidates ${mode}`,
        engine: 'MariaDB',
        tries: 1,
        ...figures
      })
    }
  }
)
