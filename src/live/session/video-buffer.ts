import { randomUUID } from 'node:crypto'
import type { AnalyzeJob } from '../../../detection/workers/pool.ts'
import type { Limits } from '../../limits.ts'
import type { CandidateConnection } from './candidate-connection.ts'
import type { VideoChunk } from '../../../detection/types.ts'

export interface VideoOptions {
  readonly limits: Pick<Limits, 'chunksWaitingMax' | 'frameBytesMax' | 'keyframeMs'>
  /** A monotonic clock. */
  readonly elapsedMs: () => number
}

/** Buffers a session's video for its decoder: an unbroken sequence of chunks from a key frame on, or nothing. */
export class VideoBuffer {
  /** Id of the decoder. */
  readonly stream = randomUUID()
  readonly #options: VideoOptions
  #sender: CandidateConnection | undefined
  #waiting: VideoChunk[] = []
  #bytes = 0
  /** Whether all chunks that the next one depends on are buffered or with the worker. */
  #isWhole = false
  #requestedAtMs = -Infinity
  /** No key frame is accepted before: a failed decoder is freed late, so one candidate must not use up several. */
  #closedUntilMs = -Infinity

  constructor (options: VideoOptions) {
    this.#options = options
  }

  /**
   * Adds a chunk; returns false, and asks the sender for a key frame from time to time, if a chunk that it depends on
   * is missing.
   */
  offer (sender: CandidateConnection, chunk: VideoChunk): boolean {
    // A new connection has a new encoder.
    if (sender !== this.#sender) this.reset()
    this.#sender = sender
    if (chunk.isKey && this.#options.elapsedMs() >= this.#closedUntilMs) this.#begin()
    const { chunksWaitingMax, frameBytesMax } = this.#options.limits
    if (this.#waiting.length >= chunksWaitingMax || this.#bytes + chunk.bytes.length > frameBytesMax) this.reset()
    if (!this.#isWhole) {
      this.#requestKeyframe(sender)
      return false
    }
    this.#waiting.push(chunk)
    this.#bytes += chunk.bytes.length
    return true
  }

  /** Removes and returns all buffered chunks; undefined if the buffer was reset. */
  takeAll (): Pick<AnalyzeJob, 'bytes' | 'stream' | 'video'> | undefined {
    if (this.#waiting.length === 0) return undefined
    const chunks = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    return { bytes: new Uint8Array(0), stream: this.stream, video: { codec: 'vp8', chunks } }
  }

  /** The chunks taken last were not decoded: the rest is useful only if it starts with a key frame. */
  fail (): void {
    if (this.#waiting[0]?.isKey !== true) this.reset()
  }

  /** The decoder failed: drops the rest and pauses for `keyframeMs`. */
  failInvalid (): void {
    this.reset()
    this.#closedUntilMs = this.#options.elapsedMs() + this.#options.limits.keyframeMs
  }

  /** Drops all chunks; the next one must be a key frame. */
  reset (): void {
    this.#waiting = []
    this.#bytes = 0
    this.#isWhole = false
  }

  /** Starts a sequence with a key frame, and drops the one before. */
  #begin (): void {
    this.reset()
    this.#isWhole = true
  }

  #requestKeyframe (sender: CandidateConnection): void {
    const nowMs = this.#options.elapsedMs()
    if (nowMs - this.#requestedAtMs < this.#options.limits.keyframeMs || nowMs < this.#closedUntilMs) return
    this.#requestedAtMs = nowMs
    sender.send({ type: 'keyframe' })
  }
}
