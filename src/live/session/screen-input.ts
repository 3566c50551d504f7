import { monotonicMs } from '../../../detection/clock.ts'
import type { JudgeInput } from '../../../detection/events/judge.ts'
import type { Counters, ScreenDropCause } from '../../counters.ts'
import type { Limits } from '../../limits.ts'
import { refusal, type Refusal } from '../../protocol/error-message.ts'
import type { ScreenChunk } from '../../protocol/media-frame.ts'
import type { ScreenRecording } from '../../recording/screen-recording.ts'
import { ArrivalClock, clampTime, isStale } from './arrival-clock.ts'
import type { CandidateConnection } from './candidate-connection.ts'

/** What a page is asked to send of the screen; its encoder is set to 200 kbit a second. */
export const SCREEN_RATE = { fps: 1, width: 1280 } as const
/** Without a frame for so long the screen counts as not shared, whatever the page says. */
const SILENT_MS = 20_000
/** Frames captured before the page reported the end of sharing may still arrive after it. */
const REPORT_MS = 2000

export interface ScreenInputHost {
  /** Absent: the policy or the candidate's consent allows no recording of the screen. */
  readonly recording: ScreenRecording | undefined
  /** Whether frames are accepted now. */
  isActive (): boolean
  judge (input: JudgeInput): void
  /** Since when the screen counts as not shared; undefined: it is shared. */
  stoppedSinceMs (): number | undefined
}

export interface ScreenInputDeps {
  readonly counters: Pick<Counters, 'screen'>
  readonly limits: Pick<
    Limits,
    'screenBurst' | 'screenPerSecond' | 'screenBytesBurst' | 'screenBytesPerSecond' | 'keyframeMs' | 'clockAheadMs' | 'clockBehindMs'
  >
  readonly now: () => number
  readonly elapsedMs?: () => number
}

/** A session's screen: frames go to the recording and to nothing else, and every other one is counted by its cause. */
export class ScreenInput {
  readonly #host: ScreenInputHost
  readonly #deps: ScreenInputDeps
  readonly #elapsedMs: () => number
  readonly #clock: ArrivalClock
  #sender: CandidateConnection | undefined
  /** Whether all frames that the next one builds on were recorded. */
  #isWhole = false
  #newestMs = -Infinity
  #requestedAtMs = -Infinity
  #credit: number
  #creditBytes: number
  #creditAtMs: number
  /** Since when no frame came, by the server's clock; undefined: none is expected. */
  #silentSinceMs: number | undefined

  constructor (host: ScreenInputHost, deps: ScreenInputDeps) {
    this.#host = host
    this.#deps = deps
    this.#elapsedMs = deps.elapsedMs ?? monotonicMs
    this.#clock = new ArrivalClock(deps.limits)
    this.#credit = deps.limits.screenBurst
    this.#creditBytes = deps.limits.screenBytesBurst
    this.#creditAtMs = this.#elapsedMs()
  }

  /** What the page is asked to send; undefined: nothing. */
  get rate (): typeof SCREEN_RATE | undefined {
    return this.#host.recording === undefined ? undefined : SCREEN_RATE
  }

  offer (sender: CandidateConnection, chunk: ScreenChunk): void {
    const { recording } = this.#host
    const nowMs = this.#deps.now()
    this.#deps.counters.screen.received++
    if (recording === undefined) {
      this.#drop('unwanted')
      return sender.refuse(refusal('INVIGIL_ERR_SCREEN_UNWANTED', { seq: chunk.seq }))
    }
    if (!this.#host.isActive()) return this.#drop('paused')
    // A new connection has a new encoder.
    if (sender !== this.#sender) this.#isWhole = false
    this.#sender = sender
    const claimedMs = clampTime(chunk.capturedAtMs, nowMs, this.#deps.limits)
    if (isStale(claimedMs, this.#newestMs)) return this.#dropAndRenew(sender, 'stale')
    if (!this.#admit(chunk.bytes.length)) return this.#dropAndRenew(sender, 'fast')
    if (chunk.isKey) this.#isWhole = true
    if (!this.#isWhole) return this.#dropAndRenew(sender, 'gap')
    const atMs = this.#clock.capturedAt(chunk.capturedAtMs, nowMs)
    this.#newestMs = claimedMs
    this.#silentSinceMs = nowMs
    this.#endStop(atMs)
    if (recording.video(sender, chunk, atMs, chunk.capturedAtMs)) this.#deps.counters.screen.recorded++
    else this.#drop('failed')
  }

  /** Counts and refuses a message of kind 4 that holds no valid VP8 frame. */
  offerInvalid (sender: CandidateConnection, refused: Refusal): void {
    this.#deps.counters.screen.received++
    this.#drop('invalid')
    this.#isWhole = false
    sender.refuse(refused)
  }

  /** A connection has opened, or a pause is over: frames are expected from now on. */
  expect (nowMs: number): void {
    this.#silentSinceMs = nowMs
  }

  /** Reports a page that sends nothing and does not say so. */
  tick (nowMs: number): void {
    if (this.#host.recording === undefined || this.#silentSinceMs === undefined || !this.#host.isActive()) return
    if (nowMs - this.#silentSinceMs < SILENT_MS || this.#host.stoppedSinceMs() !== undefined) return
    this.#report('start', this.#silentSinceMs, 'silent')
    this.#silentSinceMs = nowMs
  }

  /** The connection is gone. */
  disconnected (): void {
    this.#host.recording?.disconnected()
    this.#silentSinceMs = undefined
  }

  /** A pause begins or ends: the next frame must be a key frame. */
  reset (): void {
    this.disconnected()
    this.#isWhole = false
    this.#clock.reset()
  }

  end (): void {
    this.#host.recording?.end()
    this.#silentSinceMs = undefined
  }

  /** The server believes the frames, not the page. */
  #endStop (atMs: number): void {
    const sinceMs = this.#host.stoppedSinceMs()
    if (sinceMs !== undefined && atMs - sinceMs > REPORT_MS) this.#report('end', atMs, 'picture')
  }

  #report (phase: 'start' | 'end', atMs: number, reason: string): void {
    this.#host.judge({ type: 'client', kind: 'screen_share_stopped', atMs, detail: { phase, reason } })
  }

  /** Two token buckets, for frames and for their bytes. */
  #admit (bytes: number): boolean {
    const { screenBurst, screenPerSecond, screenBytesBurst, screenBytesPerSecond } = this.#deps.limits
    const elapsedMs = this.#elapsedMs()
    const seconds = Math.max(0, elapsedMs - this.#creditAtMs) / 1000
    this.#creditAtMs = elapsedMs
    this.#credit = Math.min(screenBurst, this.#credit + seconds * screenPerSecond)
    this.#creditBytes = Math.min(screenBytesBurst, this.#creditBytes + seconds * screenBytesPerSecond)
    if (this.#credit < 1 || this.#creditBytes < bytes) return false
    this.#credit--
    this.#creditBytes -= bytes
    return true
  }

  /** What builds on a frame that is missing cannot be played. */
  #dropAndRenew (sender: CandidateConnection, cause: ScreenDropCause): void {
    this.#drop(cause)
    this.#isWhole = false
    const elapsedMs = this.#elapsedMs()
    if (elapsedMs - this.#requestedAtMs < this.#deps.limits.keyframeMs) return
    this.#requestedAtMs = elapsedMs
    sender.send({ type: 'keyframe', of: 'screen' })
  }

  #drop (cause: ScreenDropCause): void {
    this.#deps.counters.screen.dropped[cause]++
  }
}
