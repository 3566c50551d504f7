/** The candidate's camera: a live preview, and pictures and frames of it. */
import type { VideoSource } from './video-encoder.ts'

export interface Camera extends VideoSource {
  readonly stream: MediaStream
  /** One JPEG of what the camera shows now, at most `width` pixels wide; undefined while it shows nothing. */
  capture (width: number): Promise<Blob | undefined>
  close (): void
}

interface Options {
  /** The device to open; the browser's own choice when it is not there. */
  readonly deviceId?: string | undefined
  /** Another program or the system has taken the picture away, or gives it back. */
  onMuted?(isMuted: boolean): void
}

const JPEG_QUALITY = 0.8

/** Opens the camera and shows it in `video`. Throws what `getUserMedia` throws, e.g. `NotAllowedError`. */
export async function openCamera (
  video: HTMLVideoElement,
  onEnded: () => void,
  { deviceId, onMuted }: Options = {}
): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: {
      width: { ideal: 640 },
      height: { ideal: 480 },
      ...(deviceId !== undefined && { deviceId: { ideal: deviceId } })
    },
    audio: false
  })
  for (const track of stream.getTracks()) {
    track.addEventListener('ended', onEnded)
    track.addEventListener('mute', () => onMuted?.(true))
    track.addEventListener('unmute', () => onMuted?.(false))
  }
  video.srcObject = stream
  await video.play()
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { alpha: false })!
  return {
    stream,
    async capture (width) {
      if (video.videoWidth === 0) return undefined
      const scale = Math.min(1, width / video.videoWidth)
      canvas.width = Math.round(video.videoWidth * scale)
      canvas.height = Math.round(video.videoHeight * scale)
      context.drawImage(video, 0, 0, canvas.width, canvas.height)
      return await new Promise(resolve => canvas.toBlob(blob => resolve(blob ?? undefined), 'image/jpeg', JPEG_QUALITY))
    },
    sizeWithin (width) {
      if (video.videoWidth === 0) return undefined
      const scale = Math.min(1, width / video.videoWidth) / 2
      return { width: 2 * Math.round(video.videoWidth * scale), height: 2 * Math.round(video.videoHeight * scale) }
    },
    frame: timestamp => new VideoFrame(video, { timestamp }),
    close () {
      for (const track of stream.getTracks()) track.stop()
      video.srcObject = null
    }
  }
}
