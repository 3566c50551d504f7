import { DatabaseError, type EventRow, type Events } from '../../db/index.ts'
import type { Counters } from '../counters.ts'
import { withTimeout } from '../../lib/with-timeout.ts'

export interface EventWriterOptions {
  /** Rows per commit; the database accepts 100 in one insert. */
  readonly groupRows: number
  /** How long a row waits for others to join its commit. */
  readonly groupMs: number
  /** Most waiting rows while the database is unavailable, about 20 MB; further ones are not stored. */
  readonly rowsMax: number
  /** A row without a commit after this long is published as not stored. */
  readonly showAfterMs: number
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
}

export const EVENT_WRITER: EventWriterOptions = {
  groupRows: 100,
  groupMs: 50,
  rowsMax: 20_000,
  showAfterMs: 1_000,
  backoffMinMs: 50,
  backoffMaxMs: 5_000
}

/** Longest pause between tries while closing. */
const CLOSING_BACKOFF_MS = 200

/** The session in memory that raised the rows. */
export interface RowOwner {
  /** The epoch under which this gateway holds the session; the database refuses rows of an earlier one. */
  readonly epoch: number
  /** Called for its rows in order: `false` if they are not committed yet or never will be, `true` if committed. */
  onWritten (rows: readonly EventRow[], stored: boolean): void
  /** The database has refused rows: another gateway owns the session, or it has ended. */
  onRefused (): void
}

/** The rows of one call of `write`. */
interface Batch {
  waiting: number
  isStored: boolean
  readonly settle: (isStored: boolean) => void
}

interface Entry {
  readonly row: EventRow
  readonly owner: RowOwner
  readonly batch: Batch
  readonly queuedAtMs: number
  isPublished: boolean
}

/** Once a row has waited this long the database counts as unable to write. */
const DEGRADED_MS = 3_000

/**
 * An outbox: stores event rows in groups, and reports when each is committed.
 *
 * The order is kept: one commit at a time, and a failed one is retried with back-off. While the database is unavailable
 * the live feed continues: a row still waiting after `showAfterMs` is published as not stored, and again when it is
 * stored. Rows beyond `rowsMax` are published, counted as lost, and never stored. The database refuses rows of a
 * session that this gateway no longer owns; they are counted as lost and not published.
 */
export class EventWriter {
  readonly #events: Pick<Events, 'appendOwned'>
  readonly #counters: Counters['events']
  readonly #onError: (error: unknown) => void
  readonly #options: EventWriterOptions
  #queue: Entry[] = []
  #timer: NodeJS.Timeout | undefined
  #showTimer: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined
  #working: Promise<void> | undefined
  #failures = 0
  #closing = false
  #stopped = false

  constructor (
    events: Pick<Events, 'appendOwned'>,
    counters: Counters['events'],
    onError: (error: unknown) => void,
    options: EventWriterOptions = EVENT_WRITER
  ) {
    this.#events = events
    this.#counters = counters
    this.#onError = onError
    this.#options = options
  }

  /** Number of rows that wait for their commit. */
  get waiting (): number {
    return this.#queue.length
  }

  /** Whether the last commit failed, or one has been waiting for too long. */
  get degraded (): boolean {
    return this.#failures > 0 || performance.now() - (this.#queue[0]?.queuedAtMs ?? Infinity) > DEGRADED_MS
  }

  /**
   * Queues rows of one session. Settles, and never rejects, when the result of all of them is known: true if they are
   * committed, false if one was refused or dropped.
   */
  async write (rows: readonly EventRow[], owner: RowOwner): Promise<boolean> {
    if (rows.length === 0) return true
    const room = this.#stopped ? 0 : Math.max(0, this.#options.rowsMax - this.#queue.length)
    const left = rows.slice(room)
    const queuedAtMs = performance.now()
    const settled = new Promise<boolean>(resolve => {
      const batch: Batch = { waiting: rows.length - left.length, isStored: left.length === 0, settle: resolve }
      for (const row of rows.slice(0, room)) this.#queue.push({ row, owner, batch, queuedAtMs, isPublished: false })
      if (batch.waiting === 0) resolve(false)
    })
    if (left.length > 0) {
      this.#counters.lost += left.length
      this.#notify(owner, left, false)
    }
    this.#schedule()
    this.#watchLate()
    return await settled
  }

  /** Starts the next commit now, without waiting for more rows. */
  hurry (): void {
    if (this.#queue.length > 0 && !this.#stopped) this.#start()
  }

  /** Settles when the waiting rows are committed, or after `patienceMs`; returns whether the queue is empty. */
  async flush (patienceMs = 3_000): Promise<boolean> {
    this.hurry()
    // Rows that are queued meanwhile cost one more commit at most.
    await withTimeout(this.#working, patienceMs)
    return this.#queue.length === 0
  }

  /** Commits the waiting rows for at most `patienceMs`; returns the number of rows left. */
  async close (patienceMs = 3_000): Promise<number> {
    this.#closing = true
    this.#wake?.()
    await withTimeout(this.#drain(), patienceMs)
    this.#stopped = true
    this.#wake?.()
    clearTimeout(this.#timer)
    clearTimeout(this.#showTimer)
    this.#counters.lost += this.#queue.length
    for (const { batch } of this.#queue) batch.settle(false)
    return this.#queue.length
  }

  async #drain (): Promise<void> {
    while (this.#queue.length > 0 && !this.#stopped) {
      this.#start()
      await this.#working
    }
  }

  #schedule (): void {
    if (this.#working !== undefined) return
    if (this.#queue.length >= this.#options.groupRows || this.#closing) return this.#start()
    this.#timer ??= setTimeout(() => this.#start(), this.#options.groupMs)
  }

  #start (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#working ??= this.#work().catch(this.#onError).finally(() => {
      this.#working = undefined
      if (this.#queue.length > 0 && !this.#closing) this.#schedule()
    })
  }

  async #work (): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#nextGroup()
      try {
        await this.#commit(group)
        this.#failures = 0
      } catch (error) {
        this.#failures++
        this.#counters.retried++
        this.#onError(error)
        if (this.#stopped) return
        const backoffMs = Math.min(this.#options.backoffMaxMs, this.#options.backoffMinMs * 2 ** (this.#failures - 1))
        await this.#pause(this.#closing ? Math.min(backoffMs, CLOSING_BACKOFF_MS) : backoffMs)
        if (this.#stopped) return
      }
    }
  }

  /** The first rows, up to a session with two epochs: this gateway may have lost a session and taken it again. */
  #nextGroup (): Entry[] {
    const epochs = new Map<string, number>()
    const group: Entry[] = []
    for (const entry of this.#queue) {
      const { row: { sessionId }, owner: { epoch } } = entry
      if (group.length === this.#options.groupRows || (epochs.get(sessionId) ?? epoch) !== epoch) break
      epochs.set(sessionId, epoch)
      group.push(entry)
    }
    return group
  }

  async #pause (durationMs: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, durationMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }

  /**
   * Commits a group; throws while the database is unavailable. If the database cannot store one of the rows, that row
   * is counted as lost and the others are stored.
   */
  async #commit (group: readonly Entry[]): Promise<void> {
    try {
      this.#settle(group, await this.#append(group))
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code === 'unavailable') throw error
      await this.#commitSingly(group)
    }
  }

  async #commitSingly (group: readonly Entry[]): Promise<void> {
    for (const entry of group) {
      try {
        this.#settle([entry], await this.#append([entry]))
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code === 'unavailable') throw error
        this.#onError(error)
        this.#discard(entry)
      }
    }
  }

  async #append (group: readonly Entry[]): Promise<ReadonlySet<string>> {
    const epochs = new Map(group.map(({ row, owner }) => [row.sessionId, owner.epoch]))
    return new Set(await this.#events.appendOwned(group.map(({ row }) => row), epochs))
  }

  #settle (group: readonly Entry[], refusedIds: ReadonlySet<string>): void {
    this.#queue.splice(0, group.length)
    const stored = group.filter(({ row }) => !refusedIds.has(row.id))
    const refused = group.filter(({ row }) => refusedIds.has(row.id))
    this.#counters.stored += stored.length
    this.#counters.lost += refused.length
    this.#notifyAll(stored, true)
    for (const owner of new Set(refused.map(entry => entry.owner))) this.#guard(() => owner.onRefused())
    // The owners are notified before the batches settle, so that awaiting callers see the complete result.
    for (const { row, batch } of group) {
      if (refusedIds.has(row.id)) batch.isStored = false
      if (--batch.waiting === 0) batch.settle(batch.isStored)
    }
  }

  /** Drops a row that the database cannot store. */
  #discard (entry: Entry): void {
    this.#queue.shift()
    this.#counters.lost++
    if (!entry.isPublished) this.#notify(entry.owner, [entry.row], false)
    entry.batch.isStored = false
    if (--entry.batch.waiting === 0) entry.batch.settle(false)
  }

  /** Publishes rows that have waited for too long as not stored. */
  #watchLate (): void {
    this.#showTimer ??= setTimeout(() => {
      this.#showTimer = undefined
      const dueMs = performance.now() - this.#options.showAfterMs
      const late = this.#queue.filter(entry => !entry.isPublished && entry.queuedAtMs <= dueMs)
      for (const entry of late) entry.isPublished = true
      this.#notifyAll(late, false)
      if (this.#queue.some(entry => !entry.isPublished)) this.#watchLate()
    }, this.#options.showAfterMs)
    this.#showTimer.unref()
  }

  /** Notifies each owner once, with all its rows. */
  #notifyAll (entries: readonly Entry[], stored: boolean): void {
    const groups = new Map<RowOwner, EventRow[]>()
    for (const { row, owner } of entries) {
      const rows = groups.get(owner)
      if (rows === undefined) groups.set(owner, [row])
      else rows.push(row)
    }
    for (const [owner, rows] of groups) this.#notify(owner, rows, stored)
  }

  #notify (owner: RowOwner, rows: readonly EventRow[], stored: boolean): void {
    this.#guard(() => owner.onWritten(rows, stored))
  }

  #guard (call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#onError(error)
    }
  }
}
