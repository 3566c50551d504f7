import type { EventRow } from '../../../db/index.ts'
import type { Limits } from '../../limits.ts'
import { isKnown, type Report } from '../../protocol/event-report.ts'

/**
 * Counts the events of own kinds (`x_…`) that a session's page has reported. The rules limit repeated events of known
 * kinds; for own kinds there are no rules, so a session accepts a fixed number. Reports of staff and of other systems
 * do not count.
 */
export class CustomEventQuota {
  readonly #kinds = new Set<string>()
  #count = 0

  add ({ kind, phase, detail }: Pick<EventRow, 'kind' | 'phase' | 'detail'>): void {
    if (phase === 'end' || !isOfPage({ kind, detail })) return
    this.#kinds.add(kind)
    this.#count++
  }

  /** Whether the quota has room for all of these. */
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
