import type { FastifyBaseLogger } from 'fastify'
import { DetectionError } from '../../../detection/errors.ts'
import type { JudgeInput } from '../../../detection/events/judge.ts'
import { monotonicMs } from '../../../detection/clock.ts'
import type { Analysis, Lane, LaneJob, Pool } from '../../../detection/workers/pool.ts'
import { isErrorCode } from '../../errors.ts'
import { ArrivalClock, clampTime, isStale } from './arrival-clock.ts'
import type { Counters, DropCause } from '../../counters.ts'
import type { Chunk, Frame } from '../../protocol/media-frame.ts'
import type { Limits } from '../../limits.ts'
import type { FlowControl } from '../load/flow-control.ts'
import { refusal, type Refusal } from '../../protocol/error-message.ts'
import { overlayOf } from '../../protocol/overlay.ts'
import type { CandidateConnection } from './candidate-connection.ts'
import { VideoBuffer } from './video-buffer.ts'

/** After an error of the database the enrolled face is read again this much later. */
const READ_AGAIN_MS = 5000
/** While a candidate's frames are refused, the page hears of it this often at most. */
const SUSPENDED_REPLY_MS = 2000
/** The judge hears of pictures that are not judged this often at most. */
const UNJUDGED_MS = 1000

/** What the intake asks of and tells its session. */
export interface FrameMailboxHost {
  readonly userId: string
  /** Whether frames are taken now; it may have changed while one was away. */
  isActive (): boolean
  /** Somebody watches, so thumbnails are worth their price. */
  isWatched (): boolean
  judge (input: JudgeInput): void
  showThumbnail (jpegBase64: string, atMs: number): void
  /** The enrolled face was made by other models, so the candidate is not compared with it. */
  reportIncomparable (): void
}

export interface FrameMailboxDeps {
  readonly pool: Pick<Pool, 'lane'>
  readonly counters: Counters
  readonly limits: Limits
  readonly log: FastifyBaseLogger
  readonly now: () => number
  /** Hears how long frames wait. */
  readonly flow: Pick<FlowControl, 'add'>
  /** Unlike `now` a clock that nobody sets; ages of frames are measured by it. */
  readonly elapsedMs?: () => number
  /** The vector of the face that the user has enrolled; without it nobody is compared. */
  readonly enrolledFace?: (userId: string) => Promise<Float32Array | undefined>
}

/** What waits for a look: a picture (or what came of a video since the last look), from whom, and its times. */
interface WaitingFrame {
  readonly sender: CandidateConnection
  readonly seq: number
  readonly atMs: number
  /** When it came in: by the server's clock, and by `elapsedMs`. */
  readonly reachedMs: number
  readonly arrivedMs: number
  /** A picture; otherwise what waits of the video. */
  readonly bytes?: Uint8Array
}

/** A session's frames on their way: one with the pool, the newest one waiting, every other one counted by its cause. */
export class FrameMailbox {
  readonly #host: FrameMailboxHost
  readonly #deps: FrameMailboxDeps
  readonly #elapsedMs: () => number
  readonly #source: Lane
  readonly #video: VideoBuffer
  #waiting: WaitingFrame | undefined
  /** When the first of the frames came that wait, or waited and gave way to newer ones. */
  #waitingSinceMs = 0
  /** Settled by the frame that is with the pool. */
  #running: { readonly back: Promise<void>, readonly end: () => void } | undefined
  #isClosed = false
  #track: unknown
  #thumbnailAtMs = 0
  #suspendedReplyMs = -Infinity
  /** Capture time of the newest frame taken. */
  #newestMs = -Infinity
  readonly #clock: ArrivalClock
  #unjudgedAtMs = -Infinity
  /** Read once, at the first frame, and again only where that failed. */
  #enrolled: { readonly face: Float32Array | undefined } | undefined
  /** When it may be read, by `elapsedMs`. */
  #readFromMs = -Infinity
  /** Frames wait for the first reading only. */
  #hasRead = false

  constructor (host: FrameMailboxHost, deps: FrameMailboxDeps) {
    this.#host = host
    this.#deps = deps
    this.#elapsedMs = deps.elapsedMs ?? monotonicMs
    this.#clock = new ArrivalClock(deps.limits)
    this.#source = deps.pool.lane(() => this.#takeNext(), host.userId)
    this.#video = new VideoBuffer({ limits: deps.limits, elapsedMs: this.#elapsedMs })
    if (deps.enrolledFace === undefined) this.#enrolled = { face: undefined }
  }

  /** Frames that wait or are with the pool. */
  get pending (): number {
    return (this.#waiting === undefined ? 0 : 1) + (this.#running === undefined ? 0 : 1)
  }

  /**
   * Takes a frame; what it pushes out is counted for its sender. `heldSinceMs` by `monotonicMs`: it was held back since
   * then.
   */
  offer (sender: CandidateConnection, frame: Frame | Chunk, heldSinceMs?: number): void {
    const elapsedMs = this.#elapsedMs()
    const arrivedMs = heldSinceMs ?? elapsedMs
    this.#count(sender)
    if (!this.#host.isActive()) return this.#drop(sender, 'paused')
    const seq = frame.seq ?? sender.received
    const reachedMs = this.#deps.now() - Math.round(elapsedMs - arrivedMs)
    const claimedMs = clampTime(frame.capturedAtMs, reachedMs, this.#deps.limits)
    if (isStale(claimedMs, this.#newestMs)) {
      // The judge would not look at it. It must not stand for a camera that goes on, nor cost anything.
      this.#video.reset()
      this.#drop(sender, 'stale')
      this.#reportUnjudged('refused')
      sender.send({ type: 'ack', seq, dropped: sender.dropped, cause: 'stale' })
      return
    }
    const atMs = this.#clock.capturedAt(frame.capturedAtMs, reachedMs)
    if (frame.type === 'frame') this.#video.reset()
    else if (!this.#video.offer(sender, { bytes: frame.bytes, isKey: frame.isKey, atMs })) {
      return this.#drop(sender, 'gap')
    }
    this.#newestMs = claimedMs
    this.#enqueue({ sender, seq, atMs, reachedMs, arrivedMs, ...(frame.type === 'frame' && { bytes: frame.bytes }) })
  }

  /** Counts bytes that are no picture, and lets the judge know. */
  offerInvalid (sender: CandidateConnection, refused: Refusal): void {
    this.#video.reset()
    this.#count(sender)
    this.#drop(sender, 'invalid')
    sender.refuse(refused.seq === undefined ? { ...refused, seq: sender.received } : refused)
    if (this.#host.isActive()) this.#host.judge({ type: 'invalid-image', atMs: this.#deps.now(), code: refused.code })
  }

  /** Faces are looked for anew: what was tracked belongs to another time. So does the video. */
  forget (): void {
    this.#video.reset()
    this.#track = undefined
    this.#clock.reset()
  }

  /** Reads the enrolled face again with the next frame. */
  readFaceAgain (): void {
    if (this.#deps.enrolledFace === undefined || this.#enrolled === undefined) return
    this.#enrolled = undefined
    this.#readFromMs = -Infinity
  }

  /** Drops the waiting frame and settles when the running one is back. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#source.close()
    this.#dropWaiting('closed')
    this.#video.reset()
    await this.#running?.back
  }

  /** Newest wins. */
  #enqueue (work: WaitingFrame): void {
    if (this.#isClosed) return this.#drop(work.sender, 'closed')
    const suspendedMs = this.#source.suspendedMs()
    if (suspendedMs > 0) return this.#dropSuspended(work, suspendedMs)
    if (this.#waiting === undefined) this.#waitingSinceMs = work.arrivedMs
    this.#dropWaiting('replaced')
    this.#waiting = work
    if (this.#enrolled === undefined && this.#elapsedMs() >= this.#readFromMs) {
      this.#readFace().catch(error => this.#deps.log.error({ err: error }, 'frame handling failed'))
    }
    if (this.#enrolled !== undefined || this.#hasRead) this.#source.request()
  }

  /** The sender is told once in a while: each frame is refused. */
  #dropSuspended ({ sender, seq }: WaitingFrame, suspendedMs: number): void {
    this.#video.reset()
    this.#dropWaiting('suspended')
    this.#drop(sender, 'suspended')
    this.#reportUnjudged('refused')
    const elapsedMs = this.#elapsedMs()
    if (elapsedMs - this.#suspendedReplyMs < SUSPENDED_REPLY_MS) return
    this.#suspendedReplyMs = elapsedMs
    sender.refuse(
      refusal('INVIGIL_ERR_SOURCE_SUSPENDED', {
        message: `Earlier pictures held up a worker: send the next in ${Math.ceil(suspendedMs / 1000)} s`,
        seq
      })
    )
  }

  /** A worker has room: gives it the newest frame, unless that has become too old to be worth it. */
  #takeNext (): LaneJob | undefined {
    const work = this.#waiting
    if (work === undefined) return undefined
    const { frameAgeMsMax } = this.#deps.limits
    if (!this.#host.isActive()) return this.#dropWaiting('paused')
    const waitedMs = work.arrivedMs - this.#waitingSinceMs
    if (this.#elapsedMs() - work.arrivedMs > frameAgeMsMax) {
      this.#deps.flow.add(waitedMs + frameAgeMsMax)
      this.#reportUnjudged('overloaded')
      return this.#dropWaiting('late')
    }
    const source = work.bytes === undefined ? this.#video.takeAll() : { bytes: work.bytes }
    if (source === undefined) return this.#dropWaiting('gap')
    this.#waiting = undefined
    const { thumbnailWidth } = this.#deps.limits
    const withThumbnail = this.#wantsThumbnail()
    if (withThumbnail) this.#thumbnailAtMs = this.#deps.now()
    const face = this.#enrolled?.face
    this.#running = runningFrame()
    return {
      ...source,
      atMs: work.atMs,
      state: this.#track,
      ...(withThumbnail && { thumbnailWidth }),
      ...(face !== undefined && { enrolled: face }),
      arrivedMs: work.arrivedMs,
      beginByMs: work.arrivedMs + frameAgeMsMax,
      done: analysis => this.#finish(() => {
        this.#deps.flow.add(waitedMs + analysis.ageMs)
        this.#handleResult(work, analysis)
      }),
      failed: error => this.#finish(() => this.#handleFailure(work, error))
    }
  }

  /** A frame is back from the pool; nothing that goes wrong with it may reach the pool. */
  #finish (handle: () => void): void {
    try {
      handle()
    } catch (error) {
      this.#deps.log.error({ err: error }, 'frame handling failed')
    }
    this.#running?.end()
    this.#running = undefined
  }

  #handleResult ({ sender, seq, atMs, reachedMs }: WaitingFrame, analysis: Analysis): void {
    // The state may have changed while the frame was away.
    if (!this.#host.isActive()) return this.#drop(sender, 'paused')
    this.#deps.counters.frames.analysed++
    this.#track = analysis.state
    if (analysis.observation.incomparable === true && this.#enrolled?.face !== undefined) {
      this.#enrolled = { face: undefined }
      this.#deps.log.warn(
        { userId: this.#host.userId },
        'the enrolled face was made by other models: nobody is compared with it until it is enrolled anew'
      )
      this.#host.reportIncomparable()
    }
    sender.send({ type: 'ack', seq, dropped: sender.dropped, seen: overlayOf(analysis.observation) })
    if (analysis.thumbnail !== undefined) this.#showThumbnail(analysis.thumbnail, atMs)
    try {
      this.#host.judge({ ...analysis.observation, arrivedMs: reachedMs })
    } catch (error) {
      sender.fail(error)
    }
  }

  /** While the face cannot be read the exam goes on without it. */
  async #readFace (): Promise<void> {
    this.#readFromMs = Infinity
    try {
      this.#enrolled = { face: await this.#deps.enrolledFace?.(this.#host.userId) }
    } catch (error) {
      this.#readFromMs = this.#elapsedMs() + READ_AGAIN_MS
      this.#deps.log.error({ err: error, userId: this.#host.userId }, 'enrolled face not read; it is tried again')
    }
    this.#hasRead = true
    this.#source.request()
  }

  #handleFailure ({ sender, seq, reachedMs }: WaitingFrame, error: unknown): void {
    const code = error instanceof DetectionError ? error.code : undefined
    if (code === 'INVIGIL_ERR_VIDEO_INVALID') this.#video.failInvalid()
    else if (code !== 'INVIGIL_ERR_FRAME_STALE') this.#video.fail()
    if (code === 'INVIGIL_ERR_VIDEO_KEY_NEEDED') return this.#drop(sender, 'gap')
    if (code === 'INVIGIL_ERR_FRAME_STALE') {
      this.#deps.flow.add(this.#deps.limits.frameAgeMsMax)
      this.#reportUnjudged('overloaded')
      return this.#drop(sender, 'late')
    }
    const isInvalid = code === 'INVIGIL_ERR_VIDEO_INVALID' || code?.startsWith('INVIGIL_ERR_IMAGE_') === true
    this.#drop(sender, isInvalid ? 'invalid' : 'failed')
    if (code === undefined) this.#deps.log.error({ err: error }, 'analysis failed')
    sender.refuse(
      error instanceof DetectionError && isErrorCode(error.code)
        ? refusal(error.code, { message: error.message, seq })
        : refusal('INVIGIL_ERR_FRAME_FAILED', { seq })
    )
    if (!isInvalid) this.#reportUnjudged('overloaded')
    else if (this.#host.isActive()) this.#host.judge({ type: 'invalid-image', atMs: reachedMs, code: code ?? '' })
  }

  /** Tells why pictures that come are not judged, about once a second. */
  #reportUnjudged (cause: 'overloaded' | 'refused'): void {
    const nowMs = this.#deps.now()
    if (!this.#host.isActive() || Math.abs(nowMs - this.#unjudgedAtMs) < UNJUDGED_MS) return
    this.#unjudgedAtMs = nowMs
    this.#host.judge({ type: 'unjudged', atMs: nowMs, cause })
  }

  #count (sender: CandidateConnection): void {
    sender.received++
    this.#deps.counters.frames.received++
  }

  #dropWaiting (cause: DropCause): undefined {
    if (this.#waiting !== undefined) this.#drop(this.#waiting.sender, cause)
    this.#waiting = undefined
  }

  #drop (sender: CandidateConnection, cause: DropCause): void {
    sender.dropped++
    this.#deps.counters.frames.dropped[cause]++
  }

  #wantsThumbnail (): boolean {
    return Math.abs(this.#deps.now() - this.#thumbnailAtMs) >= this.#deps.limits.thumbnailMs && this.#host.isWatched()
  }

  #showThumbnail (jpeg: Uint8Array, atMs: number): void {
    this.#deps.counters.thumbnails.made++
    this.#host.showThumbnail(Buffer.from(jpeg).toString('base64'), atMs)
  }
}

/** A promise with the end that settles it. */
function runningFrame (): { readonly back: Promise<void>, readonly end: () => void } {
  let end = (): void => {}
  const back = new Promise<void>(resolve => { end = resolve })
  return { back, end }
}
