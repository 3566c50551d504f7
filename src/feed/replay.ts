import type { EventRow } from '../../db/index.ts'

export interface ReplayOptions {
  /** Sends rows to the reader. */
  readonly show: (rows: readonly EventRow[], stored: boolean, isReplay: boolean) => void
  /** Most live rows buffered during a replay. */
  readonly bufferMax: number
  /** The buffer is full: the reader must reconnect. */
  readonly onOverflow: () => void
}

export interface ReplaySteps {
  readonly first?: () => Promise<void>
  readonly page?: ((after: string | undefined) => Promise<readonly EventRow[]>) | undefined
  readonly after?: string | undefined
}

/**
 * The rows of one reader: live ones as they arrive, and stored ones after a cursor. During a replay live rows are
 * buffered, so that none is missed, sent twice or sent out of order.
 */
export class Replay {
  readonly #options: ReplayOptions
  #buffered: Array<{ readonly row: EventRow, readonly stored: boolean, readonly isReplay: boolean }> | undefined

  constructor (options: ReplayOptions) {
    this.#options = options
  }

  /** Sends or buffers live rows; `isReplay` if they may have been sent before. */
  live (rows: readonly EventRow[], stored: boolean, isReplay = false): void {
    if (this.#buffered === undefined) return this.#options.show(rows, stored, isReplay)
    if (this.#buffered.length + rows.length > this.#options.bufferMax) return this.#options.onOverflow()
    for (const row of rows) this.#buffered.push({ row, stored, isReplay })
  }

  /** Buffers live rows from now on, until the next replay has run. */
  bufferLive (): void {
    this.#buffered ??= []
  }

  /**
   * Sends stored rows after `after`, then the buffered ones, then goes live. `page` returns stored rows after a cursor
   * in the order of ids, and an empty page at the end; `first` runs before, while live rows are already buffered. Run
   * one replay at a time.
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
      // Only the newest rows can arrive a second time, over the live feed.
      for (const id of shown) {
        if (shown.size <= this.#options.bufferMax) break
        shown.delete(id)
      }
      cursor = rows.at(-1)!.id
    }
  }
}

/** Groups neighboring rows of the same session; keeps the order, so that the last id sent is the cursor. */
export function runsBySession (rows: readonly EventRow[]): EventRow[][] {
  const runs: EventRow[][] = []
  for (const row of rows) {
    const run = runs.at(-1)
    if (run?.[0]?.sessionId === row.sessionId) run.push(row)
    else runs.push([row])
  }
  return runs
}
