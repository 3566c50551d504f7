import { randomUUID } from 'node:crypto'
import type { AnalyzeJob } from '../../../detection/workers/pool.ts'
import type { Limits } from '../../limits.ts'
import type { CandidateConnection } from './candidate-connection.ts'
import type { VideoChunk } from '../../../detection/types.ts'

export interface VideoOptions {
  readonly limits: Pick<Limits, 'chunksWaitingMax' | 'frameBytesMax' | 'keyframeMs'>
  /** A clock that nobody sets. */
  readonly elapsedMs: () => number
}

/** A session's video on its way to the worker that decodes it: each chunk in order from a key frame on, or none. */
export class VideoBuffer {
  /** Names its decoder. */
  readonly stream = randomUUID()
  readonly #options: VideoOptions
  #sender: CandidateConnection | undefined
  #waiting: VideoChunk[] = []
  #bytes = 0
  /** What the next chunk builds upon waits, or is with the worker. */
  #isWhole = false
  #requestedAtMs = -Infinity
  /** Nothing is taken up before: a decoder that failed is freed late, so nobody may use them up quickly. */
  #closedUntilMs = -Infinity

  constructor (options: VideoOptions) {
    this.#options = options
  }

  /**
   * Takes a chunk; false when there is nothing that it builds upon: it is lost, and its sender asked for a key frame
   * now and then.
   */
  offer (sender: CandidateConnection, chunk: VideoChunk): boolean {
    // Another connection has another encoder.
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

  /** Hands over all that waits; undefined when it was lost meanwhile. */
  takeAll (): Pick<AnalyzeJob, 'bytes' | 'stream' | 'video'> | undefined {
    if (this.#waiting.length === 0) return undefined
    const chunks = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    return { bytes: new Uint8Array(0), stream: this.stream, video: { codec: 'vp8', chunks } }
  }

  /** What was handed over has not been decoded: what waits is of use only if it begins anew. */
  fail (): void {
    if (this.#waiting[0]?.isKey !== true) this.reset()
  }

  /** It could not be decoded. */
  failInvalid (): void {
    this.reset()
    this.#closedUntilMs = this.#options.elapsedMs() + this.#options.limits.keyframeMs
  }

  /** A chunk is missing: only a key frame goes on. */
  reset (): void {
    this.#waiting = []
    this.#bytes = 0
    this.#isWhole = false
  }

  /** A key frame makes what came before it superfluous. */
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
