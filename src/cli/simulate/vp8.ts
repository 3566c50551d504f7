import { VideoEncoder, VideoFrame } from '@napi-rs/webcodecs'
import type { Image } from '../../../detection/types.ts'

/** One encoded frame of a pretended camera. */
export interface EncodedFrame {
  readonly bytes: Uint8Array
  readonly isKey: boolean
}

export interface Vp8Options {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly bitsPerSecond: number
  /** Time from one key frame to the next. */
  readonly keyMs: number
}

/**
 * Encodes pictures of that size as a page's VideoEncoder does in real time: a chunk for each picture, the first one a
 * key frame.
 */
export async function encodeVp8 (
  pictures: AsyncIterable<Image> | Iterable<Image>,
  { width, height, fps, bitsPerSecond, keyMs }: Vp8Options
): Promise<EncodedFrame[]> {
  const chunks: EncodedFrame[] = []
  let failure: unknown
  const encoder = new VideoEncoder({
    output: chunk => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      chunks.push({ bytes, isKey: chunk.type === 'key' })
    },
    error: error => { failure = error }
  })
  // The encoder works on its own thread and does not keep the event loop alive.
  const hold = setInterval(() => {}, 1000)
  try {
    encoder.configure({
      codec: 'vp8',
      width,
      height,
      bitrate: bitsPerSecond,
      framerate: fps,
      latencyMode: 'realtime',
      hardwareAcceleration: 'prefer-software'
    })
    const keyFrames = Math.max(1, Math.round((keyMs * fps) / 1000))
    let count = 0
    for await (const { data } of pictures) {
      const frame = new VideoFrame(withAlpha(data), {
        format: 'RGBX',
        codedWidth: width,
        codedHeight: height,
        timestamp: Math.round((count * 1e6) / fps)
      })
      encoder.encode(frame, { keyFrame: count++ % keyFrames === 0 })
      frame.close()
    }
    await encoder.flush()
    if (failure !== undefined) throw failure
    return chunks
  } finally {
    clearInterval(hold)
    if (encoder.state !== 'closed') encoder.close()
  }
}

function withAlpha (rgb: Uint8Array): Uint8Array {
  const rgba = new Uint8Array(rgb.length / 3 * 4).fill(255)
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from]!
    rgba[to + 1] = rgb[from + 1]!
    rgba[to + 2] = rgb[from + 2]!
  }
  return rgba
}
