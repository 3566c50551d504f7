import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs'
import { DetectionError } from '../errors.ts'
import type { Image, VideoChunk } from '../types.ts'
import { rgbBytes, withoutAlpha } from './rgba-to-rgb.ts'

/** Memory for one frame after another, so that a frame does not ask for two fresh megabytes. */
export interface FrameMemory {
  rgba: Uint8Array
  rgb: Uint8Array
}

/** A frame takes some milliseconds; a decoder that is silent for this long will not speak any more. */
const SILENT_MS = 2_000

/**
 * The size a decoder is told to expect; it goes by the stream's own when that comes. FFmpeg starts a thread for each
 * row of macroblocks up to the number of cores, and hundreds of streams at one frame every half second need one each.
 */
const EXPECTED_PIXELS = 16

/**
 * The decoder of one live VP8 stream, on a native thread of its own; for the main thread only (README.md says why).
 * After an error it is of no use.
 */
export class StreamDecoder {
  /**
   * Let go after an error: only the garbage collector ends the thread of a decoder that failed, and these callbacks
   * would hold it.
   */
  #decoder: VideoDecoder | undefined
  #newest: VideoFrame | undefined
  #chunks = 0
  #frames = 0
  #failure: unknown
  #wake: (() => void) | undefined

  constructor () {
    this.#decoder = new VideoDecoder({
      output: frame => { this.#take(frame) },
      error: error => { this.#fail(error) }
    })
    this.#decoder.configure({
      codec: 'vp8',
      codedWidth: EXPECTED_PIXELS,
      codedHeight: EXPECTED_PIXELS,
      // One frame out for each chunk in: otherwise the decoder holds frames back until it is flushed, and after that
      // wants a key frame.
      optimizeForLatency: true,
      hardwareAcceleration: 'prefer-software'
    })
  }

  /**
   * Decodes all chunks in order and gives the last frame as RGB, in `memory`; the first chunk ever must be a key frame.
   * Throws VIDEO_INVALID.
   */
  async decode (chunks: readonly VideoChunk[], memory: FrameMemory): Promise<Image> {
    try {
      const frame = await this.#decodeAll(chunks)
      try {
        return await imageOf(frame, memory)
      } finally {
        frame.close()
      }
    } catch (cause) {
      this.close()
      throw new DetectionError(
        'INVIGIL_ERR_VIDEO_INVALID',
        'The video cannot be decoded: begin again with a key frame.',
        { cause }
      )
    }
  }

  close (): void {
    this.#newest?.close()
    this.#newest = undefined
    if (this.#decoder?.state === 'configured') this.#decoder.close()
    this.#decoder = undefined
  }

  async #decodeAll (chunks: readonly VideoChunk[]): Promise<VideoFrame> {
    for (const { bytes, isKey } of chunks) {
      // The decoder does not look at the time; what it is given only has to grow.
      this.#decoder?.decode(
        new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp: this.#chunks++, data: bytes })
      )
    }
    // Also keeps the thread's event loop alive, which the decoder does not.
    const timer = setTimeout(() => { this.#fail(new Error(`no frame within ${SILENT_MS} ms`)) }, SILENT_MS)
    try {
      while (this.#frames < this.#chunks && this.#failure === undefined) {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    } finally {
      clearTimeout(timer)
    }
    const newest = this.#newest
    this.#newest = undefined
    if (this.#failure !== undefined || newest === undefined) {
      newest?.close()
      throw this.#failure ?? new Error('no frame')
    }
    return newest
  }

  #take (frame: VideoFrame): void {
    // Open frames are the decoder's memory.
    this.#newest?.close()
    this.#newest = frame
    this.#frames++
    this.#wake?.()
  }

  #fail (error: unknown): void {
    this.#failure ??= error
    this.#wake?.()
  }
}

/**
 * The native conversion to four bytes a pixel and the way from there to three cost a third of the conversion in
 * JavaScript.
 */
async function imageOf (frame: VideoFrame, memory: FrameMemory): Promise<Image> {
  const { width, height } = frame.visibleRect
  const pixels = width * height
  if (memory.rgba.length < pixels * 4) memory.rgba = new Uint8Array(pixels * 4)
  if (memory.rgb.length < pixels * 3) memory.rgb = new Uint8Array(rgbBytes(pixels))
  await frame.copyTo(memory.rgba.subarray(0, pixels * 4), { format: 'RGBA' })
  withoutAlpha(memory.rgba, memory.rgb, pixels)
  return { width, height, data: memory.rgb.subarray(0, pixels * 3) }
}
