import type { FastifyBaseLogger } from 'fastify'
import { DetectionError } from '../../detection/errors.ts'
import { CLOCK_STEP_MS, type JudgeInput } from '../../detection/events/judge.ts'
import { LatestOnly } from '../../detection/latest.ts'
import type { Analysis, Pool } from '../../detection/pool.ts'
import { isErrorCode } from '../errors.ts'
import type { Counters, DropCause } from './counters.ts'
import type { Frame } from './frame.ts'
import type { Limits } from './limits.ts'
import { refusal, type Refusal } from './refusals.ts'
import { seenOf } from './seen.ts'
import type { Sender } from './sender.ts'
import type { Thumbnails } from './thumbnail.ts'

/** What the intake asks of and tells its session. */
export interface IntakeHost {
  readonly userId: string
  /** Whether frames are taken now; it may have changed while one was away. */
  isActive (): boolean
  /** Somebody watches, so thumbnails are worth their price. */
  isWatched (): boolean
  hear (input: JudgeInput): void
  showThumbnail (jpegBase64: string, atMs: number): void
}

export interface IntakeDeps {
  readonly pool: Pick<Pool, 'analyze'>
  readonly thumbnails: Thumbnails
  readonly counters: Counters
  readonly limits: Limits
  readonly log: FastifyBaseLogger
  readonly now: () => number
  /** The vector of the face that the user has enrolled; without it nobody is compared. */
  readonly enrolledFace?: (userId: string) => Promise<Float32Array | undefined>
}

interface Job {
  readonly sender: Sender
  readonly bytes: Uint8Array
  readonly seq: number
  readonly atMs: number
}

/** A session's frames on their way: one with the pool, the newest one waiting, every other one counted by its cause. */
export class Intake {
  readonly #host: IntakeHost
  readonly #deps: IntakeDeps
  readonly #mailbox: LatestOnly<Job>
  #track: unknown
  #thumbnailAtMs = 0
  /** Capture time of the newest frame taken. */
  #newestMs = -Infinity
  /** Read once, at the first frame: who enrols anew in an exam is still compared with the face of its start. */
  #enrolled: Promise<Float32Array | undefined> | undefined

  constructor (host: IntakeHost, deps: IntakeDeps) {
    this.#host = host
    this.#deps = deps
    this.#mailbox = new LatestOnly(job => this.#analyze(job), error => deps.log.error({ err: error }, 'frame handling failed'))
  }

  /** Takes a frame; what it pushes out is counted for its sender. */
  offer (sender: Sender, frame: Frame): void {
    this.#count(sender)
    if (!this.#host.isActive()) return this.#drop(sender, 'paused')
    const seq = frame.seq ?? sender.received
    const atMs = clampTime(frame.capturedAtMs, this.#deps.now(), this.#deps.limits)
    if (isStale(atMs, this.#newestMs)) {
      // The judge would not look at it. It must not stand for a camera that goes on, nor cost anything.
      this.#drop(sender, 'stale')
      sender.send({ type: 'ack', seq, dropped: sender.dropped, cause: 'stale' })
      return
    }
    this.#newestMs = atMs
    const replaced = this.#mailbox.offer({ sender, bytes: frame.bytes, seq, atMs })
    if (replaced !== undefined) this.#drop(replaced.sender, 'replaced')
  }

  /** Counts bytes that are no picture, and lets the judge know. */
  offerInvalid (sender: Sender, refused: Refusal): void {
    this.#count(sender)
    this.#drop(sender, 'invalid')
    sender.refuse(refused.seq === undefined ? { ...refused, seq: sender.received } : refused)
    if (this.#host.isActive()) this.#host.hear({ type: 'invalid-image', atMs: this.#deps.now(), code: refused.code })
  }

  /** Faces are looked for anew: what was tracked belongs to another time. */
  forget (): void {
    this.#track = undefined
  }

  /** Drops the waiting frame and settles when the running one is back. */
  async close (): Promise<void> {
    const closing = this.#mailbox.close()
    this.#deps.counters.frames.dropped.closed += this.#mailbox.dropped.closed
    await closing
  }

  async #analyze (job: Job): Promise<void> {
    const { sender, bytes, seq, atMs } = job
    if (!this.#host.isActive()) return this.#drop(sender, 'paused')
    const keepBytes = this.#wantsThumbnail()
    let analysis: Analysis
    try {
      const enrolled = await (this.#enrolled ??= this.#readFace())
      analysis = await this.#deps.pool.analyze({ bytes, atMs, state: this.#track, keepBytes, ...(enrolled !== undefined && { enrolled }) })
    } catch (error) {
      return this.#failed(error, job)
    }
    // The state may have changed while the frame was away.
    if (!this.#host.isActive()) return this.#drop(sender, 'paused')
    this.#deps.counters.frames.analysed++
    this.#track = analysis.state
    sender.send({ type: 'ack', seq, dropped: sender.dropped, seen: seenOf(analysis.observation) })
    if (keepBytes) this.#makeThumbnail(bytes, atMs)
    try {
      this.#host.hear(analysis.observation)
    } catch (error) {
      sender.fail(error)
    }
  }

  /** A face that cannot be read is as good as none: the exam goes on. */
  async #readFace (): Promise<Float32Array | undefined> {
    try {
      return await this.#deps.enrolledFace?.(this.#host.userId)
    } catch (error) {
      this.#deps.log.error({ err: error, userId: this.#host.userId }, 'enrolled face not read')
      return undefined
    }
  }

  #failed (error: unknown, { sender, seq, atMs }: Job): void {
    const code = error instanceof DetectionError ? error.code : undefined
    const isPicture = code?.startsWith('INVIGIL_ERR_IMAGE_') === true
    this.#drop(sender, isPicture ? 'invalid' : 'failed')
    if (code === undefined) this.#deps.log.error({ err: error }, 'analysis failed')
    sender.refuse(error instanceof DetectionError && isErrorCode(error.code) ? refusal(error.code, { message: error.message, seq }) : refusal('INVIGIL_ERR_FRAME_FAILED', { seq }))
    if (isPicture && this.#host.isActive()) this.#host.hear({ type: 'invalid-image', atMs, code: code ?? '' })
  }

  #count (sender: Sender): void {
    sender.received++
    this.#deps.counters.frames.received++
  }

  #drop (sender: Sender, cause: DropCause): void {
    sender.dropped++
    this.#deps.counters.frames.dropped[cause]++
  }

  #wantsThumbnail (): boolean {
    return Math.abs(this.#deps.now() - this.#thumbnailAtMs) >= this.#deps.limits.thumbnailMs && !this.#deps.thumbnails.isFull && this.#host.isWatched()
  }

  #makeThumbnail (bytes: Uint8Array, atMs: number): void {
    this.#thumbnailAtMs = this.#deps.now()
    this.#deps.thumbnails.make(bytes).then(jpegBase64 => {
      if (jpegBase64 !== undefined) this.#host.showThumbnail(jpegBase64, atMs)
    }).catch(error => this.#deps.log.error({ err: error }, 'thumbnail failed'))
  }
}

/** Captured before the newest frame; much earlier, and our clock was set back. */
export function isStale (atMs: number, newestMs: number): boolean {
  return atMs < newestMs && newestMs - atMs <= CLOCK_STEP_MS
}

/** A client's clock is believed only as far as its message can have been on its way. */
export function clampTime (atMs: number | undefined, nowMs: number, { clockAheadMs, clockBehindMs }: Limits): number {
  return atMs === undefined ? nowMs : Math.round(Math.min(nowMs + clockAheadMs, Math.max(nowMs - clockBehindMs, atMs)))
}
