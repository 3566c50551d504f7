import { defined } from '../../lib/defined.ts'
import '../models/no-telemetry.ts'
import { availableParallelism } from 'node:os'
import { DetectionError } from '../errors.ts'
import { workerUrl } from '../../lib/worker-url.ts'
import { JobQueue } from './job-queue.ts'
import { FrameScheduler, type ScheduledFrame } from './frame-scheduler.ts'
import { monotonicMs } from '../clock.ts'
import { PoolStatsRecorder } from './pool-stats.ts'
import type { AnalyzeJob, Analysis, SoundAnalysis, ListenJob, Pool, PoolOptions } from './pool-types.ts'
import { FairShare } from './fair-share.ts'
import { SourceLedger, type Source } from './source-ledger.ts'
import { StreamAffinity } from './stream-affinity.ts'
import type { PictureJob, PoolInfo, WorkerAnalysis, WorkerData } from './messages.ts'
import { isStill, SupervisedWorker, type Job } from './supervised-worker.ts'

export type { Percentiles } from './histogram.ts'
export type {
  Analysis, AnalyzeJob, FrameJob, FrameSource, ListenJob, Pool, PoolOptions, PoolStats, SoundAnalysis, StillOptions
} from './pool-types.ts'
export type { PoolInfo } from './messages.ts'

/**
 * A new stream goes to the worker with the smallest sum of jobs and streams divided by this number. The stream stays on
 * that worker, so the streams already there count more than the jobs of the moment.
 */
const STREAMS_A_JOB = 4
/** An exam counts as running for this long after its last frame or sound. */
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
  const scheduler = new FrameScheduler(dispatch, ledger)
  const shares = new FairShare()
  const streams = new StreamAffinity<SupervisedWorker>()
  const recorder = new PoolStatsRecorder()
  let isClosed = false
  let nextId = 1
  let liveMs = -Infinity

  const started = deferred<PoolInfo>()
  // The caller may never await `ready`: its rejection must not count as unhandled.
  started.promise.catch(() => {})

  const data: WorkerData = { modelsDir: options.modelsDir, objectModel: options.objectModel ?? '' }
  const slots = Array.from({ length: count }, (_, index) => new SupervisedWorker({
    url: options.workerUrl ?? workerUrl(import.meta.url, 'worker'),
    worker: { workerData: data, name: `invigil-vision-${index + 1}` },
    stuckMs,
    backoffMs: options.backoffMs ?? 250,
    onReady: (info) => { if (slots.every(slot => slot.isReady)) started.resolve(info) },
    onUnusable: started.reject,
    onFree: dispatch,
    onLost: (jobs, cause) => { recorder.lost[cause] += jobs.length },
    onReplace: () => { recorder.replaced++ }
  }))

  const timer = setInterval(check, Math.min(1000, stuckMs / 4, queueMsMax / 4))
  // The workers keep the process alive until the pool is closed.
  timer.unref()

  function dispatch (): void {
    if (isClosed) return
    // The preferred kind may have no job for the workers that have room: then the other kind is tried.
    let hasAssigned = true
    while (hasAssigned) {
      hasAssigned =
        shares.first === 'frames'
          ? assignNextFrame() || assignNextQueued()
          : assignNextQueued() || assignNextFrame()
    }
    while (queue.stills > 0) {
      const idle = slots.find(slot => slot.isIdle)
      if (idle === undefined || slots.reduce((sum, slot) => sum + slot.stills, 0) >= stillsAtOnce()) return
      const job = queue.removeStill(({ source }) => source === undefined || ledger.mayBegin(source))
      if (job === undefined) return
      if (job.source !== undefined) ledger.begin(job.source)
      idle.assign(job)
    }
  }

  /** Gives a worker the next frame of a source; false when none waits or no worker has room for it. */
  function assignNextFrame (): boolean {
    const free = freeSlots()
    const frame =
      free.length === 0
        ? undefined
        : scheduler.next((stream, isExpensive) =>
          isExpensive ? hasRoomForExpensive(free) : slotFor(stream, free) !== undefined
        )
    if (scheduler.waiting === 0 && frame === undefined) shares.markIdle('frames')
    if (frame === undefined) return false
    shares.charge('frames')
    liveMs = performance.now()
    assign(jobOfFrame(frame), free)
    return true
  }

  /** The same for sound and single frames. */
  function assignNextQueued (): boolean {
    const free = freeSlots()
    const job =
      free.length === 0 ? undefined : queue.removeLive(({ message }) => slotFor(streamOf(message), free) !== undefined)
    if (queue.live === 0 && job === undefined) shares.markIdle('queue')
    if (job === undefined) return false
    shares.charge('queue')
    assign(job, free)
    return true
  }

  /**
   * Workers with room. One that has a still or an expensive frame gets no second job: the job would wait for it, while
   * another worker may become free earlier.
   */
  function freeSlots (): SupervisedWorker[] {
    return slots.filter(slot => slot.isFree && !slot.isReserved)
  }

  /**
   * Expensive frames wait for an idle worker, and leave one worker to the other sources where there are two or more.
   */
  function hasRoomForExpensive (free: readonly SupervisedWorker[]): boolean {
    const taken = slots.filter(slot => slot.isReserved).length
    return taken < Math.max(1, count - 1) && free.some(slot => slot.isIdle)
  }

  /**
   * The worker for a job: the one that has its stream's decoder, undefined while that one is full; otherwise the one
   * with the least jobs and streams.
   */
  function slotFor (stream: string | undefined, free: readonly SupervisedWorker[]): SupervisedWorker | undefined {
    const own = streams.slotOf(stream)
    if (own?.isReady === true) return free.includes(own) ? own : undefined
    if (stream === undefined) return free.reduce((least, slot) => slot.running < least.running ? slot : least)
    const jobs = (slot: SupervisedWorker): number => slot.running + streams.countOf(slot) / STREAMS_A_JOB
    return free.reduce((least, slot) => jobs(slot) < jobs(least) ? slot : least)
  }

  function assign (job: Job, free: readonly SupervisedWorker[]): void {
    const stream = streamOf(job.message)
    // The source may have begun another stream since it was chosen: then its frame waits behind that worker's jobs.
    const slot = slotFor(stream, job.isExpensive === true ? idleFirst(free) : free) ?? free[0]!
    if (stream !== undefined) streams.assign(stream, slot, performance.now())
    slot.assign(job)
  }

  function idleFirst (free: readonly SupervisedWorker[]): readonly SupervisedWorker[] {
    const idle = free.filter(slot => slot.isIdle)
    return idle.length > 0 ? idle : free
  }

  /** While exams run, stills leave one worker to them where there are two or more. */
  function stillsAtOnce (): number {
    return performance.now() - liveMs < LIVE_MS ? Math.max(1, count - 1) : count
  }

  function check (): void {
    for (const slot of slots) slot.check()
    const nowMs = performance.now()
    for (const job of queue.removeOlder(nowMs - queueMsMax)) {
      recorder.refused++
      job.failed(overloaded(`no worker was free for ${queueMsMax} ms`), 0)
    }
    streams.expire(nowMs)
    dispatch()
    recorder.recordLoad(nowMs, slots.map(slot => slot.drainBusyMs(nowMs)))
  }

  /** Why a job cannot wait; undefined when it can. Stills and frames are counted separately. */
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
      ...defined({ source }),
      failed: (error, workerMs, isBlamed = false) => {
        if (source !== undefined && workerMs > 0) ledger.end(source, workerMs)
        if (source !== undefined && isBlamed) ledger.blame(source)
        recorder.recordFailure(error)
        reject(error)
      }
    })
    const full = fullness(job)
    if (full !== undefined) {
      recorder.refused++
      return reject(overloaded(full))
    }
    if (!isStill(job)) liveMs = offeredMs
    if (source !== undefined) ledger.wait(source)
    queue.push(job)
    dispatch()
  }

  /**
   * Records the times of a picture that was submitted or arrived at `sinceMs` (by `monotonicMs`), and returns its
   * analysis.
   */
  function analysisOf (analysis: WorkerAnalysis, sinceMs: number, beganMs: number, workerMs: number): Analysis {
    const ageMs = Math.max(0, beganMs - sinceMs)
    const queueMs = Math.max(0, monotonicMs() - sinceMs - workerMs)
    recorder.recordPicture(analysis.stagesMs, { workerMs, queueMs, ageMs })
    return { ...analysis, workerMs, queueMs, ageMs }
  }

  function submitPicture (
    message: Omit<PictureJob, 'id' | 'type'>, sourceKey?: string, isBackground = false
  ): Promise<Analysis> {
    return new Promise((resolve, reject) => {
      const offeredMs = monotonicMs()
      const source = sourceKey === undefined ? undefined : ledger.open(sourceKey)
      submit(source, reject, waiting => ({
        ...waiting,
        isBackground,
        message: { type: 'picture', id: nextId++, ...message },
        analyzed: (analysis, beganMs, workerMs) => {
          if (source !== undefined) ledger.end(source, workerMs)
          if (!message.still && !isBackground) shares.learnPrice('queue', workerMs)
          resolve(analysisOf(analysis, offeredMs, beganMs, workerMs))
        }
      }))
    })
  }

  function jobOfFrame ({ job, isExpensive, end }: ScheduledFrame): Job {
    return {
      offeredMs: performance.now(),
      isExpensive,
      message: { type: 'picture', id: nextId++, ...frameOf(job), beginByMs: job.beginByMs },
      analyzed: (analysis, beganMs, workerMs) => {
        shares.learnPrice('frames', workerMs)
        job.done(analysisOf(analysis, job.arrivedMs, beganMs, workerMs))
        end(workerMs)
      },
      failed: (error, workerMs, isBlamed = false) => {
        if (workerMs > 0) shares.learnPrice('frames', workerMs)
        recorder.recordFailure(error)
        job.failed(error)
        end(workerMs, isBlamed)
      }
    }
  }

  function listen ({ pcm, atMs, state, source: sourceKey, isBackground = false }: ListenJob): Promise<SoundAnalysis> {
    return new Promise((resolve, reject) => {
      const source = sourceKey === undefined ? undefined : ledger.open(sourceKey)
      submit(source, reject, waiting => ({
        ...waiting,
        isBackground,
        message: { type: 'sound', id: nextId++, pcm: owned(pcm, false), atMs, state },
        listened: (sound, workerMs) => {
          if (!isBackground) shares.learnPrice('queue', workerMs)
          recorder.recordSound(workerMs)
          resolve({ ...sound, workerMs })
        }
      }))
    })
  }

  return {
    ready: started.promise,
    analyze: job => submitPicture(frameOf(job), undefined, job.isBackground),
    openFrameSource: (takeFrame, source) => scheduler.open(takeFrame, source),
    analyzeStill: (
      bytes,
      { landmarks = false, embed = false, facesOnly = false, keepBytes = false, stranger = false, source } = {}
    ) =>
      submitPicture(
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
      ready: slots.filter(slot => slot.isReady).length,
      running: slots.reduce((sum, slot) => sum + slot.running, 0),
      queued: queue.live + scheduler.waiting,
      stillsQueued: queue.stills,
      streams: streams.size,
      ...recorder.read()
    }),
    close: async () => {
      isClosed = true
      clearInterval(timer)
      started.reject(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool was closed before it was ready'))
      scheduler.clear()
      recorder.lost.closed += queue.length
      for (const job of queue.removeAll()) {
        job.failed(new DetectionError('INVIGIL_ERR_WORKER_LOST', 'The pool was closed'), 0)
      }
      await Promise.all(slots.map(slot => slot.close()))
    }
  }
}

/** The message to a worker about a session's frame. */
function frameOf ({
  bytes,
  atMs,
  state,
  enrolled,
  keepBytes = false,
  stream,
  video,
  thumbnailWidth,
  pictureWidth,
  tileWidth
}: AnalyzeJob): Omit<PictureJob, 'id' | 'type'> {
  return {
    bytes: owned(bytes, keepBytes),
    atMs,
    state,
    still: false,
    landmarks: true,
    embed: false,
    facesOnly: false,
    ...defined({ enrolled, stream, thumbnailWidth, pictureWidth, tileWidth }),
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
 * Bytes or samples whose memory can be transferred to a worker. A Buffer is often a part of a larger block (a socket's,
 * or Node's own pool, which cannot be transferred at all): such data is copied.
 */
function owned<T extends Uint8Array | Float32Array> (data: T, keep: boolean): T {
  const { buffer } = data
  const isWhole = buffer instanceof ArrayBuffer && data.byteOffset === 0 && data.byteLength === buffer.byteLength
  return isWhole && !keep ? data : (data instanceof Uint8Array ? Uint8Array.from(data) : Float32Array.from(data)) as T
}

function overloaded (reason: string): DetectionError {
  return new DetectionError('INVIGIL_ERR_OVERLOADED', `Too much at once: ${reason}`)
}

/** A promise with its `resolve` and `reject`; Node 20 has no `Promise.withResolvers`. */
function deferred<T> (): { promise: Promise<T>, resolve: (value: T) => void, reject: (error: Error) => void } {
  let settle: (value: T) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const promise = new Promise<T>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  return { promise, resolve: settle, reject: fail }
}
