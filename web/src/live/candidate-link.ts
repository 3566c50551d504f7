/** Streams the camera to the server and hands what comes back to the page. */
import { openCameraEncoder, type CameraEncoder } from './camera-encoder.ts'
import type { Camera } from './camera.ts'
import { createLasting } from './lasting.ts'
import type { PageListener } from './page-events.ts'
import { binaryMessage, KIND, type Corner, type LogEntry, type ToCandidate } from './protocol.ts'
import { openSocket, type Link } from './socket.ts'

export interface CandidateLink extends PageListener {
  /** A message of the microphone's; left out while the session is paused. */
  sendSound (message: Uint8Array<ArrayBuffer>): void
  /**
   * Says which corner of the screen the candidate is asked to look at from that moment on; `done`: until when the last
   * one.
   */
  calibrate (corner: Corner | 'done', atMs: number): void
  /** While it is on, frames go faster than the server asks for: only for seconds. */
  hurry (isOn: boolean): void
  close (): void
}

interface Options {
  readonly userId: string
  readonly camera: Camera
  onLink (link: Link, closeCode?: number): void
  onMessage (message: ToCandidate): void
}

/** With more than this unsent, the line is slower than the camera: the frame is left out here rather than sent late. */
const BACKLOG_BYTES_MAX = 200_000
/** A browser whose video the server cannot read so often sends pictures instead. */
const VIDEO_REFUSALS_MAX = 3
/** Two seconds of looking at a corner must give some frames. */
const HURRY_FPS = 4

export function openCandidateLink ({ userId, camera, onLink, onMessage }: Options): CandidateLink {
  let fps = 2
  let width = 640
  let sending = true
  let isHurried = false
  let lastEventId: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let encoder: CameraEncoder | undefined
  let videoRefusals = 0
  let closed = false

  /** In a pause nothing is judged, and what the page sees is refused. */
  const tell = (event: string, atMs: number, phase?: 'start' | 'end'): void => {
    if (sending) socket.send(JSON.stringify({ type: 'event', event, phase, at: new Date(atMs).toISOString() }))
  }
  const lasting = createLasting((event, phase, atMs) => tell(event, atMs, phase))
  const newest = (entries: readonly LogEntry[]) => { lastEventId = entries.at(-1)?.id ?? lastEventId }
  const socket = openSocket({
    path: `/ws/${encodeURIComponent(userId)}`,
    onLink,
    onOpen: () => {
      encoder?.renew()
      if (lastEventId !== undefined) socket.send(JSON.stringify({ type: 'resume', after: lastEventId }))
    },
    onMessage: (value) => {
      const message = value as ToCandidate
      if (message.type === 'rate') ({ fps, width } = message)
      if (message.type === 'status') {
        // It comes when a line has opened, and after a pause.
        sending = message.state === 'active'
        if (sending) lasting.retell(Date.now())
      }
      if (message.type === 'logs') newest(message.data)
      if (message.type === 'keyframe') encoder?.renew()
      if (
        message.type === 'error' &&
        message.code === 'INVIGIL_ERR_VIDEO_INVALID' &&
        ++videoRefusals >= VIDEO_REFUSALS_MAX
      ) { encoder?.close() }
      onMessage(message)
    }
  })

  const sendFrame = async (): Promise<void> => {
    // A camera that is gone leaves its last picture behind.
    if (!sending || lasting.isOn('camera_off') || socket.backlog > BACKLOG_BYTES_MAX) return
    if (encoder?.isUsable === true) return encoder.encode({ fps, width })
    const picture = await camera.capture(width)
    if (picture === undefined) return
    const capturedAtMs = Date.now()
    socket.send(binaryMessage(KIND.frame, capturedAtMs, new Uint8Array(await picture.arrayBuffer())))
  }
  const loop = (): void => {
    const startedAt = performance.now()
    // An encoder that the browser has but cannot use gives way to pictures.
    sendFrame()
      .catch(() => {
        encoder?.close()
      })
      .finally(() => {
        timer = setTimeout(
          loop,
          Math.max(0, 1000 / (isHurried ? Math.max(fps, HURRY_FPS) : fps) - (performance.now() - startedAt))
        )
      })
  }
  openCameraEncoder({ camera, send: message => socket.send(message) }).then(opened => {
    encoder = opened
    if (closed) encoder?.close()
  }).catch(() => {}).finally(() => { if (!closed) loop() })

  return {
    report: (event) => { tell(event, Date.now()) },
    setLasting: (event, isOn, atMs = Date.now()) => { lasting.set(event, isOn, atMs) },
    sendSound: (message) => { if (sending && socket.backlog <= BACKLOG_BYTES_MAX) socket.send(message) },
    calibrate: (corner, atMs) => { socket.send(JSON.stringify({ type: 'calibrate', corner, at: atMs })) },
    hurry: (isOn) => { isHurried = isOn },
    close () {
      closed = true
      clearTimeout(timer)
      encoder?.close()
      socket.close()
    }
  }
}
