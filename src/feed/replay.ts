import type { EventRow } from '../../db/index.ts'

export interface ReplayOptions {
  /** Passes rows on to the reader. */
  readonly show: (rows: readonly EventRow[], stored: boolean, isReplay: boolean) => void
  /** Live rows that may be held back during a replay. */
  readonly bufferMax: number
  /** More live rows came than may be held: the reader has to come again. */
  readonly onOverflow: () => void
}

export interface ReplaySteps {
  readonly first?: () => Promise<void>
  readonly page?: ((after: string | undefined) => Promise<readonly EventRow[]>) | undefined
  readonly after?: string | undefined
}

/**
 * What one reader gets to see: live rows as they come, and stored ones from a cursor on. During a replay live rows are
 * held back, so that none is missed, shown twice or shown out of order.
 */
export class Replay {
  readonly #options: ReplayOptions
  #buffered: Array<{ readonly row: EventRow, readonly stored: boolean, readonly isReplay: boolean }> | undefined

  constructor (options: ReplayOptions) {
    this.#options = options
  }

  /** Rows as they come; `isReplay`: they may have come before. */
  live (rows: readonly EventRow[], stored: boolean, isReplay = false): void {
    if (this.#buffered === undefined) return this.#options.show(rows, stored, isReplay)
    if (this.#buffered.length + rows.length > this.#options.bufferMax) return this.#options.onOverflow()
    for (const row of rows) this.#buffered.push({ row, stored, isReplay })
  }

  /** Holds live rows back from now on: the replay to come shows them in their place. */
  bufferLive (): void {
    this.#buffered ??= []
  }

  /**
   * Shows what is stored above `after`, then what came meanwhile, then goes live. `page` gives stored rows above a
   * cursor in the order of ids, an empty page being the end; `first` is done before, with live rows held back already.
   * One at a time.
   */
  async run ({ first, page, after }: ReplaySteps): Promise<void> {
    this.#buffered ??= []
    const replayedIds = new Set<string>()
    try {
      await first?.()
      if (page !== undefined) await this.#showPages(page, after, replayedIds)
    } finally {
      const buffered = this.#buffered ?? []
      this.#buffered = undefined
      for (const { row, stored, isReplay } of buffered) {
        if (!replayedIds.has(row.id)) this.#options.show([row], stored, isReplay)
      }
    }
  }

  async #showPages (
    page: NonNullable<ReplaySteps['page']>,
    after: string | undefined,
    shown: Set<string>
  ): Promise<void> {
    for (let cursor = after; ;) {
      const rows = await page(cursor)
      if (rows.length === 0) return
      this.#options.show(rows, true, true)
      for (const row of rows) shown.add(row.id)
      // Only rows of the last moments can come a second time, by the live way.
      for (const id of shown) {
        if (shown.size <= this.#options.bufferMax) break
        shown.delete(id)
      }
      cursor = rows.at(-1)!.id
    }
  }
}

/** Neighbouring rows of the same session together; the order stays, so that the last id sent is the cursor. */
export function runsBySession (rows: readonly EventRow[]): EventRow[][] {
  const runs: EventRow[][] = []
  for (const row of rows) {
    const run = runs.at(-1)
    if (run?.[0]?.sessionId === row.sessionId) run.push(row)
    else runs.push([row])
  }
  return runs
}
