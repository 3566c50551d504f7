import { availableParallelism } from 'node:os'
import { DetectionError } from './errors.ts'
import { Histogram, type Percentiles } from './histogram.ts'
import { JobQueue } from './job-queue.ts'
import type { Observation, SoundObservation } from './types.ts'
import type { PictureJob, PoolInfo, WorkerData } from './worker-message.ts'
import { workerUrl } from './worker-url.ts'
import { isStill, WorkerSeat, type Job, type LossCause } from './worker-seat.ts'

export type { Percentiles } from './histogram.ts'
export type { PoolInfo } from './worker-message.ts'

/** One frame for the pool. */
export interface AnalyzeJob {
  /** An encoded picture. Its memory is handed over: `bytes` may be empty afterwards, unless `keepBytes`. */
  readonly bytes: Uint8Array
  readonly atMs: number
  /** What the session's last `analyze` returned as `state`; `undefined` for its first frame. Plain data, opaque here. */
  readonly state: unknown
  /** The vector of the enrolled face: the candidate's is compared with it now and then (`Observation.identity`). */
  readonly enrolled?: Float32Array
  /** The caller reads `bytes` again (a thumbnail): the pool sends a copy. */
  readonly keepBytes?: boolean
}

export interface Analysis {
  readonly observation: Observation
  readonly state: unknown
  /** Milliseconds of each stage that ran, in the worker. */
  readonly stagesMs: Readonly<Record<string, number>>
  /** The worker's time on the job. */
  readonly workerMs: number
  /** All other time between `analyze` and its answer: waiting, and the way there and back. */
  readonly queueMs: number
}

/** A piece of sound for the pool. */
export interface ListenJob {
  /** Mono, 16 kHz, −1 to 1. Its memory is handed over: it may be empty afterwards. */
  readonly pcm: Float32Array
  /** When the first sample was captured. */
  readonly atMs: number
  /** What the session's last `listen` returned as `state`; `undefined` for its first piece. Plain data, opaque here. */
  readonly state: unknown
}

export interface Hearing {
  /** Absent when the piece did not fill a window of 32 ms. */
  readonly observation?: SoundObservation
  readonly state: unknown
  /** The worker's time on the job. */
  readonly workerMs: number
}

export interface PoolStats {
  /** Workers wanted, and those that have loaded their models and answer. */
  readonly workers: number
  readonly ready: number
  /** Jobs given to workers; frames and sounds waiting for one; stills, which wait behind them. */
  readonly running: number
  readonly queued: number
  readonly stillsQueued: number
  /** Share of the workers' time that went into jobs over the last seconds, those still running included, 0..1. */
  readonly load: number
  readonly analyzed: number
  /** Pieces of sound listened to. */
  readonly heard: number
  /** Jobs that ended in an error of their own (a broken picture). */
  readonly failed: number
  /** Jobs lost with their worker, by cause. */
  readonly lost: Readonly<Record<LossCause, number>>
  /** Jobs not taken because the queue was full or too old. */
  readonly refused: number
  /** Workers started in place of dead or stuck ones. */
  readonly replaced: number
  readonly stagesMs: Readonly<Record<string, Percentiles>>
  readonly workerMs: Percentiles
  readonly queueMs: Percentiles
  /** The workers' time on a piece of sound. */
  readonly listenMs: Percentiles
}

export interface PoolOptions {
  readonly modelsDir: string
  /** A file in `modelsDir`, a path, or `centernet`; absent or empty: the best one found. */
  readonly objectModel?: string
  /** Default: one for each core. */
  readonly workers?: number
  /** A worker longer than this on one job is replaced. Default 10,000. */
  readonly stuckMs?: number
  /** Frames and sounds that may wait beside the running ones. Default 256: each candidate has one or two at most. */
  readonly queueMax?: number
  /** A job that waited longer than this is refused. Default 10,000. */
  readonly queueMsMax?: number
  /** Stills that may wait; of those offered by strangers one for each worker. Default 8 for each worker. */
  readonly stillsMax?: number
  /** Delay before the second worker in a row that died without finishing a job is replaced; doubles up to 30 s. Default 250. */
  readonly backoffMs?: number
  /** The worker's module; for tests. */
  readonly workerUrl?: URL
}

export interface StillOptions {
  /** Without it the arrays of landmarks come back empty. */
  readonly landmarks?: boolean
  /** Gives faces their vector and facts. */
  readonly embed?: boolean
  /** Leaves hands and objects out. */
  readonly facesOnly?: boolean
  /** The caller reads the bytes again. */
  readonly keepBytes?: boolean
  /** Offered by somebody without an account: few may wait, and large pictures are refused. */
  readonly stranger?: boolean
}

/** Worker threads that turn frames into observations. The thread that owns the pool only passes bytes. */
export interface Pool {
  /** Settles when every worker has loaded and warmed up its models, or rejects with the first error of one that cannot. */
  readonly ready: Promise<PoolInfo>
  /**
   * Rejects with a `DetectionError`: the picture's own codes, `INVIGIL_ERR_WORKER_LOST` when the worker died or hung or the
   * pool was closed, or `INVIGIL_ERR_OVERLOADED` when too many jobs wait; with a plain `Error` when the fault is ours.
   */
  analyze (job: AnalyzeJob): Promise<Analysis>
  /** One picture by itself, every detector run. Frames and sound go before it, and it never takes the last worker from them. */
  analyzeStill (bytes: Uint8Array, options?: StillOptions): Promise<Analysis>
  /** Rejects as `analyze` does. The pieces of one session must be sent one after another: each needs the state of the one before. */
  listen (job: ListenJob): Promise<Hearing>
  stats (): PoolStats
  /** Ends the workers; jobs still open are rejected. */
  close (): Promise<void>
}

/** Stage names in the statistics; a pipeline has a handful. */
const STAGES_MAX = 32
/** The load is smoothed over about this long. */
const LOAD_MS = 3000
/** So long after a frame or sound another one is to be expected. */
const LIVE_MS = 2000

/** Starts the workers at once; await `ready` before announcing the service. */
export function createPool (options: PoolOptions): Pool {
  const count = Math.max(1, Math.floor(options.workers ?? availableParallelism()))
  const stuckMs = options.stuckMs ?? 10_000
  const queueMax = options.queueMax ?? 256
  const queueMsMax = options.queueMsMax ?? 10_000
  const stillsMax = options.stillsMax ?? 8 * count
  const queue = new JobQueue()
  const lost = { crashed: 0, stuck: 0, closed: 0 }
  const stages = new Map<string, Histogram>()
  const workerTimes = new Histogram()
  const queueTimes = new Histogram()
  const listenTimes = new Histogram()
  let isClosed = false
  let nextId = 1
  let analyzed = 0
  let heard = 0
  let failed = 0
  let refused = 0
  let replaced = 0
  let load = 0
  let liveMs = -Infinity
  let checkedMs = performance.now()

  const started = deferred<PoolInfo>()
  // Nobody need wait for it.
  started.promise.catch(() => {})

  const data: WorkerData = { modelsDir: options.modelsDir, objectModel: options.objectModel ?? '' }
  const seats = Array.from({ length: count }, (_, index) => new WorkerSeat({
    url: options.workerUrl ?? workerUrl(),
    worker: { workerData: data, name: `invigil-vision-${index + 1}` },
    stuckMs,
    backoffMs: options.backoffMs ?? 250,
    onReady: (info) => { if (seats.every(seat => seat.isReady)) started.resolve(info) },
    onUnusable: started.reject,
    onFree: dispatch,
    onLost: (jobs, cause) => { lost[cause] += jobs.length },
    onReplace: () => { replaced++ }
  }))

  const timer = setInterval(check, Math.min(1000, stuckMs / 4, queueMsMax / 4))
  // The workers keep the process alive until the pool is closed.
  timer.unref()

  /** A worker with a still takes nothing else: what came behind would wait for it, while another worker may become free before. */
  function dispatch (): void {
    while (queue.live > 0) {
      const free = seats.filter(seat => seat.isFree && seat.stills === 0)
      if (free.length === 0) return
      free.reduce((least, seat) => seat.running < least.running ? seat : least).give(queue.shiftLive()!)
    }
    while (queue.stills > 0) {
      const idle = seats.find(seat => seat.isIdle)
      if (idle === undefined || seats.reduce((sum, seat) => sum + seat.stills, 0) >= stillsAtOnce()) return
      idle.give(queue.shiftStill()!)
    }
  }

  /** While exams run one worker is left for them, where there are two. */
  function stillsAtOnce (): number {
    return performance.now() - liveMs < LIVE_MS ? Math.max(1, count - 1) : count
  }

  function check (): void {
    for (const seat of seats) seat.check()
    const nowMs = performance.now()
    for (const job of queue.takeOlder(nowMs - queueMsMax)) {
      refused++
      job.failed(overloaded(`no worker was free for ${queueMsMax} ms`), 0)
    }
    dispatch()
    const passedMs = nowMs - checkedMs
    if (passedMs <= 0) return
    const busyMs = seats.reduce((sum, seat) => sum + seat.takeBusyMs(nowMs), 0)
    const share = Math.min(1, Math.max(0, busyMs / (passedMs * count)))
    load += (share - load) * (1 - Math.exp(-passedMs / LOAD_MS))
    checkedMs = nowMs
  }

  function measure (stagesMs: Readonly<Record<string, number>>, workerMs: number, queueMs: number): void {
    analyzed++
    workerTimes.add(workerMs)
    queueTimes.add(queueMs)
    for (const [name, ms] of Object.entries(stagesMs)) {
      let stage = stages.get(name)
      if (stage === undefined && stages.size < STAGES_MAX) stages.set(name, stage = new Histogram())
      stage?.add(ms)
    }
  }

  /** Why a job cannot wait; stills never take the room of frames. */
  function fullness (job: Job): string | undefined {
    if (!isStill(job)) return queue.live < queueMax ? undefined : `${queueMax} jobs wait already`
    const { message } = job
    const max = message.type === 'picture' && message.stranger === true ? Math.min(count, stillsMax) : stillsMax
    return queue.stills < max ? undefined : `${max} pictures wait already`
  }

  /** Puts a job into the queue, or rejects it at once. */
  function submit (reject: (error: Error) => void, build: (waiting: Pick<Job, 'offeredMs' | 'failed'>) => Job): void {
    if (isClosed) return reject(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool is closed'))
    const offeredMs = performance.now()
    const job = build({
      offeredMs,
      failed: (error) => {
        const isOwn = !(error instanceof DetectionError) || (error.code !== 'INVIGIL_ERR_WORKER_LOST' && error.code !== 'INVIGIL_ERR_OVERLOADED')
        if (isOwn) failed++
        reject(error)
      }
    })
    const full = fullness(job)
    if (full !== undefined) {
      refused++
      return reject(overloaded(full))
    }
    if (!isStill(job)) liveMs = offeredMs
    queue.push(job)
    dispatch()
  }

  function look (message: Omit<PictureJob, 'id' | 'type'>): Promise<Analysis> {
    return new Promise((resolve, reject) => {
      submit(reject, waiting => ({
        ...waiting,
        message: { type: 'picture', id: nextId++, ...message },
        done: (analysis, workerMs) => {
          const queueMs = Math.max(0, performance.now() - waiting.offeredMs - workerMs)
          measure(analysis.stagesMs, workerMs, queueMs)
          resolve({ ...analysis, workerMs, queueMs })
        }
      }))
    })
  }

  function listen ({ pcm, atMs, state }: ListenJob): Promise<Hearing> {
    return new Promise((resolve, reject) => {
      submit(reject, waiting => ({
        ...waiting,
        message: { type: 'sound', id: nextId++, pcm: owned(pcm, false), atMs, state },
        heard: (hearing, workerMs) => {
          heard++
          listenTimes.add(workerMs)
          resolve({ ...hearing, workerMs })
        }
      }))
    })
  }

  return {
    ready: started.promise,
    analyze: ({ bytes, atMs, state, enrolled, keepBytes = false }) =>
      look({ bytes: owned(bytes, keepBytes), atMs, state, still: false, landmarks: true, embed: false, facesOnly: false, ...(enrolled !== undefined && { enrolled }) }),
    analyzeStill: (bytes, { landmarks = false, embed = false, facesOnly = false, keepBytes = false, stranger = false } = {}) =>
      look({ bytes: owned(bytes, keepBytes), atMs: 0, state: undefined, still: true, landmarks, embed, facesOnly, stranger }),
    listen,
    stats: () => ({
      workers: count,
      ready: seats.filter(seat => seat.isReady).length,
      running: seats.reduce((sum, seat) => sum + seat.running, 0),
      queued: queue.live,
      stillsQueued: queue.stills,
      load,
      analyzed,
      heard,
      failed,
      lost: { ...lost },
      refused,
      replaced,
      stagesMs: Object.fromEntries([...stages].map(([name, stage]) => [name, stage.percentiles()])),
      workerMs: workerTimes.percentiles(),
      queueMs: queueTimes.percentiles(),
      listenMs: listenTimes.percentiles()
    }),
    close: async () => {
      isClosed = true
      clearInterval(timer)
      started.reject(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool was closed before it was ready'))
      lost.closed += queue.length
      for (const job of queue.takeAll()) job.failed(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool was closed'), 0)
      await Promise.all(seats.map(seat => seat.close()))
    }
  }
}

/**
 * Bytes or samples whose memory can be given away. A Buffer is often a piece of a larger slab (a socket's, or Node's own pool, which
 * cannot be transferred at all): those are copied.
 */
function owned<T extends Uint8Array | Float32Array> (data: T, keep: boolean): T {
  const { buffer } = data
  const isWhole = buffer instanceof ArrayBuffer && data.byteOffset === 0 && data.byteLength === buffer.byteLength
  return isWhole && !keep ? data : (data instanceof Uint8Array ? Uint8Array.from(data) : Float32Array.from(data)) as T
}

function overloaded (reason: string): DetectionError {
  return new DetectionError('INVIGIL_ERR_OVERLOADED', `Too much at once: ${reason}`)
}

/** A promise with its two ends; Node 20 has no `Promise.withResolvers`. */
function deferred<T> (): { promise: Promise<T>, resolve: (value: T) => void, reject: (error: Error) => void } {
  let settle: (value: T) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const promise = new Promise<T>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  return { promise, resolve: settle, reject: fail }
}
