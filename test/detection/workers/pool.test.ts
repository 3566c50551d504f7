import { extname } from 'node:path'
import t from 'tap'
import { createPool, type Pool, type PoolOptions } from '../../../detection/workers/pool.ts'

type Test = Pick<typeof t, 'teardown'>

const workerUrl = new URL(`./scripted-worker${extname(import.meta.url)}`, import.meta.url)

async function build (t: Test, options: Partial<PoolOptions> = {}): Promise<Pool> {
  const pool = createPool({ modelsDir: 'scripted', workers: 1, workerUrl, ...options })
  t.teardown(() => pool.close())
  await pool.ready
  return pool
}

const text = (order: string): Uint8Array => new TextEncoder().encode(order).slice()

/** Blocks the worker with a `wait` job until it is opened. */
function latch (): { latch: Int32Array, open: () => void } {
  const latch = new Int32Array(new SharedArrayBuffer(4))
  return {
    latch,
    open: () => {
      Atomics.store(latch, 0, 1)
      Atomics.notify(latch, 0)
    }
  }
}

const send = (pool: Pool, order: string, state?: unknown) => pool.analyze({ bytes: text(order), atMs: 7, state })

t.test('a frame comes back as an observation, with the state for the next one', async t => {
  const pool = await build(t)
  t.same(await pool.ready, { objectsName: 'scripted', versions: {} })
  const first = await send(pool, 'frame')
  t.match(first, {
    observation: { atMs: 7, width: 5 },
    state: { seen: 1, still: false, landmarks: true },
    stagesMs: { decode: 2, mesh: 1 },
    workerMs: 3
  })
  t.ok(first.queueMs >= 0)
  const second = await send(pool, 'frame', first.state)
  t.match(second.state, { seen: 2 })
  const still = await pool.analyzeStill(text('frame'))
  t.match(still.state, { seen: 1, still: true, landmarks: false })
  t.match((await pool.analyzeStill(text('frame'), { landmarks: true })).state, { landmarks: true })
  const { analyzed, stagesMs, workerMs, lost } = pool.stats()
  t.equal(analyzed, 4)
  t.same(lost, { crashed: 0, stuck: 0, closed: 0 })
  t.match(stagesMs, { decode: { count: 4, mean: 2, p50: 2, max: 2 }, mesh: { count: 4 } })
  t.match(workerMs, { count: 4, p99: 3 })
})

t.test('a piece of sound is analyzed, with the state for the next one', async t => {
  const pool = await build(t)
  const pcm = new Float32Array(8000)
  const first = await pool.listen({ pcm, atMs: 0, state: undefined })
  t.same(first, { state: { pieces: 1, samples: 8000 }, workerMs: 2 })
  t.equal(pcm.length, 0, 'given away')
  t.same((await pool.listen({ pcm: new Float32Array(10).subarray(2, 6), atMs: 500, state: first.state })).state, {
    pieces: 2,
    samples: 4
  })
  await t.rejects(pool.listen({ pcm: new Float32Array(0), atMs: 0, state: undefined }), /another kind: analyzed/)
  t.match(pool.stats(), { analyzed: 0, listened: 2, failed: 1, listenMs: { count: 2, mean: 2 } })
})

t.test('whole memory is handed over; slabs and what the caller keeps are copied', async t => {
  const pool = await build(t)
  const whole = text('frame')
  await pool.analyze({ bytes: whole, atMs: 0, state: undefined })
  t.equal(whole.byteLength, 0, 'given away')
  const original = text('frame')
  await pool.analyze({ bytes: original, atMs: 0, state: undefined, keepBytes: true })
  t.equal(original.byteLength, 5)
  const slab = Buffer.from('xxframexx')
  await pool.analyze({ bytes: slab.subarray(2, 7), atMs: 0, state: undefined })
  t.equal(slab.toString(), 'xxframexx')
  await t.rejects(
    pool.analyze({ bytes: text('frame'), atMs: 0, state: () => {} }),
    { name: 'DataCloneError' },
    'a state that is no plain data'
  )
  t.match((await send(pool, 'frame')).state, { order: 'frame' }, 'and the pool goes on')
})

t.test('errors keep their code, and the worker lives on', async t => {
  const pool = await build(t)
  await t.rejects(send(pool, 'broken'), {
    name: 'DetectionError',
    code: 'INVIGIL_ERR_IMAGE_INVALID',
    message: 'no picture'
  })
  await t.rejects(send(pool, 'bug'), { name: 'Error', message: 'we are wrong' })
  t.match((await send(pool, 'frame')).state, { order: 'frame' })
  t.match(pool.stats(), { analyzed: 1, failed: 2, replaced: 0 })
})

for (const [order, cause] of [
  ['crash', 'crashed'],
  ['throw', 'crashed'],
  ['hang', 'stuck'],
  ['spin', 'stuck']
] as const) {
  t.test(`a worker lost by ${order} is replaced, its frames are lost and counted, the rest goes on`, async t => {
    const pool = await build(t, { stuckMs: 1500 })
    const bad = send(pool, order)
    const behind = send(pool, 'frame')
    const waiting = send(pool, 'frame')
    await t.rejects(bad, { name: 'DetectionError', code: 'INVIGIL_ERR_WORKER_LOST' })
    await t.rejects(behind, { code: 'INVIGIL_ERR_WORKER_LOST' })
    t.match((await waiting).state, { order: 'frame' })
    t.match(pool.stats(), { workers: 1, ready: 1, analyzed: 1, failed: 0, lost: { [cause]: 2 }, replaced: 1 })
  })
}

t.test('jobs go to the least loaded worker, and both work at once', async t => {
  const pool = await build(t, { workers: 2 })
  const { latch: state, open } = latch()
  const waiting = send(pool, 'wait', { latch: state })
  // Each comes back while the first still waits, so both ran on the other worker; the thread's id is the height.
  const one = await send(pool, 'frame')
  const two = await send(pool, 'frame')
  t.equal(one.observation.height, two.observation.height)
  t.match(pool.stats(), { running: 1, analyzed: 2 })
  open()
  t.not((await waiting).observation.height, one.observation.height)
  t.equal(pool.stats().running, 0)
})

t.test('a full queue refuses at once', async t => {
  const pool = await build(t, { queueMax: 2 })
  const jobs = ['slow', 'slow', 'slow', 'slow'].map(order => send(pool, order))
  t.match(pool.stats(), { running: 2, queued: 2 })
  await t.rejects(send(pool, 'frame'), { name: 'DetectionError', code: 'INVIGIL_ERR_OVERLOADED' })
  await Promise.all(jobs)
  t.match(pool.stats(), { analyzed: 4, refused: 1, queued: 0 })
})

t.test('what waits too long is refused', async t => {
  const pool = await build(t, { queueMsMax: 40 })
  const { latch: state, open } = latch()
  const running = [send(pool, 'wait', { latch: state }), send(pool, 'frame')]
  await t.rejects(send(pool, 'frame'), { code: 'INVIGIL_ERR_OVERLOADED' })
  open()
  await Promise.all(running)
  t.match(pool.stats(), { analyzed: 2, refused: 1 })
})

t.test('frames and sounds go before stills that came earlier', async t => {
  const pool = await build(t)
  const { latch: state, open } = latch()
  const ended: string[] = []
  const record = (name: string, job: Promise<unknown>) => job.then(() => { ended.push(name) })
  const jobs = [
    record('frame 1', send(pool, 'wait', { latch: state })),
    record('frame 2', send(pool, 'frame')),
    record('still', pool.analyzeStill(text('frame'))),
    record('frame 3', send(pool, 'frame')),
    record('sound', pool.listen({ pcm: new Float32Array(4), atMs: 0, state: undefined }))
  ]
  t.match(pool.stats(), { running: 2, queued: 2, stillsQueued: 1 })
  open()
  await Promise.all(jobs)
  t.same(ended, ['frame 1', 'frame 2', 'frame 3', 'sound', 'still'])
})

t.test('while frames come, stills leave them one worker', async t => {
  const pool = await build(t, { workers: 2 })
  await send(pool, 'frame')
  const stills = [pool.analyzeStill(text('hang')), pool.analyzeStill(text('hang'))].map(job =>
    job.catch((error: { code: string }) => error.code)
  )
  t.match(pool.stats(), { running: 1, stillsQueued: 1 })
  for (let count = 0; count < 3; count++) t.match((await send(pool, 'frame')).state, { order: 'frame' })
  await pool.close()
  t.same(await Promise.all(stills), Array(2).fill('INVIGIL_ERR_WORKER_LOST'))
})

t.test('few stills wait, of strangers one for each worker; they take no room from frames', async t => {
  const pool = await build(t, { stillsMax: 2, queueMax: 1 })
  const hanging = pool.analyzeStill(text('hang')).catch(() => {})
  const waiting = [pool.analyzeStill(text('frame'), { stranger: true })]
  await t.rejects(pool.analyzeStill(text('frame'), { stranger: true }), { code: 'INVIGIL_ERR_OVERLOADED' })
  waiting.push(pool.analyzeStill(text('frame')))
  await t.rejects(pool.analyzeStill(text('frame')), { code: 'INVIGIL_ERR_OVERLOADED' })
  waiting.push(send(pool, 'frame'))
  await t.rejects(send(pool, 'frame'), { code: 'INVIGIL_ERR_OVERLOADED' })
  t.match(pool.stats(), { running: 1, queued: 1, stillsQueued: 2, refused: 3 })
  const ended = Promise.allSettled(waiting)
  await pool.close()
  await Promise.all([hanging, ended])
})

t.test('the load counts jobs that still run', async t => {
  const pool = await build(t, { queueMsMax: 40 })
  const hanging = pool.analyzeStill(text('hang')).catch(() => {})
  while (pool.stats().load === 0) await new Promise(resolve => setImmediate(resolve))
  t.match(pool.stats(), { running: 1, analyzed: 0 })
  await pool.close()
  await hanging
})

t.test('a pool without model files rejects with the missing file', async t => {
  const pool = createPool({ modelsDir: 'missing', workers: 1, workerUrl })
  t.teardown(() => pool.close())
  await t.rejects(pool.ready, { name: 'DetectionError', code: 'INVIGIL_ERR_MODEL_MISSING' })
})

t.test('workers that die at once are started ever more seldom, and frames are refused in time', async t => {
  const pool = createPool({ modelsDir: 'dies', workers: 1, workerUrl, backoffMs: 60_000, queueMsMax: 100 })
  t.teardown(() => pool.close())
  await t.rejects(pool.ready, { code: 'INVIGIL_ERR_WORKER_LOST', message: /ended while it loaded its models/ })
  await t.rejects(send(pool, 'frame'), { code: 'INVIGIL_ERR_OVERLOADED' })
  t.ok(pool.stats().replaced <= 1, 'the second start waits')
  t.equal(pool.stats().ready, 0)
})

t.test('closing rejects open jobs and later ones', async t => {
  const pool = await build(t)
  const open = ['hang', 'frame', 'frame', 'frame'].map(order => send(pool, order))
  const settled = Promise.allSettled(open)
  await pool.close()
  t.same(
    (await settled).map(result => result.status === 'rejected' && result.reason.code),
    Array(4).fill('INVIGIL_ERR_WORKER_LOST')
  )
  t.match(pool.stats(), { lost: { closed: 4 } })
  await t.rejects(send(pool, 'frame'), { code: 'INVIGIL_ERR_WORKER_LOST' })
})
