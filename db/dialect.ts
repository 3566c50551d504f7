import type { SQL } from 'drizzle-orm'
import type { AnyMySqlColumn, MySqlInsertValue, MySqlTable, MySqlUpdateSetSource } from 'drizzle-orm/mysql-core'
import type { MySql2Database } from 'drizzle-orm/mysql2'
import { DatabaseError, isContended, toDatabaseError } from './errors.ts'
import { FairGate, type GateRefusal } from './fair-gate.ts'
import type { DatabaseHealth } from './health.ts'
import type { Schema } from './schema.ts'

/** What queries are written with: what drizzle offers alike on all engines. */
export type Queries = Pick<MySql2Database, 'select' | 'insert' | 'update' | 'delete'>

/**
 * What differs between the engines. Each function turns every failure into a `DatabaseError`.
 *
 * Inside `transaction` use only the `Queries` it hands in: a nested `read` or `write` could wait for itself.
 */
export interface Dialect {
  readonly name: 'sqlite' | 'mysql' | 'postgres'
  readonly schema: Schema
  read<T> (query: (db: Queries) => Promise<T>): Promise<T>
  /** One changing statement. It may run again when another writer was in the way. An urgent one goes before others. */
  write<T> (query: (db: Queries) => Promise<T>, length?: WriteLength, urgent?: boolean): Promise<T>
  /** All or nothing. It may run again when another writer was in the way. An urgent one goes before others. */
  transaction<T> (work: (tx: Queries) => Promise<T>, length?: WriteLength, urgent?: boolean): Promise<T>
  /** Rows that a finished insert, update or delete changed; an update that changes nothing may count 0. */
  affected (result: unknown): number
  /**
   * Inserts rows, or what a `select` gives (with a WHERE; all columns in the table's order); where the unique `key` is
   * taken, `set` is done to the row instead. MySQL sets columns in the table's order and lets later ones see the
   * earlier ones' new values. What `affected` says of the result differs: read the row to know.
   */
  upsert<T extends MySqlTable>(
    db: Queries,
    table: T,
    source: ReadonlyArray<MySqlInsertValue<T>> | SQL,
    key: readonly AnyMySqlColumn[],
    set: MySqlUpdateSetSource<T>
  ): Promise<unknown>
  /**
   * Locks the rows that a select in a transaction gives until it ends. SQLite has one writer at a time: there nothing
   * is to be done.
   */
  locked<T> (select: T): T
  /** As `Erasure.purge`. */
  purge (): Promise<boolean>
  ping (): Promise<void>
  /** What the writes of the last moments say. */
  health (): DatabaseHealth
  /** Calls `listener` when the outcome of writes that got no answer is settled in the database: done or undone. */
  onUncertain (listener: () => void): void
  close (): Promise<void>
}

/**
 * `long` for a write that changes many rows: it may take a minute. `short`, when absent, is ended after some seconds.
 */
export type WriteLength = 'short' | 'long'

/**
 * The same dialect with all writes urgent: for what a running exam waits for (answers, hand-in, events, session state).
 */
export function urgent (dialect: Dialect): Dialect {
  return {
    ...dialect,
    write: (query, length) => dialect.write(query, length, true),
    transaction: (work, length) => dialect.transaction(work, length, true)
  }
}

/** Queries that may wait for their turn; beyond it they fail at once with `unavailable`. */
const WAITING_MAX = 2000

/** What each way of refusing a turn is called in `DatabaseError.engineCode`. */
const REFUSALS: Readonly<Record<GateRefusal, string>> = {
  full: 'GATE_QUEUE_FULL',
  'lane-full': 'LANE_FULL',
  late: 'TURN_TIMEOUT'
}

/** Where the queries of all lanes take turns, `atOnce` of them at a time. */
export function createGate (atOnce: number): FairGate {
  return new FairGate({
    atOnce,
    waitingMax: WAITING_MAX,
    refuse: why => new DatabaseError('unavailable', REFUSALS[why])
  })
}

/** How long a contended write is tried again: longer than any transaction here takes, shorter than a client waits. */
export const CONTENDED_MS_MAX = 8000

/** A monotonic clock. */
const steadyMs = (): number => performance.now()

/**
 * Runs `attempt`, again while another writer is in the way and `untilMs` (of `now`) has not come, with growing random
 * pauses.
 *
 * Throws the `DatabaseError` of the last attempt, or `unavailable` without one where the wait for the turn has used up
 * the time.
 */
export async function retryContended<T> (
  attempt: () => Promise<T>,
  now: () => number = steadyMs,
  untilMs = now() + CONTENDED_MS_MAX
): Promise<T> {
  if (now() > untilMs) throw new DatabaseError('unavailable', 'TURN_TIMEOUT')
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 200)) {
    try {
      return await attempt()
    } catch (cause) {
      const error = toDatabaseError(cause)
      if (!isContended(error) || now() > untilMs) throw error
      await new Promise(resolve => setTimeout(resolve, pauseMs * (0.5 + Math.random())))
    }
  }
}

/** What a query after `close` gets. */
export function closedError (): DatabaseError {
  return new DatabaseError('unavailable', 'CLIENT_CLOSED')
}
