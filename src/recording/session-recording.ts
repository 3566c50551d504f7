import { newId } from '../../db/index.ts'
import { readVp8 } from '../../detection/video/vp8.ts'
import type { PartAbout, RecordKind } from './journal.ts'

/** What a session records, and whose it is. */
export interface RecordedSession {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly mode: 'incidents' | 'full'
}

/** One part on its way to the disk. */
export interface OpenPart {
  media (kind: RecordKind, atMs: number, bytes: Uint8Array): void
  sound (atMs: number, pcm: Float32Array): void
  end (): void
}

export interface SessionRecordingDeps {
  readonly beginPart: (about: PartAbout) => OpenPart
}

/** How much of the past `incidents` keeps in memory, and what of it and of the time after goes into the recording. */
const RING_MS = 15_000
const BEFORE_MS = 5_000
const AFTER_MS = 10_000
/** Of one session; beyond it the oldest go, whatever their time. */
const RING_BYTES_MAX = 4_000_000

type Kept =
  | { readonly kind: 'key' | 'video' | 'picture', readonly atMs: number, readonly bytes: Uint8Array }
  | { readonly kind: 'pcm', readonly atMs: number, readonly pcm: Float32Array }

const sizeOf = (kept: Kept): number => (kept.kind === 'pcm' ? kept.pcm.byteLength : kept.bytes.byteLength)

/**
 * Decides what of one session is recorded, and cuts it into parts: a new part for each connection, for each size of
 * the picture, and between video and single pictures.
 */
export class SessionRecording {
  readonly #session: RecordedSession
  readonly #deps: SessionRecordingDeps
  #part: OpenPart | undefined
  #source: unknown
  #shape = ''
  #newestMs = -Infinity
  #isOver = false
  #ring: Kept[] = []
  #ringBytes = 0
  /** `incidents`: until when pictures are recorded; Infinity while an incident is open. */
  #untilMs = -Infinity

  constructor (session: RecordedSession, deps: SessionRecordingDeps) {
    this.#session = session
    this.#deps = deps
  }

  /** An accepted video chunk. `source` is the connection. */
  video (source: unknown, chunk: { readonly bytes: Uint8Array, readonly isKey: boolean }, atMs: number): void {
    if (this.#isOver) return
    const { bytes, isKey } = chunk
    const size = isKey ? readVp8(bytes)?.size : undefined
    if (isKey && size === undefined) return
    this.#cut(source, size === undefined ? undefined : `vp8 ${size.width}x${size.height}`)
    this.#add({ kind: isKey ? 'key' : 'video', atMs, bytes })
  }

  /** An accepted single picture. */
  picture (source: unknown, bytes: Uint8Array, atMs: number): void {
    if (this.#isOver) return
    this.#cut(source, 'picture')
    this.#add({ kind: 'picture', atMs, bytes })
  }

  sound (pcm: Float32Array, atMs: number): void {
    if (this.#isOver) return
    if (this.#session.mode === 'incidents') this.#keep({ kind: 'pcm', atMs, pcm })
    if (this.#isWanted(atMs)) this.#part?.sound(atMs, pcm)
  }

  /** How many incidents of the session are open now. */
  incidents (open: number, nowMs: number): void {
    if (this.#isOver || this.#session.mode !== 'incidents') return
    if (open > 0) {
      this.#untilMs = Infinity
      if (this.#part === undefined) this.#beginFromRing(nowMs)
    } else if (this.#untilMs === Infinity) {
      this.#untilMs = nowMs + AFTER_MS
    } else if (nowMs > this.#untilMs) {
      this.#endPart()
    }
  }

  /** An incident without duration happened. */
  instant (nowMs: number): void {
    if (this.#isOver || this.#session.mode !== 'incidents' || this.#untilMs === Infinity) return
    this.#untilMs = nowMs + AFTER_MS
    if (this.#part === undefined) this.#beginFromRing(nowMs)
  }

  /** The connection is gone: its part ends. */
  disconnected (): void {
    this.#endPart()
    this.#clearRing()
    this.#source = undefined
  }

  /** Nothing more is recorded. */
  end (): void {
    this.disconnected()
    this.#isOver = true
  }

  #isWanted (atMs: number): boolean {
    return this.#session.mode === 'full' || atMs <= this.#untilMs
  }

  /** Ends the part where a new one must begin. */
  #cut (source: unknown, shape: string | undefined): void {
    if (source === this.#source && (shape === undefined || shape === this.#shape)) return
    this.#endPart()
    this.#clearRing()
    this.#source = source
    this.#shape = shape ?? ''
  }

  #add (given: Kept & { readonly kind: 'key' | 'video' | 'picture' }): void {
    // A file has rising times only.
    const kept = { ...given, atMs: Math.max(given.atMs, this.#newestMs + 1) }
    this.#newestMs = kept.atMs
    if (this.#session.mode === 'incidents') this.#keep(kept)
    if (!this.#isWanted(kept.atMs)) return this.#endPart()
    if (this.#part === undefined) {
      // It begins with a picture that needs none before it.
      if (kept.kind === 'video') return
      if (this.#session.mode === 'incidents') return this.#beginFromRing(kept.atMs)
      this.#begin(kept.atMs)
    }
    this.#part?.media(kept.kind, kept.atMs, kept.bytes)
  }

  #begin (atMs: number): void {
    const { id: sessionId, userId, examId, mode } = this.#session
    this.#part = this.#deps.beginPart({ id: newId(), sessionId, userId, examId, mode, startedAtMs: Math.round(atMs) })
  }

  /** Begins with the newest key frame that is at least five seconds old, or with the oldest there is. */
  #beginFromRing (nowMs: number): void {
    const starts = this.#ring.flatMap(({ kind, atMs }, at) => (kind === 'key' || kind === 'picture' ? [{ at, atMs }] : []))
    const first = starts.findLast(({ atMs }) => atMs <= nowMs - BEFORE_MS) ?? starts[0]
    if (first === undefined) return
    this.#begin(first.atMs)
    for (const kept of this.#ring.slice(first.at)) {
      if (kept.kind === 'pcm') this.#part?.sound(kept.atMs, kept.pcm)
      else this.#part?.media(kept.kind, kept.atMs, kept.bytes)
    }
  }

  #keep (kept: Kept): void {
    this.#ring.push(kept)
    this.#ringBytes += sizeOf(kept)
    let drop = 0
    while (drop < this.#ring.length - 1) {
      const oldest = this.#ring[drop]!
      if (this.#ringBytes <= RING_BYTES_MAX && kept.atMs - oldest.atMs <= RING_MS) break
      this.#ringBytes -= sizeOf(oldest)
      drop++
    }
    if (drop > 0) this.#ring.splice(0, drop)
  }

  #clearRing (): void {
    this.#ring = []
    this.#ringBytes = 0
  }

  #endPart (): void {
    this.#part?.end()
    this.#part = undefined
  }
}
