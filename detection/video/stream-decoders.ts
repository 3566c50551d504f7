import { DetectionError } from '../errors.ts'
import type { Image, VideoInput } from '../types.ts'
import { StreamDecoder, type FrameMemory } from './stream-decoder.ts'

export interface StreamDecodersOptions {
  /** Decoders open at once; the one unused for longest makes room. Each is a thread and some two megabytes. */
  readonly openMax: number
  /** A decoder unused for this long is closed. */
  readonly idleMs: number
}

/** What a worker can carry: far more streams than it has time to look at. */
const STREAM_LIMITS: StreamDecodersOptions = { openMax: 256, idleMs: 30_000 }

interface Entry {
  readonly decoder: StreamDecoder
  readonly usedMs: number
}

/** The decoders of the live video streams of one worker; they run on the main thread. */
export class StreamDecoders {
  readonly #options: StreamDecodersOptions
  /** The one unused for longest first. */
  readonly #open = new Map<string, Entry>()
  #rgba: Uint8Array = new Uint8Array(0)

  constructor (options: StreamDecodersOptions = STREAM_LIMITS) {
    this.#options = options
  }

  get size (): number {
    return this.#open.size
  }

  /**
   * Decodes what has come of a stream and gives the last frame, in memory of its own. Not for two at a time. Throws
   * DetectionError: `INVIGIL_ERR_VIDEO_KEY_NEEDED` when there is nothing that the first chunk could build upon,
   * `INVIGIL_ERR_VIDEO_INVALID` when it cannot be decoded; the stream then starts again.
   */
  async decode (stream: string, { codec, chunks }: VideoInput, nowMs: number): Promise<Image> {
    if (codec !== 'vp8' || chunks.length === 0) {
      throw new DetectionError(
        'INVIGIL_ERR_VIDEO_INVALID',
        `There is nothing to decode in ${chunks.length} chunks of ${codec}: send VP8.`
      )
    }
    this.closeIdle(nowMs)
    const known = this.#open.get(stream)
    if (known === undefined && !chunks[0]!.isKey) {
      throw new DetectionError('INVIGIL_ERR_VIDEO_KEY_NEEDED', 'The video begins in the middle: send a key frame.')
    }
    if (known === undefined && this.#open.size >= this.#options.openMax) this.close(this.#open.keys().next().value!)
    const decoder = known?.decoder ?? new StreamDecoder()
    this.#open.delete(stream)
    this.#open.set(stream, { decoder, usedMs: nowMs })
    const memory: FrameMemory = { rgba: this.#rgba, rgb: new Uint8Array(0) }
    try {
      return await decoder.decode(chunks, memory)
    } catch (error) {
      this.close(stream)
      throw error
    } finally {
      this.#rgba = memory.rgba
    }
  }

  close (stream: string): void {
    this.#open.get(stream)?.decoder.close()
    this.#open.delete(stream)
  }

  closeAll (): void {
    for (const stream of [...this.#open.keys()]) this.close(stream)
  }

  closeIdle (nowMs: number): void {
    for (const [stream, { usedMs }] of this.#open) {
      if (nowMs - usedMs <= this.#options.idleMs) return
      this.close(stream)
    }
  }
}
