import type { EventRow } from '../../../db/index.ts'
import type { EventWriter, RowOwner } from '../../feed/event-writer.ts'
import { within } from '../../with-timeout.ts'

/** What becomes of the rows of one session: whether they are committed. */
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
   * Settles when the fate of all rows until now is known, for rows are committed in their order; false: it was not
   * within `ms`.
   */
  async settled (ms: number): Promise<boolean> {
    this.#writer.hurry()
    return await within(ms, this.#last) !== undefined
  }

  /** Whether exactly these rows are committed; false also where that is not known within `ms`. */
  async stored (rows: readonly EventRow[], ms: number): Promise<boolean> {
    this.#writer.hurry()
    const fates = await within(ms, Promise.all(rows.map(row => this.#known.get(row) ?? false)))
    return fates?.every(isStored => isStored) ?? false
  }
}
