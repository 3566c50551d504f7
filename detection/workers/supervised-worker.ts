import { availableParallelism, loadavg } from 'node:os'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { monotonicMs } from '../clock.ts'
import { DetectionError, errorFromData, errorToData } from '../errors.ts'
import { createGate, terminateSafely, type GateData } from '../native-gate.ts'
import { StreamDecoders } from '../video/stream-decoders.ts'
import type { Source } from './source-ledger.ts'
import type {
  PictureJob, PoolInfo, SoundJob, VideoReply, WorkerAnalysis, WorkerMessage, WorkerSoundAnalysis
} from './messages.ts'

/** A submitted job: the message to the worker, and the callbacks for its result. */
export type Job = Waiting &
  (
    | {
      readonly message: PictureJob
      readonly analyzed: (analysis: WorkerAnalysis, beganMs: number, workerMs: number) => void
    }
    | { readonly message: SoundJob, readonly listened: (sound: WorkerSoundAnalysis, workerMs: number) => void }
  )

interface Waiting {
  readonly offeredMs: number
  /** The account its worker time is charged to, where known. */
  readonly source?: Source
  /** Its source's jobs take long: it gets a worker for itself. */
  readonly isExpensive?: boolean
  /** Of a recording: it waits for an idle worker, behind everything that runs. */
  readonly isBackground?: boolean
  /** `isBlamed`: the worker died or hung while it ran this job, not one behind it. */
  readonly failed: (error: Error, workerMs: number, isBlamed?: boolean) => void
}

/** Whether no running exam waits for it: a single picture, or a frame or sound of a recording. */
export function isStill ({ message, isBackground = false }: Job): boolean {
  return isBackground || (message.type === 'picture' && message.still)
}

export type LossCause = 'crashed' | 'stuck' | 'closed'

export interface SupervisedWorkerOptions {
  readonly url: URL
  readonly worker: WorkerOptions
  readonly stuckMs: number
  readonly backoffMs: number
  /** The worker has loaded its models. */
  readonly onReady: (info: PoolInfo) => void
  /** The worker ended before it was ready. */
  readonly onUnusable: (error: Error) => void
  /** There is room for another job. */
  readonly onFree: () => void
  readonly onLost: (jobs: readonly Job[], cause: LossCause) => void
  readonly onReplace: () => void
}

/** Jobs assigned to one worker at a time. With a second one at hand the worker never waits for the main thread. */
const JOBS_MAX = 2
const BACKOFF_MS_MAX = 30_000
/** Loading and warming up takes a second or two; a worker that needs this long hangs, unless `stuckMs` allows more. */
const LOAD_MS_MAX = 60_000
/** With a load above the number of cores loading takes as many times longer; this bounds the factor. */
const LOAD_FACTOR_MAX = 5
/**
 * A model runs for some milliseconds and loads for a few hundred. A thread that stays in native code for longer than
 * this never returns.
 */
const END_MS_MAX = 5_000

/** One worker thread with its jobs. When the thread dies or hangs, a new one is started in its place. */
export class SupervisedWorker {
  readonly #options: SupervisedWorkerOptions
  #worker: Worker | undefined
  #gate: GateData = createGate()
  /** Settles when the last worker given up has ended. */
  #ending: Promise<void> = Promise.resolve()
  #jobs: Job[] = []
  /** Of the present worker: a frame that is decoded for one that was lost must not share its memory. */
  #streams = new StreamDecoders()
  #isReady = false
  #isClosed = false
  /** Since when the oldest job runs, or the worker loads. */
  #busySinceMs = 0
  /** `#busyMs` is the time with a job up to `#countedMs`, since the last `drainBusyMs`. */
  #countedMs = 0
  #busyMs = 0
  /** Losses in a row without a finished job between them. */
  #failures = 0
  #restart: NodeJS.Timeout | undefined
  #error: Error | undefined

  constructor (options: SupervisedWorkerOptions) {
    this.#options = options
    this.#start()
  }

  get isReady (): boolean {
    return this.#isReady
  }

  get running (): number {
    return this.#jobs.length
  }

  get isFree (): boolean {
    return this.#isReady && this.#jobs.length < JOBS_MAX
  }

  get isIdle (): boolean {
    return this.#isReady && this.#jobs.length === 0
  }

  /** Stills assigned to it and not finished. */
  get stills (): number {
    return this.#jobs.filter(isStill).length
  }

  /** It has a job that takes long, so it should get no second one. */
  get isReserved (): boolean {
    return this.#jobs.some(job => job.isExpensive === true || isStill(job))
  }

  /** The worker's time with a job since the last call, the running job included. */
  drainBusyMs (nowMs = performance.now()): number {
    if (this.#jobs.length > 0) this.#countBusy(nowMs)
    const busyMs = this.#busyMs
    this.#busyMs = 0
    return busyMs
  }

  /** Sends the worker a job; the memory of its bytes or samples is transferred. */
  assign (job: Job): void {
    if (this.#worker === undefined) throw new Error('no worker is running')
    try {
      const { message } = job
      this.#worker.postMessage(message, buffersOf(message))
    } catch (error) {
      // The memory cannot be transferred, or the state is not plain data.
      return job.failed(error as Error, 0)
    }
    if (this.#jobs.length === 0) {
      this.#busySinceMs = performance.now()
      this.#countedMs = this.#busySinceMs
    }
    this.#jobs.push(job)
  }

  /** Replaces a worker that hangs; called now and then. */
  check (): void {
    this.#streams.closeIdle(monotonicMs())
    if (this.#worker === undefined) return
    const busyMs = performance.now() - this.#busySinceMs
    const isStuck = this.#isReady
      ? this.#jobs.length > 0 && busyMs > this.#options.stuckMs
      : busyMs > Math.max(loadMsMax(), this.#options.stuckMs)
    if (!isStuck) return
    this.#error = this.#isReady
      ? new Error(`the worker did not answer within ${Math.round(busyMs)} ms`)
      : unusable(`did not load its models within ${Math.round(busyMs / 1000)} s`)
    this.#lose(this.#worker, 'stuck')
  }

  async close (): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (worker !== undefined) this.#lose(worker, 'closed')
    await this.#ending
  }

  #start (): void {
    this.#restart = undefined
    this.#error = undefined
    this.#busySinceMs = performance.now()
    this.#gate = createGate()
    const { worker: settings } = this.#options
    const worker = new Worker(this.#options.url, { ...settings, workerData: { ...settings.workerData, ...this.#gate } })
    this.#worker = worker
    worker.on('message', (message: WorkerMessage) => { this.#onMessage(worker, message) })
    worker.on('error', error => { this.#error = error })
    worker.on('messageerror', error => { this.#error = error })
    worker.on('exit', () => { this.#lose(worker, 'crashed') })
  }

  #onMessage (worker: Worker, message: WorkerMessage): void {
    // A worker that was given up may still send messages.
    if (worker !== this.#worker) return
    switch (message.type) {
      case 'ready':
        this.#isReady = true
        this.#options.onReady(message.info)
        return this.#options.onFree()
      case 'unusable':
        this.#error = errorFromData(message.error)
        return this.#lose(worker, 'crashed')
      case 'decode':
        return this.#decode(worker, message)
      case 'analyzed':
      case 'listened':
      case 'failed': {
        const job = this.#jobs.shift()
        if (job?.message.id !== message.id) {
          this.#error = new Error(`the worker answered job ${message.id}, not ${job?.message.id}`)
          if (job !== undefined) this.#jobs.unshift(job)
          return this.#lose(worker, 'crashed')
        }
        this.#failures = 0
        this.#busySinceMs = performance.now()
        this.#countBusy(this.#busySinceMs)
        settleJob(job, message)
        return this.#options.onFree()
      }
    }
  }

  /** Decodes for a worker, which waits for the reply. */
  #decode (worker: Worker, { stream, video }: Extract<WorkerMessage, { type: 'decode' }>): void {
    const reply = (message: VideoReply, transfer: readonly ArrayBuffer[] = []): void => {
      if (worker === this.#worker) worker.postMessage(message, transfer)
    }
    this.#streams.decode(stream, video, monotonicMs()).then(
      image => reply({ type: 'decoded', image }, [image.data.buffer as ArrayBuffer]),
      (error: Error) => reply({ type: 'undecoded', error: errorToData(error) })
    )
  }

  /**
   * Gives a worker up, rejects its jobs and schedules a new one. The thread may be in a native call that never returns.
   */
  #lose (worker: Worker, cause: LossCause): void {
    if (worker !== this.#worker) return
    const wasReady = this.#isReady
    const jobs = this.#jobs
    const error =
      this.#error ?? (wasReady ? new Error('the worker ended') : unusable('ended while it loaded its models'))
    if (jobs.length > 0) this.#countBusy(performance.now())
    this.#worker = undefined
    this.#isReady = false
    this.#jobs = []
    this.#streams.closeAll()
    this.#streams = new StreamDecoders()
    this.#ending = terminateSafely(worker, this.#gate, END_MS_MAX).catch(() => {})
    if (!this.#isClosed) this.#scheduleRestart()
    if (!wasReady) this.#options.onUnusable(error)
    this.#options.onLost(jobs, cause)
    const reason = cause === 'closed' ? 'the pool was closed' : error.message
    const busyMs = performance.now() - this.#busySinceMs
    for (const [at, job] of jobs.entries()) {
      job.failed(
        new DetectionError('INVIGIL_ERR_WORKER_LOST', `The job was lost with its worker: ${reason}`, { cause: error }),
        at === 0 ? busyMs : 0,
        at === 0 && cause !== 'closed'
      )
    }
  }

  #countBusy (nowMs: number): void {
    this.#busyMs += nowMs - this.#countedMs
    this.#countedMs = nowMs
  }

  /** At once after a single loss, then with growing delays: a worker that always dies must not use up the machine. */
  #scheduleRestart (): void {
    const { backoffMs, onReplace } = this.#options
    const delayMs = this.#failures === 0 ? 0 : Math.min(BACKOFF_MS_MAX, backoffMs * 2 ** (this.#failures - 1))
    this.#failures++
    this.#restart = setTimeout(() => {
      onReplace()
      this.#start()
    }, delayMs)
  }
}

function loadMsMax (): number {
  return LOAD_MS_MAX * Math.min(LOAD_FACTOR_MAX, Math.max(1, loadavg()[0]! / availableParallelism()))
}

/** The error of a worker that never became ready. It ends the start, so its message says what the operator can do. */
function unusable (what: string): DetectionError {
  return new DetectionError(
    'INVIGIL_ERR_WORKER_LOST',
    `A worker thread ${what} (load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores). Start again when the machine has less to do and enough free memory, or have fewer threads with WORKERS.`
  )
}

function buffersOf (message: PictureJob | SoundJob): ArrayBuffer[] {
  const arrays =
    message.type === 'sound'
      ? [message.pcm]
      : [message.bytes, ...(message.video?.chunks.map(chunk => chunk.bytes) ?? [])]
  return arrays.map(array => array.buffer as ArrayBuffer)
}

function settleJob (job: Job, message: Extract<WorkerMessage, { readonly id: number }>): void {
  if (message.type === 'failed') job.failed(errorFromData(message.error), message.workerMs)
  else if (message.type === 'analyzed' && 'analyzed' in job) { job.analyzed(message.analysis, message.beganMs, message.workerMs) } else if (message.type === 'listened' && 'listened' in job) job.listened(message.analysis, message.workerMs)
  else job.failed(new Error(`the worker answered a job of another kind: ${message.type}`), message.workerMs)
}
