import type { EvidenceAbout, OpenPart } from './journal.ts'
import type { Kept, MediaRing } from './media-ring.ts'

const BEFORE_MS = 5_000
const AFTER_MS = 5_000
const LENGTH_MS_MAX = 60_000
/** Clips of one session that are written at the same time. */
const OPEN_MAX = 4

export interface ClippedIncident extends Pick<EvidenceAbout, 'eventId' | 'atMs'> {
  readonly kind: 'clip' | 'sound'
  /** Its number in the session. */
  readonly incident: number
  /** It lasts until `ended` is called. */
  readonly isLasting: boolean
}

interface OpenClip extends ClippedIncident {
  /** Undefined until there is a piece that it can begin with. */
  part: OpenPart | undefined
  untilMs: number
}

/** The clips of a session's incidents: from five seconds before until five seconds after, a minute at most. */
export class IncidentClips {
  readonly #beginPart: (about: EvidenceAbout, startedAtMs: number) => OpenPart
  #open: OpenClip[] = []

  constructor (beginPart: (about: EvidenceAbout, startedAtMs: number) => OpenPart) {
    this.#beginPart = beginPart
  }

  /** False when too many are open. */
  begin (incident: ClippedIncident, ring: MediaRing): boolean {
    if (this.#open.length >= OPEN_MAX) return false
    const { kind, atMs, isLasting } = incident
    const lastMs = atMs - BEFORE_MS + LENGTH_MS_MAX
    const clip = { ...incident, part: undefined, untilMs: isLasting ? lastMs : Math.min(lastMs, atMs + AFTER_MS) }
    this.#open.push(clip)
    const fromMs = atMs - BEFORE_MS
    for (const kept of kind === 'clip' ? ring.from(fromMs) : ring.soundFrom(fromMs)) this.#write(clip, kept)
    return true
  }

  ended (incident: number, atMs: number): void {
    for (const clip of this.#open) {
      if (clip.incident === incident) clip.untilMs = Math.min(clip.untilMs, atMs + AFTER_MS)
    }
  }

  add (kept: Kept): void {
    this.endDue(kept.atMs)
    for (const clip of this.#open) this.#write(clip, kept)
  }

  /** Ends the clips that are long enough at `nowMs`. */
  endDue (nowMs: number): void {
    if (!this.#open.some(({ untilMs }) => nowMs > untilMs)) return
    for (const { untilMs, part } of this.#open) if (nowMs > untilMs) part?.end()
    this.#open = this.#open.filter(({ untilMs }) => nowMs <= untilMs)
  }

  endAll (): void {
    for (const { part } of this.#open) part?.end()
    this.#open = []
  }

  #write (clip: OpenClip, kept: Kept): void {
    const isStart = clip.kind === 'sound' ? kept.kind === 'pcm' : kept.kind === 'key' || kept.kind === 'picture'
    if (clip.part === undefined) {
      if (!isStart) return
      const { eventId, kind, atMs } = clip
      clip.part = this.#beginPart({ eventId, kind, atMs, seen: {} }, kept.atMs)
    }
    if (kept.kind === 'pcm') clip.part.sound(kept.atMs, kept.pcm)
    else if (clip.kind === 'clip') clip.part.media(kept.kind, kept.atMs, kept.bytes)
  }
}
