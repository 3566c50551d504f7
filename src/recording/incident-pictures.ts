/** Width of the pictures that are kept of incidents, at most. */
export const PICTURE_WIDTH = 640
/** A picture this much older than an incident without scores still shows it. */
const OLD_MS = 2_000
/** How long such an incident waits for a picture. */
const WAIT_MS = 10_000
/** The best picture is one of an incident's first minute. */
const LOOK_MS = 60_000
/** Incidents of one session that wait for their picture at the same time. */
const OPEN_MAX = 20

/** A frame that the worker has decoded, with what it found in it. */
export interface OfferedPicture {
  readonly atMs: number
  readonly jpeg: Uint8Array
  /** Boxes and numbers; they are not drawn into the picture. */
  readonly seen: Readonly<Record<string, unknown>>
}

/** What a rule says of the newest frame; 1 is its limit. `isRising`: it has not raised an event yet. */
export interface RuleScore {
  readonly kind: string
  readonly score: number
  readonly isRising: boolean
}

interface Waiting {
  readonly eventId: string
  readonly kind: string
  readonly atMs: number
  hasEnded: boolean
}

/**
 * Finds the picture of each incident: of a rule on frames the one with the highest score, of others the next one.
 * Pictures are made only while a rule rises or an incident waits.
 */
export class IncidentPictures {
  readonly #keep: (incident: Pick<Waiting, 'eventId'>, picture: OfferedPicture) => void
  #latest: OfferedPicture | undefined
  /** By kind. */
  readonly #best = new Map<string, OfferedPicture & { readonly score: number }>()
  /** By number of the incident. */
  readonly #waiting = new Map<number, Waiting>()
  #isRising = false

  constructor (keep: (incident: Pick<Waiting, 'eventId'>, picture: OfferedPicture) => void) {
    this.#keep = keep
  }

  /** Whether the next frame should come with a picture. */
  get isWanted (): boolean {
    return this.#isRising || this.#waiting.size > 0
  }

  offer (picture: OfferedPicture): void {
    this.#latest = picture
  }

  /** False when too many wait. */
  began (incident: number, about: Omit<Waiting, 'hasEnded'>, isLasting: boolean): boolean {
    if (this.#waiting.size >= OPEN_MAX) return false
    this.#waiting.set(incident, { ...about, hasEnded: !isLasting })
    return true
  }

  ended (incident: number): void {
    const waiting = this.#waiting.get(incident)
    if (waiting !== undefined) waiting.hasEnded = true
  }

  /** The rules have judged the frame of `atMs`; call it after `began` and `ended` of what they raised. */
  scored (scores: readonly RuleScore[], atMs: number): void {
    this.#isRising = scores.some(({ isRising }) => isRising)
    const latest = this.#latest
    if (latest?.atMs === atMs) {
      for (const { kind, score } of scores) {
        if (score > (this.#best.get(kind)?.score ?? -Infinity)) this.#best.set(kind, { ...latest, score })
      }
    }
    this.settle(atMs)
    const kinds = new Set(scores.map(({ kind }) => kind))
    for (const kind of this.#best.keys()) if (!kinds.has(kind)) this.#best.delete(kind)
    if (!this.isWanted) this.#latest = undefined
  }

  /** Keeps what is decided at `nowMs`. */
  settle (nowMs: number): void {
    for (const [incident, waiting] of this.#waiting) {
      const best = this.#best.get(waiting.kind)
      if (best !== undefined && !waiting.hasEnded && nowMs - waiting.atMs < LOOK_MS) continue
      const picture = best ?? this.#near(waiting)
      if (picture !== undefined) this.#keep(waiting, picture)
      if (picture !== undefined || nowMs - waiting.atMs > WAIT_MS) this.#waiting.delete(incident)
    }
  }

  /** The connection or the session is over: keeps what there is. */
  end (): void {
    for (const waiting of this.#waiting.values()) {
      const picture = this.#best.get(waiting.kind) ?? this.#near(waiting)
      if (picture !== undefined) this.#keep(waiting, picture)
    }
    this.#waiting.clear()
    this.#best.clear()
    this.#latest = undefined
    this.#isRising = false
  }

  #near ({ atMs }: Waiting): OfferedPicture | undefined {
    return this.#latest !== undefined && this.#latest.atMs >= atMs - OLD_MS ? this.#latest : undefined
  }
}
