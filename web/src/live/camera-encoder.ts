/** The camera as VP8, for browsers that can encode it: a fraction of the bytes of pictures. */
import type { Camera } from './camera.ts'
import { videoMessage } from './protocol.ts'

export interface CameraEncoder {
  /** False once it has failed: pictures then take its place. */
  readonly isUsable: boolean
  /**
   * Encodes what the camera shows now, at most `width` wide; leaves the frame out while others are still being encoded.
   */
  encode (rate: { readonly fps: number, readonly width: number }): void
  /** The next frame will be a key frame. */
  renew (): void
  close (): void
}

interface Options {
  readonly camera: Camera
  /** Takes a message for the server; false when it could not be sent. */
  send (message: Uint8Array<ArrayBuffer>): boolean
}

/** A server that has lost the thread takes it up with the next one. */
const KEY_MS = 2000
/** Frames in the encoder; a computer that is slower than the camera must not collect them. */
const QUEUE_MAX = 1
/** An encoder that takes so many frames and gives nothing is broken. */
const SILENT_MAX = 10
/**
 * Measured (bench/video.ts): with these as much is seen as in JPEG of twice the bytes; half as many begin to cost gaze
 * and objects.
 */
const BITS_A_FRAME = 80_000
/** At slow rates most frames are key frames, which take more. */
const BITS_A_SECOND_MIN = 160_000

/** Undefined where the browser cannot encode VP8, or the page's address says `?video=off`. */
export async function openCameraEncoder ({ camera, send }: Options): Promise<CameraEncoder | undefined> {
  if (new URLSearchParams(location.search).get('video') === 'off' || typeof VideoEncoder === 'undefined') {
    return undefined
  }
  const { supported } = await VideoEncoder.isConfigSupported(configOf({ width: 640, height: 480 }, 2)).catch(() => ({
    supported: false
  }))
  if (supported !== true) return undefined

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
      if (!send(videoMessage(capturedAtMs, chunk.type === 'key', bytes))) keyAt = -Infinity
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
      const size = camera.sizeWithin(width)
      if (size === undefined) return
      const now = performance.now()
      const config = configOf(size, fps)
      const name = JSON.stringify(config)
      if (name !== configured) encoder.configure(config)
      configured = name
      const keyFrame = now - keyAt >= KEY_MS
      const frame = camera.frame(now * 1000)
      encoder.encode(frame, { keyFrame })
      frame.close()
      silent++
      if (keyFrame) keyAt = now
    },
    renew () { keyAt = -Infinity },
    close
  }
}

function configOf (
  { width, height }: { readonly width: number, readonly height: number },
  fps: number
): VideoEncoderConfig {
  return {
    codec: 'vp8',
    width,
    height,
    framerate: fps,
    bitrate: Math.max(BITS_A_SECOND_MIN, BITS_A_FRAME * fps),
    latencyMode: 'realtime'
  }
}
