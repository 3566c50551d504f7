import { DatabaseError, type EventRow, type Events } from '../../db/index.ts'
import type { Counters } from './counters.ts'

export interface EventWriterOptions {
  /** Rows of one commit; the database takes 100 in one insert. */
  readonly groupRows: number
  /** How long a row may wait for others to join its commit. */
  readonly groupMs: number
  /** Rows that may wait while the database is away, some 20 MB at most; further ones are not stored. */
  readonly rowsMax: number
  /** A row that is not committed after this long is shown live, marked as not stored (yet). */
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

/** The longest pause between tries once we are closing. */
const CLOSING_BACKOFF_MS = 200

/** Told about rows of one session in their order: `false` = shown but not committed, `true` = committed. */
export type Written = (rows: readonly EventRow[], stored: boolean) => void

interface Entry {
  readonly row: EventRow
  readonly written: Written
  readonly queuedAtMs: number
  shown: boolean
}

/**
 * Stores events in groups and says of each when it is committed.
 *
 * Order is kept: one commit at a time, a failed one is tried again with back-off. While the database is away the live
 * feed goes on: a row still waiting after `showAfterMs` is shown as not stored, and once more when it is. What exceeds
 * `rowsMax` is shown, counted as lost, and never stored.
 */
export class EventWriter {
  readonly #events: Pick<Events, 'append'>
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

  constructor (events: Pick<Events, 'append'>, counters: Counters['events'], onError: (error: unknown) => void, options: EventWriterOptions = EVENT_WRITER) {
    this.#events = events
    this.#counters = counters
    this.#onError = onError
    this.#options = options
  }

  /** Rows that wait for their commit. */
  get waiting (): number {
    return this.#queue.length
  }

  /** The last commit failed and is being tried again. */
  get degraded (): boolean {
    return this.#failures > 0
  }

  write (rows: readonly EventRow[], written: Written): void {
    if (rows.length === 0) return
    const room = Math.max(0, this.#options.rowsMax - this.#queue.length)
    const queuedAtMs = performance.now()
    for (const row of rows.slice(0, room)) this.#queue.push({ row, written, queuedAtMs, shown: false })
    if (rows.length > room) {
      this.#counters.lost += rows.length - room
      this.#tell(written, rows.slice(room), false)
    }
    this.#schedule()
    this.#watchLate()
  }

  /** Settles when what waits now is committed, or after `patienceMs`. */
  async flush (patienceMs = 3_000): Promise<void> {
    if (this.#queue.length === 0 || this.#stopped) return
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => { timer = setTimeout(resolve, patienceMs) })
    this.#start()
    // New rows may join while it works; a session that ends waits for them too, which costs one commit at most.
    await Promise.race([this.#working, patience])
    clearTimeout(timer)
  }

  /** Commits what waits; gives up on a database that stays away for `patienceMs`. Gives the number of rows left. */
  async close (patienceMs = 3_000): Promise<number> {
    this.#closing = true
    this.#wake?.()
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => { timer = setTimeout(resolve, patienceMs) })
    await Promise.race([this.#drain(), patience])
    clearTimeout(timer)
    this.#stopped = true
    this.#wake?.()
    clearTimeout(this.#timer)
    clearTimeout(this.#showTimer)
    this.#counters.lost += this.#queue.length
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
      const group = this.#queue.slice(0, this.#options.groupRows)
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

  /** Throws when the database is away; a row that it refuses by itself is counted as lost and does not sink the others. */
  async #commit (group: readonly Entry[]): Promise<void> {
    const rows = group.map(entry => entry.row)
    try {
      const { missingSessionIds } = await this.#events.append(rows)
      this.#settle(group, new Set(missingSessionIds))
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code === 'unavailable') throw error
      await this.#commitSingly(group)
    }
  }

  async #commitSingly (group: readonly Entry[]): Promise<void> {
    for (const entry of group) {
      try {
        const { missingSessionIds } = await this.#events.append([entry.row])
        this.#settle([entry], new Set(missingSessionIds))
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code === 'unavailable') throw error
        // Already there: a commit whose answer was lost.
        if (error.code !== 'unique') this.#onError(error)
        this.#settle([entry], error.code === 'unique' ? new Set() : new Set([entry.row.sessionId]))
      }
    }
  }

  #settle (group: readonly Entry[], missing: ReadonlySet<string>): void {
    this.#queue.splice(0, group.length)
    const stored = group.filter(entry => !missing.has(entry.row.sessionId))
    const refused = group.filter(entry => missing.has(entry.row.sessionId))
    this.#counters.stored += stored.length
    this.#counters.lost += refused.length
    this.#tellAll(stored, true)
    this.#tellAll(refused.filter(entry => !entry.shown), false)
  }

  /** Shows, as not stored, what has waited for too long. */
  #watchLate (): void {
    this.#showTimer ??= setTimeout(() => {
      this.#showTimer = undefined
      const dueMs = performance.now() - this.#options.showAfterMs
      const late = this.#queue.filter(entry => !entry.shown && entry.queuedAtMs <= dueMs)
      for (const entry of late) entry.shown = true
      this.#tellAll(late, false)
      if (this.#queue.some(entry => !entry.shown)) this.#watchLate()
    }, this.#options.showAfterMs)
    this.#showTimer.unref()
  }

  /** One call for each run of rows with the same listener. */
  #tellAll (entries: readonly Entry[], stored: boolean): void {
    const groups = new Map<Written, EventRow[]>()
    for (const { row, written } of entries) {
      const rows = groups.get(written)
      if (rows === undefined) groups.set(written, [row])
      else rows.push(row)
    }
    for (const [written, rows] of groups) this.#tell(written, rows, stored)
  }

  #tell (written: Written, rows: readonly EventRow[], stored: boolean): void {
    try {
      written(rows, stored)
    } catch (error) {
      this.#onError(error)
    }
  }
}
