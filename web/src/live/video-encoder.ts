/** A camera or a screen as VP8, for browsers that can encode it: a fraction of the bytes of pictures. */
import { KIND, videoMessage } from './protocol.ts'

/** What is encoded. */
export interface VideoSource {
  /** Its size now, at most `width` wide, in even numbers; undefined while it shows nothing. */
  sizeWithin (width: number): { readonly width: number, readonly height: number } | undefined
  /** What it shows now; the time in microseconds. */
  frame (timestamp: number): VideoFrame
}

export interface FrameEncoder {
  /** False once it has failed: pictures then take the place of a camera's video. */
  readonly isUsable: boolean
  /**
   * Encodes what the source shows now, at most `width` wide; leaves the frame out while others are still being encoded.
   */
  encode (rate: { readonly fps: number, readonly width: number }): void
  /** The next frame will be a key frame. */
  renew (): void
  close (): void
}

interface Options {
  readonly source: VideoSource
  readonly form: VideoForm
  /** Takes a message for the server; false when it could not be sent. */
  send (message: Uint8Array<ArrayBuffer>): boolean
}

interface VideoForm {
  readonly kind: typeof KIND.video | typeof KIND.screen
  /** A server that has lost the thread takes it up with the next key frame. */
  readonly keyMs: number
  readonly bitsAFrame: number
  /** At slow rates most frames are key frames, which take more. */
  readonly bitsASecondMin: number
}

/**
 * Measured (bench/video.ts): with these as much is seen as in JPEG of twice the bytes; half as many begin to cost gaze
 * and objects.
 */
export const CAMERA_FORM: VideoForm = { kind: KIND.video, keyMs: 2000, bitsAFrame: 80_000, bitsASecondMin: 160_000 }
/** A player seeks to key frames; a still screen costs little between them. */
export const SCREEN_FORM: VideoForm = { kind: KIND.screen, keyMs: 10_000, bitsAFrame: 200_000, bitsASecondMin: 200_000 }

/** Frames in the encoder; a computer that is slower than the camera must not collect them. */
const QUEUE_MAX = 1
/** An encoder that takes so many frames and gives nothing is broken. */
const SILENT_MAX = 10
/** Undefined where the browser cannot encode VP8. */
export async function openVideoEncoder ({ source, form, send }: Options): Promise<FrameEncoder | undefined> {
  if (!await canEncode(form)) return undefined

  let keyAt = -Infinity
  let configured = ''
  let silent = 0
  const encoder = new VideoEncoder({
    output (chunk) {
      silent = 0
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      const capturedAtMs = Date.now() - (performance.now() - chunk.timestamp / 1000)
      // What builds upon a frame that did not arrive is of no use.
      if (!send(videoMessage(form.kind, capturedAtMs, chunk.type === 'key', bytes))) keyAt = -Infinity
    },
    // It is closed then.
    error () {}
  })
  const close = (): void => { if (encoder.state !== 'closed') encoder.close() }
  return {
    get isUsable () { return encoder.state !== 'closed' },
    encode ({ fps, width }) {
      if (silent >= SILENT_MAX) return close()
      if (encoder.state === 'closed' || encoder.encodeQueueSize > QUEUE_MAX) return
      const size = source.sizeWithin(width)
      if (size === undefined) return
      const now = performance.now()
      const config = configOf(form, size, fps)
      const name = JSON.stringify(config)
      if (name !== configured) encoder.configure(config)
      configured = name
      const keyFrame = now - keyAt >= form.keyMs
      const frame = source.frame(now * 1000)
      encoder.encode(frame, { keyFrame })
      frame.close()
      silent++
      if (keyFrame) keyAt = now
    },
    renew () { keyAt = -Infinity },
    close
  }
}

/** Whether this browser can encode VP8. */
export async function canEncode (form: VideoForm): Promise<boolean> {
  if (typeof VideoEncoder === 'undefined') return false
  const config = configOf(form, { width: 640, height: 480 }, 2)
  const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }))
  return supported === true
}

function configOf (
  { bitsAFrame, bitsASecondMin }: VideoForm,
  { width, height }: { readonly width: number, readonly height: number },
  fps: number
): VideoEncoderConfig {
  return {
    codec: 'vp8',
    width,
    height,
    framerate: fps,
    bitrate: Math.max(bitsASecondMin, bitsAFrame * fps),
    latencyMode: 'realtime'
  }
}
