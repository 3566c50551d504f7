import { extname } from 'node:path'
import t from 'tap'
import { FrameScheduler } from '../../../detection/workers/frame-scheduler.ts'
import { monotonicMs } from '../../../detection/clock.ts'
import { createPool, type FrameJob, type Pool, type PoolOptions } from '../../../detection/workers/pool.ts'
import { SourceLedger } from '../../../detection/workers/source-ledger.ts'

const workerUrl = new URL(`./scripted-worker${extname(import.meta.url)}`, import.meta.url)
const text = (order: string): Uint8Array => new TextEncoder().encode(order).slice()

async function build (
  t: { teardown: (end: () => Promise<void>) => void },
  options: Partial<PoolOptions> = {}
): Promise<Pool> {
  const pool = createPool({ modelsDir: 'scripted', workers: 1, workerUrl, ...options })
  t.teardown(() => pool.close())
  await pool.ready
  return pool
}

function job (name: string, about: Partial<FrameJob> = {}): FrameJob {
  const arrivedMs = monotonicMs()
  return {
    bytes: text(name),
    atMs: 0,
    state: undefined,
    arrivedMs,
    beginByMs: arrivedMs + 60_000,
    done: () => {},
    failed: () => {},
    ...about
  }
}

/**
 * Runs sources that always have a frame on one worker for `ms`, each with its own cost. Returns the time that each used
 * and its number of frames.
 */
function play (costsMs: Readonly<Record<string, number>>, ms: number) {
  const clock = { ms: 0 }
  const scheduler = new FrameScheduler(() => {}, new SourceLedger({ now: () => clock.ms }))
  const used: Record<string, number> = {}
  const frames: Record<string, number> = {}
  const all = Object.keys(costsMs).map(name => [name, scheduler.open(() => job(name), name)] as const)
  for (const [, frameSource] of all) frameSource.request()
  while (clock.ms < ms) {
    const scheduled = scheduler.next(() => true)
    if (scheduled === undefined) {
      clock.ms++
      continue
    }
    const name = new TextDecoder().decode(scheduled.job.bytes)
    const costMs = costsMs[name]!
    clock.ms += costMs
    used[name] = (used[name] ?? 0) + costMs
    frames[name] = (frames[name] ?? 0) + 1
    scheduled.end(costMs)
    for (const [, frameSource] of all) frameSource.request()
  }
  return { used, looks: frames }
}

t.test('a source with dear frames gets its share of time, not of looks', t => {
  const { used, looks: frames } = play({ anna: 15, ben: 15, cara: 15, dear: 90 }, 60_000)
  t.ok(used['dear']! < 60_000 * 0.45, JSON.stringify(used))
  const others = ['anna', 'ben', 'cara'].map(name => frames[name]!)
  t.ok(Math.min(...others) / Math.max(...others) > 0.95, JSON.stringify(frames))
  t.ok(frames['dear']! < Math.min(...others) / 2, JSON.stringify(frames))
  t.end()
})

t.test('frames of unlike but ordinary cost count alike', t => {
  const { looks: frames } = play({ anna: 8, ben: 15, cara: 25 }, 30_000)
  const all = Object.values(frames)
  t.ok(Math.min(...all) / Math.max(...all) > 0.95, JSON.stringify(frames))
  t.end()
})

t.test('a source with very expensive frames rests after each, even when no other source waits', t => {
  const { used } = play({ dear: 400 }, 60_000)
  t.ok(used['dear']! <= 60_000 * 0.25, JSON.stringify(used))
  t.end()
})

t.test('faults suspend for a growing time, up to a bound, and are forgotten', t => {
  const clock = { ms: 0 }
  const ledger = new SourceLedger({ now: () => clock.ms, suspendMs: 1_000, suspendMsMax: 8_000, forgetMs: 100_000 })
  const source = ledger.open('a')
  const times = [1, 2, 3, 4, 5].map(() => {
    ledger.blame(source)
    return ledger.suspendedMs(source)
  })
  t.same(times, [1_000, 2_000, 4_000, 8_000, 8_000])
  t.equal(ledger.mayBegin(source), false)
  t.equal(ledger.open('a'), source, 'the same name gets the same source again')
  t.equal(ledger.suspendedMs(ledger.open('b')), 0)
  clock.ms += 200_000
  t.equal(ledger.mayBegin(source), true)
  ledger.blame(source)
  t.equal(ledger.suspendedMs(source), 1_000)
  t.end()
})

t.test('a job that holds its worker is a fault; on a machine where all is slow it is not', t => {
  const anotherLedger = new SourceLedger()
  const source = anotherLedger.open('a')
  anotherLedger.end(source, 5_000)
  t.ok(anotherLedger.suspendedMs(source) > 0)
  const slow = new SourceLedger()
  const other = slow.open('a')
  for (let count = 0; count < 500; count++) slow.end(slow.open('b'), 150)
  slow.end(other, 5_000)
  t.equal(slow.suspendedMs(other), 0)
  t.end()
})

t.test(
  'a frame that kills its worker suspends its source for frames, stills and sound; the job behind it is not blamed',
  async t => {
    // The replacement worker needs a while to start on a busy machine.
    const pool = await build(t, { queueMsMax: 120_000 })
    const ended: Array<Promise<Error | undefined>> = []
    const open = (source: string, order: string) => {
      let left: string | undefined = order
      const frameSource = pool.openFrameSource(() => {
        if (left === undefined) return undefined
        const next = left
        left = undefined
        let settle: (error?: Error) => void = () => {}
        ended.push(
          new Promise(resolve => {
            settle = resolve
          })
        )
        return job(next, { done: () => settle(), failed: error => settle(error) })
      }, source)
      frameSource.request()
      return frameSource
    }
    const bad = open('bad', 'crash')
    const good = open('good', 'frame')
    for (const error of await Promise.all(ended)) t.match(error, { code: 'INVIGIL_ERR_WORKER_LOST' })
    t.ok(bad.suspendedMs() > 0)
    t.equal(good.suspendedMs(), 0)
    t.ok(pool.openFrameSource(() => undefined, 'bad').suspendedMs() > 0, 'a new session of the same candidate')
    await t.rejects(pool.analyzeStill(text('frame'), { source: 'bad' }), {
      code: 'INVIGIL_ERR_SOURCE_SUSPENDED',
      retryAfterSeconds: Number
    })
    await t.rejects(pool.listen({ pcm: new Float32Array(1), atMs: 0, state: undefined, source: 'bad' }), {
      code: 'INVIGIL_ERR_SOURCE_SUSPENDED'
    })
    t.match(await pool.analyzeStill(text('frame'), { source: 'good' }), { workerMs: 3 })
  }
)

t.test('stills of sources take turns, and one source cannot fill the queue', async t => {
  const pool = await build(t, { stillsMax: 8, stillsOfSourceMax: 4 })
  const order: string[] = []
  const still = async (source: string): Promise<void> => {
    await pool.analyzeStill(text('slow'), { source })
    order.push(source)
  }
  const first = still('flood')
  const flood = Array.from({ length: 4 }, () => still('flood'))
  await t.rejects(still('flood'), { code: 'INVIGIL_ERR_OVERLOADED', message: /same source/ })
  await Promise.all([first, ...flood, still('other')])
  t.ok(order.indexOf('other') <= 1, order.join(' '))
})
