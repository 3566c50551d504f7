/** Streams the camera to the server and hands what comes back to the page. */
import type { Camera } from './camera.ts'
import { createLasting } from './lasting.ts'
import type { PageListener } from './page-events.ts'
import { binaryMessage, KIND, type Corner, type FromCandidate, type LogEntry, type ToCandidate } from './protocol.ts'
import { createScreenSender } from './screen-sender.ts'
import type { ScreenShare } from './screen-share.ts'
import { createSilence } from './silence.ts'
import { openSocket, type Link } from './socket.ts'
import { CAMERA_FORM, openVideoEncoder, type FrameEncoder } from './video-encoder.ts'

export interface CandidateLink extends PageListener {
  /** The camera whose pictures are sent; none while it is off. */
  setCamera (camera: Camera | undefined): void
  /** The screen that is sent where the server records it; none while it is not shared. */
  setScreen (screen: ScreenShare | undefined): void
  /** A message of the microphone's; left out while the session is paused. */
  sendSound (message: Uint8Array<ArrayBuffer>): void
  /**
   * Says which corner of the screen the candidate is asked to look at from that moment on; `done`: until when the last
   * one.
   */
  calibrate (corner: Corner | 'done', atMs: number): void
  /** While it is on, frames go faster than the server asks for: only for seconds. */
  hurry (isOn: boolean): void
  /** While it is on, no pictures are sent, so that an answer has the line for itself: only for seconds. */
  hold (isOn: boolean): void
  /** Sends a message of the thread; returns whether the line was open. */
  send (message: FromCandidate): boolean
  /** Connects anew and asks for the whole log again, which comes in the language of the page. */
  readAgain (): void
  /** Connects anew: takes the session back from another window, or replaces a line that is dead. */
  reopen (): void
  close (): void
}

interface Options {
  readonly userId: string
  onLink (link: Link, closeCode?: number): void
  onMessage (message: ToCandidate): void
}

/** With more than this unsent, the line is slower than the camera: the frame is left out here rather than sent late. */
const BACKLOG_BYTES_MAX = 200_000
/** The screen gives way to the camera. */
const SCREEN_BACKLOG_BYTES_MAX = 100_000
/** A browser whose video the server cannot read so often sends pictures instead. */
const VIDEO_REFUSALS_MAX = 3
/** Two seconds of looking at a corner must give some frames. */
const HURRY_FPS = 4
const SILENCE_CHECK_MS = 1000

export function openCandidateLink ({ userId, onLink, onMessage }: Options): CandidateLink {
  let fps = 2
  let width = 640
  let sending = true
  let isHurried = false
  let isHeld = false
  let lastEventId: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let camera: Camera | undefined
  let encoder: FrameEncoder | undefined
  let videoRefusals = 0
  let closed = false
  const silence = createSilence()

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
      silence.heard(false)
      encoder?.renew()
      screenSender.renew()
      // Without a cursor: all of the session, for a page that was reloaded.
      socket.send(JSON.stringify({ type: 'resume', ...(lastEventId !== undefined && { after: lastEventId }) }))
    },
    onMessage: (value) => {
      const message = value as ToCandidate
      silence.heard(message.type === 'ack')
      if (message.type === 'rate') {
        ({ fps, width } = message)
        screenSender.setRate(message.screen)
      }
      if (message.type === 'status') {
        // It comes when a line has opened, and after a pause.
        sending = message.state === 'active'
        if (sending) lasting.retell(Date.now())
      }
      if (message.type === 'logs') newest(message.data)
      if (message.type === 'keyframe') {
        if (message.of === 'screen') screenSender.renew()
        else encoder?.renew()
      }
      if (
        message.type === 'error' &&
        message.code === 'INVIGIL_ERR_VIDEO_INVALID' &&
        ++videoRefusals >= VIDEO_REFUSALS_MAX
      ) { encoder?.close() }
      onMessage(message)
    }
  })
  const silenceTimer = setInterval(() => {
    if (silence.isDead(performance.now())) socket.reopen()
  }, SILENCE_CHECK_MS)

  const send = (message: Uint8Array<ArrayBuffer>): boolean => {
    const isSent = socket.send(message)
    if (isSent) silence.sent(performance.now())
    return isSent
  }
  const screenSender = createScreenSender({
    send: message => socket.send(message),
    maySend: () => sending && !isHeld && socket.backlog <= SCREEN_BACKLOG_BYTES_MAX
  })
  const sendFrame = async (): Promise<void> => {
    // A camera that is gone leaves its last picture behind.
    if (camera === undefined || !sending || isHeld || lasting.isOn('camera_off')) return
    if (socket.backlog > BACKLOG_BYTES_MAX) return
    if (encoder?.isUsable === true) return encoder.encode({ fps, width })
    const picture = await camera.capture(width)
    if (picture === undefined) return
    const capturedAtMs = Date.now()
    send(binaryMessage(KIND.frame, capturedAtMs, new Uint8Array(await picture.arrayBuffer())))
  }
  const loop = (): void => {
    const startedAt = performance.now()
    // An encoder that the browser has but cannot use gives way to pictures.
    sendFrame()
      .catch(() => {
        encoder?.close()
      })
      .finally(() => {
        clearTimeout(timer)
        if (closed) return
        timer = setTimeout(
          loop,
          Math.max(0, 1000 / (isHurried ? Math.max(fps, HURRY_FPS) : fps) - (performance.now() - startedAt))
        )
      })
  }

  return {
    setCamera (next) {
      clearTimeout(timer)
      encoder?.close()
      encoder = undefined
      camera = next
      if (next === undefined) return
      const opening = wantsPictures()
        ? Promise.resolve(undefined)
        : openVideoEncoder({ source: next, form: CAMERA_FORM, send })
      opening.then(opened => {
        if (closed || camera !== next) return opened?.close()
        encoder = opened
      }).catch(() => {}).finally(() => { if (!closed && camera === next) loop() })
    },
    setScreen: screen => screenSender.setShare(screen),
    report: (event) => { tell(event, Date.now()) },
    setLasting: (event, isOn, atMs = Date.now()) => { lasting.set(event, isOn, atMs) },
    sendSound: (message) => { if (sending && socket.backlog <= BACKLOG_BYTES_MAX) socket.send(message) },
    calibrate: (corner, atMs) => { socket.send(JSON.stringify({ type: 'calibrate', corner, at: atMs })) },
    hurry: (isOn) => { isHurried = isOn },
    hold: (isOn) => { isHeld = isOn },
    send: (message) => socket.send(JSON.stringify(message)),
    readAgain () {
      lastEventId = undefined
      socket.reopen()
    },
    reopen: () => socket.reopen(),
    close () {
      closed = true
      clearTimeout(timer)
      clearInterval(silenceTimer)
      encoder?.close()
      screenSender.close()
      socket.close()
    }
  }
}

/** The page's address says `?video=off`: pictures are sent and no video of the camera. */
const wantsPictures = (): boolean => new URLSearchParams(location.search).get('video') === 'off'
