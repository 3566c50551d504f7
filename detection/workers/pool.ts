import '../models/no-telemetry.ts'
import { availableParallelism } from 'node:os'
import { DetectionError } from '../errors.ts'
import { JobQueue } from './job-queue.ts'
import { Lanes, type Turn } from './frame-scheduler.ts'
import { monotonicMs } from '../clock.ts'
import { PoolMeasures } from './pool-stats.ts'
import type { AnalyzeJob, Analysis, Hearing, ListenJob, Pool, PoolOptions } from './pool-types.ts'
import { Shares } from './fair-share.ts'
import { SourceLedger, type Source } from './source-ledger.ts'
import { Streams } from './stream-affinity.ts'
import type { PictureJob, PoolInfo, WorkerAnalysis, WorkerData } from './messages.ts'
import { workerUrl } from './worker-url.ts'
import { isStill, WorkerSeat, type Job } from './supervised-worker.ts'

export type { Percentiles } from './histogram.ts'
export type {
  Analysis, AnalyzeJob, Hearing, Lane, LaneJob, ListenJob, Pool, PoolOptions, PoolStats, StillOptions
} from './pool-types.ts'
export type { PoolInfo } from './messages.ts'

/**
 * A stream stays where it begins, so for its place the streams that are there count more than who happens to be at
 * work.
 */
const STREAMS_A_JOB = 4
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
  const stillsOfSourceMax = options.stillsOfSourceMax ?? Math.max(2, Math.floor(stillsMax / 4))
  const ledger = new SourceLedger()
  const lanes = new Lanes(dispatch, ledger)
  const shares = new Shares()
  const streams = new Streams<WorkerSeat>()
  const measures = new PoolMeasures()
  let isClosed = false
  let nextId = 1
  let liveMs = -Infinity

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
    onLost: (jobs, cause) => { measures.lost[cause] += jobs.length },
    onReplace: () => { measures.replaced++ }
  }))

  const timer = setInterval(check, Math.min(1000, stuckMs / 4, queueMsMax / 4))
  // The workers keep the process alive until the pool is closed.
  timer.unref()

  function dispatch (): void {
    if (isClosed) return
    // What is preferred may have nothing for the workers that have room.
    while (shares.first === 'lanes' ? giveFrame() || giveQueued() : giveQueued() || giveFrame());
    while (queue.stills > 0) {
      const idle = seats.find(seat => seat.isIdle)
      if (idle === undefined || seats.reduce((sum, seat) => sum + seat.stills, 0) >= stillsAtOnce()) return
      const job = queue.takeStill(({ source }) => source === undefined || ledger.mayBegin(source))
      if (job === undefined) return
      if (job.source !== undefined) ledger.begin(job.source)
      idle.give(job)
    }
  }

  function giveFrame (): boolean {
    const free = freeSeats()
    const turn =
      free.length === 0
        ? undefined
        : lanes.next((stream, isExpensive) =>
          isExpensive ? hasRoomForExpensive(free) : seatFor(stream, free) !== undefined
        )
    if (lanes.waiting === 0 && turn === undefined) shares.rest('lanes')
    if (turn === undefined) return false
    shares.charge('lanes')
    liveMs = performance.now()
    give(jobOfLane(turn), free)
    return true
  }

  function giveQueued (): boolean {
    const free = freeSeats()
    const job =
      free.length === 0 ? undefined : queue.takeLive(({ message }) => seatFor(streamOf(message), free) !== undefined)
    if (queue.live === 0 && job === undefined) shares.rest('queue')
    if (job === undefined) return false
    shares.charge('queue')
    give(job, free)
    return true
  }

  /**
   * A worker with a still or an expensive frame takes nothing else: what came behind would wait for it, while another
   * may become free before.
   */
  function freeSeats (): WorkerSeat[] {
    return seats.filter(seat => seat.isFree && !seat.isTaken)
  }

  /**
   * Expensive frames wait for a worker that has nothing to do, and leave one worker to the others, where there are two.
   */
  function hasRoomForExpensive (free: readonly WorkerSeat[]): boolean {
    const taken = seats.filter(seat => seat.isTaken).length
    return taken < Math.max(1, count - 1) && free.some(seat => seat.isIdle)
  }

  /**
   * Where a job may go now: to its stream's decoder, else to the worker with the least to do, and the fewest streams.
   */
  function seatFor (stream: string | undefined, free: readonly WorkerSeat[]): WorkerSeat | undefined {
    const own = streams.seatOf(stream)
    if (own?.isReady === true) return free.includes(own) ? own : undefined
    if (stream === undefined) return free.reduce((least, seat) => seat.running < least.running ? seat : least)
    const jobs = (seat: WorkerSeat): number => seat.running + streams.countOf(seat) / STREAMS_A_JOB
    return free.reduce((least, seat) => jobs(seat) < jobs(least) ? seat : least)
  }

  function give (job: Job, free: readonly WorkerSeat[]): void {
    const stream = streamOf(job.message)
    // A lane that has begun another stream than the one its turn was found for waits behind that worker's jobs.
    const seat = seatFor(stream, job.isExpensive === true ? idleFirst(free) : free) ?? free[0]!
    if (stream !== undefined) streams.note(stream, seat, performance.now())
    seat.give(job)
  }

  function idleFirst (free: readonly WorkerSeat[]): readonly WorkerSeat[] {
    const idle = free.filter(seat => seat.isIdle)
    return idle.length > 0 ? idle : free
  }

  /** While exams run one worker is left for them, where there are two. */
  function stillsAtOnce (): number {
    return performance.now() - liveMs < LIVE_MS ? Math.max(1, count - 1) : count
  }

  function check (): void {
    for (const seat of seats) seat.check()
    const nowMs = performance.now()
    for (const job of queue.takeOlder(nowMs - queueMsMax)) {
      measures.refused++
      job.failed(overloaded(`no worker was free for ${queueMsMax} ms`), 0)
    }
    streams.expire(nowMs)
    dispatch()
    measures.busy(nowMs, seats.map(seat => seat.takeBusyMs(nowMs)))
  }

  /** Why a job cannot wait; stills never take the room of frames. */
  function fullness (job: Job): string | undefined {
    if (!isStill(job)) return queue.live < queueMax ? undefined : `${queueMax} jobs wait already`
    const { message } = job
    const max = message.type === 'picture' && message.stranger === true ? Math.min(count, stillsMax) : stillsMax
    if (job.source !== undefined && queue.stillsOf(job.source) >= stillsOfSourceMax) {
      return `${stillsOfSourceMax} pictures of the same source wait already`
    }
    return queue.stills < max ? undefined : `${max} pictures wait already`
  }

  /** Puts a job into the queue, or rejects it at once. */
  function submit (
    source: Source | undefined,
    reject: (error: Error) => void,
    build: (waiting: Pick<Job, 'offeredMs' | 'failed' | 'source'>) => Job
  ): void {
    if (isClosed) return reject(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool is closed'))
    if (source !== undefined && ledger.suspendedMs(source) > 0) return reject(suspended(ledger.suspendedMs(source)))
    const offeredMs = performance.now()
    const job = build({
      offeredMs,
      ...(source !== undefined && { source }),
      failed: (error, workerMs, isBlamed = false) => {
        if (source !== undefined && workerMs > 0) ledger.end(source, workerMs)
        if (source !== undefined && isBlamed) ledger.blame(source)
        measures.fail(error)
        reject(error)
      }
    })
    const full = fullness(job)
    if (full !== undefined) {
      measures.refused++
      return reject(overloaded(full))
    }
    if (!isStill(job)) liveMs = offeredMs
    if (source !== undefined) ledger.wait(source)
    queue.push(job)
    dispatch()
  }

  /** Makes the answer of a picture that was offered, or came in, at `sinceMs` (by `monotonicMs`). */
  function analysisOf (analysis: WorkerAnalysis, sinceMs: number, beganMs: number, workerMs: number): Analysis {
    const ageMs = Math.max(0, beganMs - sinceMs)
    const queueMs = Math.max(0, monotonicMs() - sinceMs - workerMs)
    measures.look(analysis.stagesMs, { workerMs, queueMs, ageMs })
    return { ...analysis, workerMs, queueMs, ageMs }
  }

  function look (message: Omit<PictureJob, 'id' | 'type'>, sourceKey?: string): Promise<Analysis> {
    return new Promise((resolve, reject) => {
      const offeredMs = monotonicMs()
      const source = sourceKey === undefined ? undefined : ledger.open(sourceKey)
      submit(source, reject, waiting => ({
        ...waiting,
        message: { type: 'picture', id: nextId++, ...message },
        done: (analysis, beganMs, workerMs) => {
          if (source !== undefined) ledger.end(source, workerMs)
          if (!message.still) shares.learn('queue', workerMs)
          resolve(analysisOf(analysis, offeredMs, beganMs, workerMs))
        }
      }))
    })
  }

  function jobOfLane ({ job, isExpensive, end }: Turn): Job {
    return {
      offeredMs: performance.now(),
      isExpensive,
      message: { type: 'picture', id: nextId++, ...frameOf(job), beginByMs: job.beginByMs },
      done: (analysis, beganMs, workerMs) => {
        shares.learn('lanes', workerMs)
        job.done(analysisOf(analysis, job.arrivedMs, beganMs, workerMs))
        end(workerMs)
      },
      failed: (error, workerMs, isBlamed = false) => {
        if (workerMs > 0) shares.learn('lanes', workerMs)
        measures.fail(error)
        job.failed(error)
        end(workerMs, isBlamed)
      }
    }
  }

  function listen ({ pcm, atMs, state, source: sourceKey }: ListenJob): Promise<Hearing> {
    return new Promise((resolve, reject) => {
      const source = sourceKey === undefined ? undefined : ledger.open(sourceKey)
      submit(source, reject, waiting => ({
        ...waiting,
        message: { type: 'sound', id: nextId++, pcm: owned(pcm, false), atMs, state },
        heard: (hearing, workerMs) => {
          shares.learn('queue', workerMs)
          measures.listen(workerMs)
          resolve({ ...hearing, workerMs })
        }
      }))
    })
  }

  return {
    ready: started.promise,
    analyze: job => look(frameOf(job)),
    lane: (take, source) => lanes.open(take, source),
    analyzeStill: (
      bytes,
      { landmarks = false, embed = false, facesOnly = false, keepBytes = false, stranger = false, source } = {}
    ) =>
      look(
        {
          bytes: owned(bytes, keepBytes),
          atMs: 0,
          state: undefined,
          still: true,
          landmarks,
          embed,
          facesOnly,
          stranger
        },
        source
      ),
    listen,
    stats: () => ({
      workers: count,
      ready: seats.filter(seat => seat.isReady).length,
      running: seats.reduce((sum, seat) => sum + seat.running, 0),
      queued: queue.live + lanes.waiting,
      stillsQueued: queue.stills,
      streams: streams.size,
      ...measures.read()
    }),
    close: async () => {
      isClosed = true
      clearInterval(timer)
      started.reject(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool was closed before it was ready'))
      lanes.clear()
      measures.lost.closed += queue.length
      for (const job of queue.takeAll()) {
        job.failed(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool was closed'), 0)
      }
      await Promise.all(seats.map(seat => seat.close()))
    }
  }
}

/** What a worker is told of a session's frame. */
function frameOf ({
  bytes,
  atMs,
  state,
  enrolled,
  keepBytes = false,
  stream,
  video,
  thumbnailWidth
}: AnalyzeJob): Omit<PictureJob, 'id' | 'type'> {
  return {
    bytes: owned(bytes, keepBytes),
    atMs,
    state,
    still: false,
    landmarks: true,
    embed: false,
    facesOnly: false,
    ...(enrolled !== undefined && { enrolled }),
    ...(stream !== undefined && { stream }),
    ...(thumbnailWidth !== undefined && { thumbnailWidth }),
    ...(video !== undefined && {
      video: { ...video, chunks: video.chunks.map(chunk => ({ ...chunk, bytes: owned(chunk.bytes, false) })) }
    })
  }
}

function suspended (ms: number): DetectionError {
  const seconds = Math.ceil(ms / 1000)
  return new DetectionError(
    'INVIGIL_ERR_SOURCE_SUSPENDED',
    `Earlier pictures of this source held up a worker: send the next in ${seconds} s`,
    { retryAfterSeconds: seconds }
  )
}

function streamOf (message: Job['message']): string | undefined {
  return message.type === 'picture' ? message.stream : undefined
}

/**
 * Bytes or samples whose memory can be given away. A Buffer is often a piece of a larger slab (a socket's, or Node's
 * own pool, which cannot be transferred at all): those are copied.
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
