import { extname } from 'node:path'
import t from 'tap'
import { FrameScheduler } from '../../../detection/workers/frame-scheduler.ts'
import { monotonicMs } from '../../../detection/clock.ts'
import {
  createPool, type Analysis, type FrameJob, type Pool, type PoolOptions
} from '../../../detection/workers/pool.ts'
import { FairShare } from '../../../detection/workers/fair-share.ts'
import { StreamAffinity } from '../../../detection/workers/stream-affinity.ts'

type Test = Pick<typeof t, 'teardown'>

const workerUrl = new URL(`./scripted-worker${extname(import.meta.url)}`, import.meta.url)

async function build (t: Test, options: Partial<PoolOptions> = {}): Promise<Pool> {
  const pool = createPool({ modelsDir: 'scripted', workers: 1, workerUrl, ...options })
  t.teardown(() => pool.close())
  await pool.ready
  return pool
}

const text = (order: string): Uint8Array => new TextEncoder().encode(order).slice()

type Ended = Analysis | Error

/** A frame that controls the scripted worker, and a promise of its result. */
function frame (order: string, about: Partial<FrameJob> = {}): { job: FrameJob, ended: Promise<Ended> } {
  let settle: (ended: Ended) => void = () => {}
  const ended = new Promise<Ended>(resolve => {
    settle = resolve
  })
  const arrivedMs = monotonicMs()
  return {
    job: {
      bytes: text(order),
      atMs: 7,
      state: undefined,
      arrivedMs,
      beginByMs: arrivedMs + 60_000,
      done: settle,
      failed: settle,
      ...about
    },
    ended
  }
}

/** A frame source with a list of frames; it requests again while frames are left. */
function source (
  pool: Pool,
  orders: string[],
  about: () => Partial<FrameJob> = () => ({})
): { readonly frameSource: ReturnType<Pool['openFrameSource']>, readonly ended: Promise<Ended>[] } {
  const ended: Promise<Ended>[] = []
  const frameSource = pool.openFrameSource(() => {
    const order = orders.shift()
    if (order === undefined) return undefined
    const made = frame(order, about())
    ended.push(made.ended)
    // Before it has ended: the next one is taken only then.
    if (orders.length > 0) frameSource.request()
    return made.job
  })
  frameSource.request()
  return { frameSource, ended }
}

const passAll = (): boolean => true

t.test('the source served least recently goes first, with one job at a time', t => {
  let calls = 0
  const scheduler = new FrameScheduler(() => {
    calls++
  })
  const open = (name: string) => scheduler.open(() => frame(name).job)
  const [anna, ben, cara] = [open('anna'), open('ben'), open('cara')]
  const next = () => scheduler.next(passAll)
  const nameOf = (scheduled: ReturnType<typeof next>) =>
    scheduled === undefined ? undefined : new TextDecoder().decode(scheduled.job.bytes)
  anna.request()
  const first = next()
  t.equal(nameOf(first), 'anna')
  anna.request()
  t.equal(next(), undefined, 'hers is away')
  ben.request()
  ben.request()
  t.equal(scheduler.waiting, 1)
  first!.end()
  t.equal(scheduler.waiting, 2, 'and now she waits again')
  cara.request()
  t.same([nameOf(next()), nameOf(next()), nameOf(next())], ['ben', 'cara', 'anna'])
  t.equal(calls, 4, 'onWaiting is called for each source that begins to wait')
  t.end()
})

t.test('a source without a frame stops waiting and may request again; a closed source is never asked', t => {
  const scheduler = new FrameScheduler(() => {})
  const orders: Array<string | undefined> = [undefined, 'late']
  const requested: string[] = []
  const empty = scheduler.open(() => {
    requested.push('empty')
    const order = orders.shift()
    return order === undefined ? undefined : frame(order).job
  })
  const other = scheduler.open(() => {
    requested.push('other')
    return frame('other').job
  })
  const closed = scheduler.open(() => {
    requested.push('gone')
    return frame('gone').job
  })
  for (const frameSource of [closed, empty, other]) frameSource.request()
  closed.close()
  closed.request()
  scheduler.next(passAll)!.end()
  t.same(requested, ['empty', 'other'])
  other.request()
  empty.request()
  scheduler.next(passAll)
  t.same(requested, ['empty', 'other', 'empty'], 'it has not begun anything yet')
  scheduler.clear()
  t.equal(scheduler.next(passAll), undefined)
  t.end()
})

t.test('workers’ time is shared between frames and the queue where both wait', t => {
  const shares = new FairShare()
  const counts = { frames: 0, queue: 0 }
  for (let count = 0; count < 200; count++) {
    shares.learnPrice('frames', 15)
    shares.learnPrice('queue', 1.5)
  }
  for (let count = 0; count < 1100; count++) {
    const kind = shares.first
    counts[kind]++
    shares.charge(kind)
  }
  t.ok(
    Math.abs(counts.queue / counts.frames - 10) < 0.5,
    `ten pieces of sound cost what a frame costs: ${JSON.stringify(counts)}`
  )
  for (let count = 0; count < 100; count++) shares.charge('frames')
  shares.markIdle('queue')
  shares.charge('queue')
  t.equal(shares.first, 'frames', 'a rest saves nothing up')
  t.end()
})

t.test('a stream keeps its place while it is used', t => {
  const streams = new StreamAffinity<string>()
  streams.assign('a', 'one', 0)
  streams.assign('b', 'one', 0)
  streams.assign('b', 'two', 20_000)
  t.same(
    [streams.slotOf('a'), streams.slotOf('b'), streams.slotOf('c'), streams.slotOf(undefined)],
    ['one', 'two', undefined, undefined]
  )
  t.same([streams.countOf('one'), streams.countOf('two')], [1, 1])
  streams.expire(31_000)
  t.same([streams.slotOf('a'), streams.slotOf('b'), streams.size], [undefined, 'two', 1])
  t.end()
})

t.test('a frame is taken when a worker has room, not when it was asked for', async t => {
  const pool = await build(t)
  const pending = ['slow', 'slow', 'slow'].map(order => pool.analyze({ bytes: text(order), atMs: 0, state: undefined }))
  let newest = 'old'
  const ended = new Promise<Ended>(resolve => {
    const frameSource = pool.openFrameSource(() => frame(newest, { done: resolve, failed: resolve }).job)
    frameSource.request()
  })
  t.match(pool.stats(), { running: 2, queued: 2 })
  newest = 'new'
  t.match(await ended, { state: { order: 'new' }, workerMs: 3 })
  await Promise.all(pending)
  const { ageMs, analyzed } = pool.stats()
  t.match([ageMs.count, analyzed], [4, 4])
})

t.test(
  'a frame too old when the worker comes to it is not looked at, and its age is counted to that moment',
  async t => {
    const pool = await build(t)
    const first = frame('slow')
    const sources = [first, frame('second', { beginByMs: monotonicMs() + 5 }), frame('third')].map(({ job, ended }) => {
      let left: FrameJob | undefined = job
      const frameSource = pool.openFrameSource(() => {
        const current = left
        left = undefined
        return current
      })
      frameSource.request()
      return ended
    })
    const [slow, late, third] = await Promise.all(sources)
    t.match(slow, { observation: {} })
    t.match(late, { code: 'INVIGIL_ERR_FRAME_STALE' })
    t.match(third, { state: { order: 'third' } })
    t.ok((third as Analysis).ageMs >= 15, 'it waited for the slow one')
    t.match(pool.stats(), { analyzed: 2, stale: 1, failed: 0, ageMs: { count: 2 } })
  }
)

t.test('neither frames nor sounds starve, and sounds keep their order', async t => {
  const pool = await build(t)
  const ended: string[] = []
  const sources = ['anna', 'ben', 'cara'].map(name =>
    source(
      pool,
      Array.from({ length: 20 }, (_, at) => `${name}${at}`)
    )
  )
  const frames = Promise.all(
    sources.map(async ({ ended: list }) => {
      for (let at = 0; at < 20; at++) {
        while (list[at] === undefined) await new Promise(resolve => setImmediate(resolve))
        await list[at]
        ended.push('frame')
      }
    })
  )
  const sounds = Array.from({ length: 30 }, (_, at) =>
    pool.listen({ pcm: new Float32Array(1 + at), atMs: 0, state: undefined }).then(soundOrder => {
      ended.push(`sound ${(soundOrder.state as { samples: number }).samples}`)
    })
  )
  await Promise.all([frames, ...sounds])
  const soundOrder = ended.filter(name => name !== 'frame')
  t.same(
    soundOrder,
    Array.from({ length: 30 }, (_, at) => `sound ${1 + at}`)
  )
  t.ok(ended.slice(0, 60).includes('frame') && ended.indexOf('sound 30') < ended.length - 1, 'mixed')
})

t.test(
  'the frames of one stream go to one worker, streams spread over the workers, and a lost worker frees them',
  async t => {
    const pool = await build(t, { workers: 2 })
    const orders = () => Array.from({ length: 5 }, () => 'slow')
    const video = (stream: string) => () => ({
      bytes: new Uint8Array(0),
      stream,
      video: {
        codec: 'vp8',
        chunks: [
          { bytes: text('skipped'), isKey: true, atMs: 6 },
          { bytes: text('slow'), isKey: false, atMs: 7 }
        ]
      }
    })
    const runs = ['a', 'b', 'c', 'd'].map(stream => source(pool, orders(), video(stream)))
    const threads: number[][] = []
    for (const { ended } of runs) {
      const workers: number[] = []
      for (let at = 0; at < 5; at++) {
        while (ended[at] === undefined) await new Promise(resolve => setImmediate(resolve))
        workers.push(((await ended[at]) as Analysis).observation.height)
      }
      threads.push([...new Set(workers)])
    }
    t.ok(
      threads.every(workers => workers.length === 1),
      JSON.stringify(threads)
    )
    t.equal(new Set(threads.flat()).size, 2, 'both work')
    t.equal(pool.stats().streams, 4)
    const [lost] = source(pool, ['crash'], () => ({ stream: 'a' })).ended
    t.match(await lost, { code: 'INVIGIL_ERR_WORKER_LOST' })
    const next = source(pool, ['frame'], () => ({ stream: 'a' })).ended
    while (next[0] === undefined) await new Promise(resolve => setImmediate(resolve))
    t.match(await next[0], { state: { order: 'frame' } })
  }
)

t.test('a frame source of a closed pool is closed', async t => {
  const pool = await build(t)
  const first = source(pool, ['hang', 'frame'])
  const [hanging] = first.ended
  await pool.close()
  t.match(await hanging, { code: 'INVIGIL_ERR_WORKER_LOST' })
  first.frameSource.request()
  t.equal(first.ended.length, 1)
})
