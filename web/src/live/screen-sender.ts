/** Sends the shared screen to the server, at the rate that the server asks for. */
import type { ScreenRate } from './protocol.ts'
import type { ScreenShare } from './screen-share.ts'
import { openVideoEncoder, SCREEN_FORM, type FrameEncoder } from './video-encoder.ts'

export interface ScreenSender {
  setShare (share: ScreenShare | undefined): void
  /** Undefined: the server records no screen. */
  setRate (rate: ScreenRate | undefined): void
  /** The next frame will be a key frame. */
  renew (): void
  close (): void
}

interface Options {
  send (message: Uint8Array<ArrayBuffer>): boolean
  /** Whether the session is active and the line has room. */
  maySend (): boolean
}

/** Frames of the screen come when something changes; in between the last one is sent again. */
export function createScreenSender ({ send, maySend }: Options): ScreenSender {
  let share: ScreenShare | undefined
  let rate: ScreenRate | undefined
  let encoder: FrameEncoder | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let sentAtMs = -Infinity
  let round = 0

  const sendFrame = (): void => {
    if (share === undefined || rate === undefined || encoder === undefined || !maySend()) return
    sentAtMs = performance.now()
    // A frame that the browser has taken back meanwhile is left out; the next one follows.
    try { encoder.encode(rate) } catch { encoder.renew() }
  }
  const isDue = (): boolean => rate !== undefined && performance.now() - sentAtMs >= 1000 / rate.fps - EARLY_MS
  const loop = (): void => {
    clearTimeout(timer)
    if (share === undefined || rate === undefined) return
    if (isDue()) sendFrame()
    timer = setTimeout(loop, 1000 / rate.fps)
  }
  const closeEncoder = (): void => {
    round++
    clearTimeout(timer)
    encoder?.close()
    encoder = undefined
  }
  const open = (): void => {
    closeEncoder()
    if (share === undefined || rate === undefined) return
    const mine = round
    // Timers of a page in the background are slow; frames come all the same.
    share.onFrame(() => { if (isDue()) sendFrame() })
    openVideoEncoder({ source: share, form: SCREEN_FORM, send }).then(opened => {
      if (mine !== round) return opened?.close()
      encoder = opened
      loop()
    }).catch(() => {})
  }
  return {
    setShare (next) {
      share?.onFrame(() => {})
      share = next
      open()
    },
    setRate (next) {
      const wasWanted = rate !== undefined
      rate = next
      if (wasWanted !== (next !== undefined)) open()
    },
    renew () { encoder?.renew() },
    close () {
      share?.onFrame(() => {})
      share = undefined
      closeEncoder()
    }
  }
}

/** A timer that comes a little early is on time. */
const EARLY_MS = 50
