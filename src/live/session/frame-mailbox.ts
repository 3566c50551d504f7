import { PICTURE_WIDTH } from '../../recording/incident-pictures.ts'
import { TILE_WIDTH } from '../../recording/storyboard.ts'
import type { SessionRecording } from '../../recording/session-recording.ts'
import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../../lib/defined.ts'
import { DetectionError, INVALID_FRAME_CODES } from '../../../detection/errors.ts'
import type { JudgeInput } from '../../../detection/events/judge.ts'
import { monotonicMs } from '../../../detection/clock.ts'
import type { Analysis, FrameSource, FrameJob, Pool } from '../../../detection/workers/pool.ts'
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

/** Pause before the enrolled face is read again after a database error. */
const READ_AGAIN_MS = 5000
/** Shortest time between two error messages to a page whose frames are refused. */
const SUSPENDED_REPLY_MS = 2000
/** Shortest time between two reports to the judge of frames that were not analyzed. */
const UNJUDGED_MS = 1000

/** The session, as the mailbox uses it. */
export interface FrameMailboxHost {
  readonly userId: string
  /** Where accepted frames are recorded. */
  readonly recording?: SessionRecording
  /** Whether frames are accepted now; it may change while one is with a worker. */
  isActive (): boolean
  /** Whether a monitor watches, so that thumbnails are needed. */
  isWatched (): boolean
  judge (input: JudgeInput): void
  showThumbnail (jpegBase64: string, atMs: number): void
  /** Other models made the enrolled face, so the candidate is not compared with it. */
  reportIncomparable (): void
}

export interface FrameMailboxDeps {
  readonly pool: Pick<Pool, 'openFrameSource'>
  readonly counters: Counters
  readonly limits: Limits
  readonly log: Pick<FastifyBaseLogger, 'error' | 'warn'>
  readonly now: () => number
  /** Receives how long frames waited. */
  readonly flow: Pick<FlowControl, 'add'>
  /** A monotonic clock, unlike `now`; measures the ages of frames. */
  readonly elapsedMs?: () => number
  /** Loads the vector of the user's enrolled face; without it faces are not compared. */
  readonly enrolledFace?: (userId: string) => Promise<Float32Array | undefined>
}

/** A frame that waits for a worker: a picture, or the video since the last analysis. */
interface WaitingFrame {
  readonly sender: CandidateConnection
  readonly seq: number
  readonly atMs: number
  /** Arrival by the server's clock, and by `elapsedMs`. */
  readonly reachedMs: number
  readonly arrivedMs: number
  /** A picture; absent for video. */
  readonly bytes?: Uint8Array
}

/** A session's frames: one with a worker, the newest one waiting, every other one counted by its drop cause. */
export class FrameMailbox {
  readonly #host: FrameMailboxHost
  readonly #deps: FrameMailboxDeps
  readonly #elapsedMs: () => number
  readonly #source: FrameSource
  readonly #video: VideoBuffer
  #waiting: WaitingFrame | undefined
  /** Arrival of the waiting frame, or of the first one that it replaced. */
  #waitingSinceMs = 0
  /** Settles when the frame that is with a worker is done. */
  #running: { readonly back: Promise<void>, readonly end: () => void } | undefined
  #isClosed = false
  #track: unknown
  #thumbnailAtMs = 0
  /** When a member of staff last said to look at the session. */
  #lookedAtMs = -Infinity
  #suspendedReplyMs = -Infinity
  /** Capture time of the newest accepted frame. */
  #newestMs = -Infinity
  readonly #clock: ArrivalClock
  #unjudgedAtMs = -Infinity
  /** Loaded at the first frame, and again only after a failure. */
  #enrolled: { readonly face: Float32Array | undefined } | undefined
  /** Earliest time of the next load, by `elapsedMs`. */
  #readFromMs = -Infinity
  /** Frames wait for the first load only. */
  #hasRead = false

  constructor (host: FrameMailboxHost, deps: FrameMailboxDeps) {
    this.#host = host
    this.#deps = deps
    this.#elapsedMs = deps.elapsedMs ?? monotonicMs
    this.#clock = new ArrivalClock(deps.limits)
    this.#source = deps.pool.openFrameSource(() => this.#takeNext(), host.userId)
    this.#video = new VideoBuffer({ limits: deps.limits, elapsedMs: this.#elapsedMs })
    if (deps.enrolledFace === undefined) this.#enrolled = { face: undefined }
  }

  /** A member of staff looks at the session now: thumbnails are larger and come more often for a while. */
  lookCloser (): void {
    this.#lookedAtMs = this.#deps.now()
  }

  /** Number of frames that wait or are with a worker. */
  get pending (): number {
    return (this.#waiting === undefined ? 0 : 1) + (this.#running === undefined ? 0 : 1)
  }

  /**
   * Accepts a frame; the one that it replaces is counted as dropped. `heldSinceMs` is the arrival by `monotonicMs` of a
   * frame that was held back.
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
      // The judge ignores stale frames. They must not count as a working camera, nor occupy a worker.
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
    if (frame.type === 'frame') this.#host.recording?.picture(sender, frame.bytes, atMs, frame.capturedAtMs)
    else this.#host.recording?.video(sender, frame, atMs, frame.capturedAtMs)
    this.#newestMs = claimedMs
    this.#enqueue({ sender, seq, atMs, reachedMs, arrivedMs, ...(frame.type === 'frame' && { bytes: frame.bytes }) })
  }

  /** Counts bytes that are not a picture, and reports them to the judge. */
  offerInvalid (sender: CandidateConnection, refused: Refusal): void {
    this.#video.reset()
    this.#count(sender)
    this.#drop(sender, 'invalid')
    sender.refuse(refused.seq === undefined ? { ...refused, seq: sender.received } : refused)
    if (this.#host.isActive()) this.#host.judge({ type: 'invalid-image', atMs: this.#deps.now(), code: refused.code })
  }

  /** Drops the tracking state and the video, so that the next frame starts without them. */
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

  /** Puts a frame in the mailbox; the newest frame wins. */
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

  /** Drops a frame of a suspended candidate, and tells the sender from time to time. */
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

  /** Called when a worker is free: returns the waiting frame, unless it is too old. */
  #takeNext (): FrameJob | undefined {
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
    const thumbnailWidth = this.#thumbnails().width
    const withThumbnail = this.#wantsThumbnail()
    if (withThumbnail) this.#thumbnailAtMs = this.#deps.now()
    const face = this.#enrolled?.face
    this.#running = runningFrame()
    return {
      ...source,
      atMs: work.atMs,
      state: this.#track,
      ...(withThumbnail && { thumbnailWidth }),
      ...(this.#host.recording?.wantsPicture === true && { pictureWidth: PICTURE_WIDTH }),
      ...(this.#host.recording?.wantsTile(work.atMs) === true && { tileWidth: TILE_WIDTH }),
      ...defined({ enrolled: face }),
      arrivedMs: work.arrivedMs,
      beginByMs: work.arrivedMs + frameAgeMsMax,
      done: analysis => this.#finish(() => {
        this.#deps.flow.add(waitedMs + analysis.ageMs)
        this.#handleResult(work, analysis)
      }),
      failed: error => this.#finish(() => this.#handleFailure(work, error))
    }
  }

  /** Handles the result of a frame; an error here must not reach the pool. */
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
    // The state may have changed while the frame was with the worker.
    if (!this.#host.isActive()) return this.#drop(sender, 'paused')
    this.#deps.counters.frames.analysed++
    this.#track = analysis.state
    if (analysis.observation.incomparable === true && this.#enrolled?.face !== undefined) {
      this.#enrolled = { face: undefined }
      this.#deps.log.warn(
        { userId: this.#host.userId },
        'enrolled face was made by other models, not compared until it is enrolled again'
      )
      this.#host.reportIncomparable()
    }
    const seen = overlayOf(analysis.observation)
    sender.send({ type: 'ack', seq, dropped: sender.dropped, seen })
    if (analysis.thumbnail !== undefined) this.#showThumbnail(analysis.thumbnail, atMs)
    if (analysis.picture !== undefined) {
      this.#host.recording?.offerPicture({ atMs, jpeg: analysis.picture, seen: { ...seen } })
    }
    if (analysis.tile !== undefined) this.#host.recording?.addTile(analysis.tile, atMs)
    try {
      this.#host.judge({ ...analysis.observation, arrivedMs: reachedMs })
    } catch (error) {
      sender.fail(error)
    }
  }

  /** Loads the enrolled face. Until that succeeds frames are analyzed without it. */
  async #readFace (): Promise<void> {
    this.#readFromMs = Infinity
    try {
      this.#enrolled = { face: await this.#deps.enrolledFace?.(this.#host.userId) }
    } catch (error) {
      this.#readFromMs = this.#elapsedMs() + READ_AGAIN_MS
      this.#deps.log.error({ err: error, userId: this.#host.userId }, 'enrolled face load failed, retrying')
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
    const isInvalid = code !== undefined && INVALID_FRAME_CODES.has(code)
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

  /** Reports to the judge, about once a second, why incoming frames are not analyzed. */
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

  #thumbnails (): { readonly width: number, readonly everyMs: number } {
    const { thumbnailWidth, thumbnailMs, closeThumbnailWidth, closeThumbnailMs, lookMs } = this.#deps.limits
    return Math.abs(this.#deps.now() - this.#lookedAtMs) < lookMs
      ? { width: closeThumbnailWidth, everyMs: closeThumbnailMs }
      : { width: thumbnailWidth, everyMs: thumbnailMs }
  }

  #wantsThumbnail (): boolean {
    return Math.abs(this.#deps.now() - this.#thumbnailAtMs) >= this.#thumbnails().everyMs && this.#host.isWatched()
  }

  #showThumbnail (jpeg: Uint8Array, atMs: number): void {
    this.#deps.counters.thumbnails.made++
    this.#host.showThumbnail(Buffer.from(jpeg).toString('base64'), atMs)
  }
}

/** A promise with the function that settles it. */
function runningFrame (): { readonly back: Promise<void>, readonly end: () => void } {
  let end = (): void => {}
  const back = new Promise<void>(resolve => { end = resolve })
  return { back, end }
}
