/** The pictures of clients that send JPEGs, as VP8: a recording has one form that every browser plays. */
import { VideoEncoder, VideoFrame, type VideoDecoderConfig } from '@napi-rs/webcodecs'
import sharp from 'sharp'

export interface EncodedPicture {
  readonly isKey: boolean
  readonly bytes: Uint8Array
  readonly atMs: number
  readonly config: VideoDecoderConfig
}

const KEY_EVERY_MS = 2000
const BITRATE = 200_000
const PIXELS_WIDE_MAX = 640

/** `onPicture` gets them in order; `end` settles when all are out. Pictures that cannot be decoded are left out. */
export function createPictureEncoder (onPicture: (picture: EncodedPicture) => Promise<void>) {
  let encoder: VideoEncoder | undefined
  let size: { readonly width: number, readonly height: number } | undefined
  let keyAtMs = -Infinity
  let baseMs = 0
  let out: Promise<void> = Promise.resolve()

  function start (atMs: number): VideoEncoder {
    baseMs = atMs
    const made = new VideoEncoder({
      output: chunk => {
        const bytes = new Uint8Array(chunk.byteLength)
        chunk.copyTo(bytes)
        const picture: EncodedPicture = {
          isKey: chunk.type === 'key',
          bytes,
          atMs: baseMs + Math.round(chunk.timestamp / 1000),
          config: { codec: 'vp8', codedWidth: size!.width, codedHeight: size!.height }
        }
        out = out.then(async () => await onPicture(picture))
      },
      error: () => {}
    })
    made.configure({
      codec: 'vp8', width: size!.width, height: size!.height, bitrate: BITRATE, framerate: 2, latencyMode: 'realtime'
    })
    return made
  }

  return {
    async add (bytes: Uint8Array, atMs: number): Promise<void> {
      const image = sharp(bytes, { failOn: 'none' })
      if (size === undefined) {
        const { width = 0, height = 0 } = await image.metadata().catch(() => ({ width: 0, height: 0 }))
        if (width < 2 || height < 2) return
        const scale = Math.min(1, PIXELS_WIDE_MAX / width)
        size = { width: Math.round(width * scale / 2) * 2, height: Math.round(height * scale / 2) * 2 }
      }
      const rgb = await image.resize({ ...size, fit: 'contain' }).removeAlpha().toColourspace('srgb').raw().toBuffer()
        .catch(() => undefined)
      if (rgb === undefined || rgb.length !== size.width * size.height * 3) return
      encoder ??= start(atMs)
      const isKey = atMs - keyAtMs >= KEY_EVERY_MS
      if (isKey) keyAtMs = atMs
      const frame = new VideoFrame(i420(rgb, size.width, size.height), {
        format: 'I420', codedWidth: size.width, codedHeight: size.height, timestamp: (atMs - baseMs) * 1000
      })
      encoder.encode(frame, { keyFrame: isKey })
      frame.close()
      await out
    },
    async end (): Promise<void> {
      await encoder?.flush()
      await out
      encoder?.close()
    }
  }
}

/** ITU-R BT.601, limited range. */
function i420 (rgb: Uint8Array, width: number, height: number): Uint8Array {
  const luma = width * height
  const data = new Uint8Array(luma * 3 / 2)
  for (let at = 0, from = 0; at < luma; at++, from += 3) {
    data[at] = 16 + (66 * rgb[from]! + 129 * rgb[from + 1]! + 25 * rgb[from + 2]! + 128 >> 8)
  }
  const wide = width / 2
  for (let y = 0; y < height / 2; y++) {
    for (let x = 0; x < wide; x++) {
      const from = (y * 2 * width + x * 2) * 3
      const [red, green, blue] = [rgb[from]!, rgb[from + 1]!, rgb[from + 2]!]
      data[luma + y * wide + x] = 128 + (-38 * red - 74 * green + 112 * blue + 128 >> 8)
      data[luma * 5 / 4 + y * wide + x] = 128 + (112 * red - 94 * green - 18 * blue + 128 >> 8)
    }
  }
  return data
}
