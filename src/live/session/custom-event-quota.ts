import type { EventRow } from '../../../db/index.ts'
import type { Limits } from '../../limits.ts'
import { isKnown, type Report } from '../../protocol/event-report.ts'

/**
 * Events of kinds of their own that a session's page has told of. The rules keep back what a page repeats of known
 * kinds; of these nobody knows how often they should come, so a session takes so many and no more. What staff and other
 * systems tell is not among them.
 */
export class CustomEventQuota {
  readonly #kinds = new Set<string>()
  #count = 0

  add ({ kind, phase, detail }: Pick<EventRow, 'kind' | 'phase' | 'detail'>): void {
    if (phase === 'end' || !isOfPage({ kind, detail })) return
    this.#kinds.add(kind)
    this.#count++
  }

  /** Whether all of these can still be taken. */
  withinQuota (
    reports: ReadonlyArray<Pick<Report, 'kind' | 'detail'>>,
    { ownKindsMax, ownEventsMax }: Pick<Limits, 'ownKindsMax' | 'ownEventsMax'>
  ): boolean {
    const own = reports.filter(isOfPage)
    if (own.length === 0) return true
    return (
      this.#count + own.length <= ownEventsMax &&
      new Set([...this.#kinds, ...own.map(({ kind }) => kind)]).size <= ownKindsMax
    )
  }

  clear (): void {
    this.#kinds.clear()
    this.#count = 0
  }
}

function isOfPage ({ kind, detail }: Pick<Report, 'kind' | 'detail'>): boolean {
  return !isKnown(kind) && detail['source'] === 'page'
}
