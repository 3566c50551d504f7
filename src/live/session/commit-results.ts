import type { EventRow } from '../../../db/index.ts'
import type { EventWriter, RowOwner } from '../../feed/event-writer.ts'
import { withTimeout } from '../../../lib/with-timeout.ts'

/** Tracks whether the rows of one session are committed. */
export class CommitResults {
  readonly #writer: Pick<EventWriter, 'write' | 'hurry'>
  readonly #owner: RowOwner
  readonly #known = new WeakMap<EventRow, Promise<boolean>>()
  #last: Promise<boolean> = Promise.resolve(true)

  constructor (writer: Pick<EventWriter, 'write' | 'hurry'>, owner: RowOwner) {
    this.#writer = writer
    this.#owner = owner
  }

  write (rows: readonly EventRow[]): void {
    this.#last = this.#writer.write(rows, this.#owner)
    for (const row of rows) this.#known.set(row, this.#last)
  }

  /**
   * Settles when the result of all rows so far is known (rows are committed in order); false if that takes longer than
   * `ms`.
   */
  async settled (ms: number): Promise<boolean> {
    this.#writer.hurry()
    return await withTimeout(this.#last, ms) !== undefined
  }

  /** Whether all of these rows are committed; false also if that is not known within `ms`. */
  async stored (rows: readonly EventRow[], ms: number): Promise<boolean> {
    this.#writer.hurry()
    const results = await withTimeout(Promise.all(rows.map(row => this.#known.get(row) ?? false)), ms)
    return results?.every(isStored => isStored) ?? false
  }
}
