/** The candidate's whole screen, as the browser shares it. */
import { canEncode, SCREEN_FORM, type VideoSource } from './video-encoder.ts'

/**
 * Why the screen is not shared. `refused`: the chooser was closed, or the browser may not share; `window`: a window or
 * a tab was chosen; `unknown`: this browser does not say what was chosen; `unsupported`: it cannot share, or not encode
 * it; `insecure`: the page's address is not encrypted; `busy`: the system does not allow it now.
 */
export type ScreenFault = 'refused' | 'window' | 'unknown' | 'unsupported' | 'insecure' | 'busy'

export class ScreenError extends Error {
  readonly fault: ScreenFault

  constructor (fault: ScreenFault) {
    super(fault)
    this.fault = fault
  }
}

export interface ScreenShare extends VideoSource {
  readonly isLive: boolean
  /** Calls `listener` when the candidate or the system ends it; replaces the listener before. */
  onEnded (listener: () => void): void
  /** Calls `listener` for each frame that the browser gives; replaces the listener before. */
  onFrame (listener: () => void): void
  close (): void
}

/** Of the page's one video; the first frame must not wait for more. */
const FPS_MAX = 5

/** Not in the types of the DOM. */
interface FrameReader {
  readonly readable: ReadableStream<VideoFrame>
}
type FrameReaderClass = new (options: { readonly track: MediaStreamTrack }) => FrameReader

/** Whether this browser can share a screen at all; phones and tablets cannot. */
export async function screenProblem (): Promise<'insecure' | 'unsupported' | undefined> {
  if (!isSecureContext) return 'insecure'
  const devices = navigator.mediaDevices as Partial<MediaDevices> | undefined
  return devices?.getDisplayMedia === undefined || !await canEncode(SCREEN_FORM) ? 'unsupported' : undefined
}

/** Asks the browser for the whole screen. It must follow a click. Throws `ScreenError`. */
export async function shareScreen (): Promise<ScreenShare> {
  const stream = await askForScreen()
  const track = stream.getVideoTracks()[0]!
  // The constraint only orders the browser's chooser: the candidate may have chosen something else.
  const { displaySurface } = track.getSettings()
  if (displaySurface === 'monitor') return await openShare(stream, track)
  stop(stream)
  throw new ScreenError(displaySurface === undefined ? 'unknown' : 'window')
}

async function askForScreen (): Promise<MediaStream> {
  // Before anything else: what is waited for uses up the click.
  const devices = navigator.mediaDevices as Partial<MediaDevices> | undefined
  if (!isSecureContext) throw new ScreenError('insecure')
  if (devices?.getDisplayMedia === undefined) throw new ScreenError('unsupported')
  const options = {
    video: { displaySurface: 'monitor', frameRate: { max: FPS_MAX } },
    audio: false,
    monitorTypeSurfaces: 'include',
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'exclude',
    systemAudio: 'exclude'
  }
  let stream: MediaStream
  try {
    stream = await devices.getDisplayMedia(options as DisplayMediaStreamOptions)
  } catch (error) {
    const { name } = error as Error
    throw new ScreenError(name === 'NotAllowedError' || name === 'InvalidStateError' ? 'refused' : 'busy')
  }
  if (await canEncode(SCREEN_FORM)) return stream
  stop(stream)
  throw new ScreenError('unsupported')
}

const stop = (stream: MediaStream): void => { for (const track of stream.getTracks()) track.stop() }

async function openShare (stream: MediaStream, track: MediaStreamTrack): Promise<ScreenShare> {
  let ended = (): void => {}
  let arrived = (): void => {}
  track.addEventListener('ended', () => ended())
  const frames = await readFrames(stream, track, () => arrived())
  return {
    get isLive () { return track.readyState === 'live' },
    onEnded (listener) { ended = listener },
    onFrame (listener) { arrived = listener },
    sizeWithin (width) {
      const size = frames.size()
      if (size === undefined) return undefined
      const scale = Math.min(1, width / Math.max(size.width, size.height)) / 2
      return { width: 2 * Math.round(size.width * scale), height: 2 * Math.round(size.height * scale) }
    },
    frame: frames.frame,
    close () {
      ended = arrived = () => {}
      stop(stream)
      frames.close()
    }
  }
}

interface Frames {
  size (): { readonly width: number, readonly height: number } | undefined
  frame (timestamp: number): VideoFrame
  close (): void
}

/**
 * The newest frame. Where the browser offers it, frames are read from the track: a page in the background, which is
 * when the screen matters, gets them all the same, and a video element may not.
 */
async function readFrames (stream: MediaStream, track: MediaStreamTrack, onFrame: () => void): Promise<Frames> {
  const Reader = (globalThis as { readonly MediaStreamTrackProcessor?: FrameReaderClass }).MediaStreamTrackProcessor
  if (Reader === undefined) return await readVideo(stream)
  const reader = new Reader({ track }).readable.getReader()
  let newest: VideoFrame | undefined
  let isClosed = false
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      newest?.close()
      newest = value
      if (isClosed) return newest.close()
      onFrame()
    }
  }
  read().catch(() => {})
  return {
    size: () => newest === undefined ? undefined : { width: newest.displayWidth, height: newest.displayHeight },
    frame: timestamp => new VideoFrame(newest!, { timestamp }),
    close () {
      isClosed = true
      newest?.close()
      newest = undefined
      reader.cancel().catch(() => {})
    }
  }
}

async function readVideo (stream: MediaStream): Promise<Frames> {
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = stream
  await video.play()
  return {
    size: () => video.videoWidth === 0 ? undefined : { width: video.videoWidth, height: video.videoHeight },
    frame: timestamp => new VideoFrame(video, { timestamp }),
    close () { video.srcObject = null }
  }
}

/** A screen that was shared in the check before the exam, for the page of the exam: the browser asks once. */
let kept: ScreenShare | undefined

export const keptScreen = (): ScreenShare | undefined => kept?.isLive === true ? kept : undefined

export function keepScreen (share: ScreenShare): void {
  kept?.close()
  kept = share
}

/** Whoever takes it closes it. */
export function takeKeptScreen (): ScreenShare | undefined {
  const share = keptScreen()
  kept = undefined
  return share
}

export function dropKeptScreen (): void {
  kept?.close()
  kept = undefined
}
