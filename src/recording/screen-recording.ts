import { newId } from '../../db/index.ts'
import { readVp8 } from '../../detection/video/vp8.ts'
import type { OpenPart, PartAbout } from './journal.ts'
import { MediaClock } from './media-clock.ts'

export interface ScreenRecordingDeps {
  readonly beginPart: (about: PartAbout) => OpenPart
}

/** The session that is recorded. */
export interface ScreenOf {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
}

/** Writes the frames of a session's screen, and begins a new part for each connection and each size of the picture. */
export class ScreenRecording {
  readonly #session: ScreenOf
  readonly #deps: ScreenRecordingDeps
  #part: OpenPart | undefined
  #source: unknown
  #shape = ''
  #newestMs = -Infinity
  readonly #clock = new MediaClock()
  #isOver = false

  constructor (session: ScreenOf, deps: ScreenRecordingDeps) {
    this.#session = session
    this.#deps = deps
  }

  /**
   * Writes a frame. The caller has written all frames that this one depends on. Returns false when the recording is
   * over. `source` is the connection, `claimedMs` the client's capture time.
   */
  video (
    source: unknown,
    chunk: { readonly bytes: Uint8Array, readonly isKey: boolean },
    judgedMs: number,
    claimedMs?: number
  ): boolean {
    if (this.#isOver) return false
    const { bytes, isKey } = chunk
    const size = isKey ? readVp8(bytes)?.size : undefined
    const shape = size === undefined ? this.#shape : `${size.width}x${size.height}`
    if (source !== this.#source) this.#clock.reset()
    if (source !== this.#source || shape !== this.#shape) this.disconnected()
    this.#source = source
    this.#shape = shape
    // A file has rising times only.
    const atMs = Math.max(this.#clock.at(claimedMs, judgedMs), this.#newestMs + 1)
    this.#newestMs = atMs
    if (this.#part === undefined) {
      if (!isKey) return true
      const { id: sessionId, userId, examId } = this.#session
      const about = { id: newId(), sessionId, userId, examId, mode: 'full', source: 'screen' } as const
      this.#part = this.#deps.beginPart({ ...about, startedAtMs: Math.round(atMs) })
    }
    this.#part.media(isKey ? 'key' : 'video', atMs, bytes)
    return !this.#isOver
  }

  /** The connection is gone, or the screen is shared no longer: the part ends. */
  disconnected (): void {
    this.#part?.end()
    this.#part = undefined
    this.#source = undefined
  }

  /** Nothing more is recorded. */
  end (): void {
    this.disconnected()
    this.#isOver = true
  }
}
