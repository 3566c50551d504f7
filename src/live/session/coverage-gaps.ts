import type { EventRow } from '../../../db/index.ts'

/** A time in which the session was open and the candidate was not seen. */
export interface Gap {
  readonly startedAtMs: number
  /** Null while it lasts. */
  readonly endedAtMs: number | null
  /** The main cause; all causes are in `causesMs` once the gap has ended. */
  readonly cause: string
  readonly causesMs: Readonly<Record<string, number>>
}

/** Most gaps in a summary; its sums include all gaps. */
const LISTED_MAX = 100

/** The gaps of a session, computed from its `watch_gap` rows. */
export class CoverageGaps {
  readonly #gaps = new Map<number, Gap>()

  add ({ kind, phase, incident, atMs, detail }: EventRow): void {
    if (kind !== 'watch_gap') return
    const cause = String(detail['cause'] ?? 'silent')
    const known = this.#gaps.get(incident)
    if (phase === 'start') {
      this.#gaps.set(incident, known ?? { startedAtMs: atMs, endedAtMs: null, cause, causesMs: {} })
    } else {
      this.#gaps.set(incident, {
        startedAtMs: known?.startedAtMs ?? atMs,
        endedAtMs: atMs,
        cause: detail['cause'] === undefined ? (known?.cause ?? cause) : cause,
        causesMs: causesOf(detail)
      })
    }
  }

  copy (): CoverageGaps {
    const copy = new CoverageGaps()
    for (const [incident, gap] of this.#gaps) copy.#gaps.set(incident, gap)
    return copy
  }

  clear (): void {
    this.#gaps.clear()
  }

  /** The newest gaps, oldest first. */
  list (): Gap[] {
    return [...this.#gaps.values()].slice(-LISTED_MAX)
  }

  /** Milliseconds by cause, of all gaps until `untilMs`. */
  unseenMs (untilMs: number): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const { startedAtMs, endedAtMs, cause, causesMs } of this.#gaps.values()) {
      const causes = Object.entries(causesMs)
      // An open gap, or one that a restart has ended, has only its first cause.
      for (const [name, ms] of causes.length > 0
        ? causes
        : [[cause, Math.max(0, (endedAtMs ?? untilMs) - startedAtMs)] as const]) {
        sums[name] = (sums[name] ?? 0) + Math.round(ms)
      }
    }
    return sums
  }
}

function causesOf (detail: EventRow['detail']): Record<string, number> {
  const causes = detail['causesMs']
  return typeof causes === 'object' && causes !== null ? { ...causes as Record<string, number> } : {}
}
