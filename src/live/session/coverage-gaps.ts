import type { EventRow } from '../../../db/index.ts'

/** A stretch of the open time in which the candidate was not seen. */
export interface Gap {
  readonly startedAtMs: number
  /** Null while it lasts. */
  readonly endedAtMs: number | null
  /** What it was due to for the most part; more in `causesMs`, once it has ended. */
  readonly cause: string
  readonly causesMs: Readonly<Record<string, number>>
}

/** Gaps that a summary lists; their times are summed up over all of them. */
const LISTED_MAX = 100

/** The gaps of a session, as its events tell of them. */
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

  /** The newest ones, in their order. */
  list (): Gap[] {
    return [...this.#gaps.values()].slice(-LISTED_MAX)
  }

  /** Milliseconds by cause, of all gaps until `untilMs`. */
  unseenMs (untilMs: number): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const { startedAtMs, endedAtMs, cause, causesMs } of this.#gaps.values()) {
      const causes = Object.entries(causesMs)
      // One that lasts, or that a restart has ended, is due to what it began with.
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
