import { SQL } from 'drizzle-orm'
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import { createPool, type Pool, type PoolConnection } from 'mysql2/promise'
import { withTimeout } from '../lib/with-timeout.ts'
import { closedError, createGate, retryContended, type Dialect, type WriteLength } from './dialect.ts'
import { DatabaseError, isPacketTooLarge, OUTCOME_UNKNOWN, PACKET_TOO_LARGE, toDatabaseError } from './errors.ts'
import type { FairGate } from './fair-gate.ts'
import { WriteWatch } from './health.ts'
import { createInterrupter, type Interrupter, type InterrupterOptions } from './interrupter.ts'
import { laneNow, runInLane, SYSTEM_LANE } from './lane.ts'
import { isLargerThanPacket } from './packet-size.ts'
import { Running } from './running.ts'
import * as schema from './schema-mysql.ts'

/** Queries wait in the gates; besides them only migrations ask the pool for a connection. */
const POOL_WAITING_MAX = 2000

/** How long a call may take, its wait for a connection included, before it is ended. */
export interface AnswerLimits {
  readonly readMs: number
  readonly writeMs: number
  /** For what changes many rows, such as the erasure of an account. */
  readonly longWriteMs: number
  /** How long a statement that the server was asked to end may take to end. */
  readonly endMs: number
}

/** With the time that it takes to end a statement a caller waits 10 s at most: a client then asks again. */
const ANSWER_LIMITS: AnswerLimits = { readMs: 6000, writeMs: 7500, longWriteMs: 60_000, endMs: 1000 }

/**
 * The share of the connections that writes may hold, so that reads go on while no write does (a read lock, a full
 * disk).
 */
const WRITE_SHARE = 0.7

/**
 * Too long a text must fail, not be cut; and the driver's quoting relies on backslash escapes. Waiting for a lock ends
 * before the call's own limit.
 */
const SESSION_SETTINGS =
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = 5"

export interface MysqlOptions {
  readonly limits?: Partial<AnswerLimits>
  readonly interrupter?: Partial<Omit<InterrupterOptions, 'url'>>
}

/** Opens a pool on a `mysql:` url. Connects only with the first query. */
export function openMysql (
  url: string,
  poolSize: number,
  { limits, interrupter }: MysqlOptions = {}
): { dialect: Dialect, pool: Pool } {
  const pool = createPool({
    uri: url,
    connectionLimit: poolSize,
    queueLimit: POOL_WAITING_MAX,
    connectTimeout: 5000,
    // Without this an update that changes nothing counts as a change.
    flags: ['-FOUND_ROWS'],
    timezone: 'Z',
    charset: 'utf8mb4_bin'
  })
  pool.on('connection', connection => {
    // The promise pool hands out the callback form here, and without a callback a failure would end the process.
    const raw = connection as unknown as RawConnection
    openedMs.set(raw, performance.now())
    raw.query(SESSION_SETTINGS, error => { if (error !== null) raw.destroy() })
    raw.query('SELECT @@SESSION.max_allowed_packet AS bytes', (error, rows) => {
      if (error === null && rows !== undefined) packetBytesMax.set(raw, rows[0]!.bytes)
    })
  })
  const gates: Gates = {
    reads: createGate(poolSize),
    writes: createGate(Math.max(1, Math.floor(poolSize * WRITE_SHARE)))
  }
  return {
    pool,
    dialect: createMysqlDialect(pool, gates, createInterrupter({ url, ...interrupter }), {
      ...ANSWER_LIMITS,
      ...limits
    })
  }
}

/** The connections are what all accounts share, so reads take turns for them as well as writes. */
interface Gates {
  readonly reads: FairGate
  readonly writes: FairGate
}

/** How one call is done. */
interface Bounds {
  /** Its time, the wait for its turn included. */
  readonly ms: number
  readonly isWrite?: boolean
  readonly urgent?: boolean
  /** Called when its turn has come. */
  readonly begin?: () => void
}

/** The driver's connection under its promise form. */
interface RawConnection {
  readonly threadId: number
  query (sql: string, done: (error: unknown, rows?: ReadonlyArray<{ readonly bytes: number }>) => void): void
  /** Puts values into the text of a statement. */
  format (sql: string, values: unknown[]): string
  destroy (): void
}

/** When each connection was opened, by `performance.now()`. */
const openedMs = new WeakMap<RawConnection, number>()
/** The largest statement that the server takes on a connection, in bytes. */
const packetBytesMax = new WeakMap<RawConnection, number>()
const queriesOf = new WeakMap<RawConnection, MySql2Database>()

function rawOf (connection: PoolConnection): RawConnection {
  return (connection as unknown as { readonly connection: RawConnection }).connection
}

function queriesOn (connection: PoolConnection): MySql2Database {
  const raw = rawOf(connection)
  const known = queriesOf.get(raw)
  if (known !== undefined) return known
  const made = drizzle(connection)
  queriesOf.set(raw, made)
  return made
}

function createMysqlDialect (pool: Pool, gates: Gates, interrupter: Interrupter, limits: AnswerLimits): Dialect {
  const running = new Running()
  const writes = new WriteWatch()
  let closed = false

  const enter = async <T>(call: () => Promise<T>): Promise<T> => {
    if (closed) throw closedError()
    try {
      return await running.track(call())
    } catch (error) {
      throw toDatabaseError(error)
    }
  }

  /** Has `work` done on a connection, and ended where it takes longer than `ms`. */
  const bounded = async <T>(
    { ms, isWrite = false, urgent = false, begin }: Bounds,
    work: (connection: PoolConnection, isOver: () => boolean) => Promise<T>
  ): Promise<T> => {
    const entrance = { lane: laneNow(), urgent, untilMs: performance.now() + ms }
    let connection: PoolConnection | undefined
    let isOver = false
    let leaveGate: (() => void) | undefined
    const doWork = async (): Promise<T> => {
      leaveGate = await (isWrite ? gates.writes : gates.reads).enter(entrance)
      begin?.()
      try {
        if (isOver) throw tooLate()
        const acquired = await pool.getConnection()
        if (isOver) {
          acquired.release()
          throw tooLate()
        }
        connection = acquired
        try {
          const result = await work(acquired, () => isOver)
          acquired.release()
          return result
        } catch (error) {
          // The server closes a connection that sent too large a packet, and the pool hears of it too late for the next
          // one.
          if (isPacketTooLarge(error)) acquired.destroy()
          // The pool itself drops a connection that is broken.
          else acquired.release()
          throw error
        }
      } finally {
        leaveGate?.()
      }
    }
    const doing = doWork()
    const outcome = await settledWithin(doing, ms)
    if (outcome !== 'late') {
      if (outcome.is === 'rejected' && isWrite && connection !== undefined && isLineLost(outcome.error)) {
        if (isTooLarge(connection, outcome.error)) throw new DatabaseError('unknown', PACKET_TOO_LARGE, outcome.error)
        abandon(connection)
        throw new DatabaseError('unavailable', OUTCOME_UNKNOWN, outcome.error)
      }
      return unwrap(outcome)
    }
    isOver = true
    // Nothing was sent: it only waited for its turn.
    if (connection === undefined) throw tooLate()
    const { threadId } = rawOf(connection)
    await interrupter.interrupt(threadId).catch(() => {})
    const end = await settledWithin(doing, limits.endMs)
    if (end !== 'late') return unwrap(end)
    // The driver never settles what it was doing: its slot is free from here on.
    connection.destroy()
    leaveGate?.()
    if (isWrite) abandon(connection)
    throw new DatabaseError('unavailable', isWrite ? OUTCOME_UNKNOWN : 'NO_ANSWER')
  }

  function isTooLarge (connection: PoolConnection, error: unknown): boolean {
    const raw = rawOf(connection)
    const bytes = packetBytesMax.get(raw) ?? Infinity
    return isLargerThanPacket(error, bytes, (query, params) => raw.format(query, params))
  }

  function abandon (connection: PoolConnection): void {
    const raw = rawOf(connection)
    interrupter.abandon({ id: raw.threadId, openedMs: openedMs.get(raw) ?? performance.now() })
  }

  const write = <T>(
    work: (connection: PoolConnection) => Promise<T>,
    length: WriteLength = 'short',
    urgent = false
  ): Promise<T> =>
      enter(() =>
        writes.watch(
          async begin =>
            await bounded(
              { ms: length === 'long' ? limits.longWriteMs : limits.writeMs, isWrite: true, urgent, begin },
              async (connection, isOver) =>
                await retryContended(async () => {
                  if (isOver()) throw tooLate()
                  return await work(connection)
                })
            ).catch(error => {
              throw toDatabaseError(error)
            })
        )
      )

  return {
    name: 'mysql',
    schema,
    read: (query) => enter(() => bounded({ ms: limits.readMs }, connection => query(queriesOn(connection)))),
    write: (query, length, urgent) => write(connection => query(queriesOn(connection)), length, urgent),
    // drizzle's own would not give the connection back when BEGIN fails, as it does after a restart of the server.
    transaction: (work, length, urgent) => write(async connection => {
      try {
        await connection.query('BEGIN')
        const result = await work(queriesOn(connection))
        await connection.query('COMMIT')
        return result
      } catch (error) {
        await connection.query('ROLLBACK').catch(() => { connection.destroy() })
        throw error
      }
    }, length, urgent),
    affected: (result) => (result as [{ affectedRows: number }])[0].affectedRows,
    upsert: async (writer, table, source, key, set) => {
      const insert = writer.insert(table)
      return await (source instanceof SQL ? insert.select(source) : insert.values([...source])).onDuplicateKeyUpdate({
        set
      })
    },
    locked: (select) => (select as { for (strength: 'update'): typeof select }).for('update'),
    // It tells whether the database answers, not how much the asking account wants of it.
    // What InnoDB keeps of deleted rows, and the binary log, are the server's.
    purge: async () => true,
    ping: () =>
      runInLane(SYSTEM_LANE, () =>
        enter(() =>
          bounded({ ms: limits.readMs }, async connection => {
            await connection.query('SELECT 1 FROM users LIMIT 1')
          })
        )
      ),
    health: () => writes.read(),
    onUncertain: listener => { interrupter.onSettled(listener) },
    close: async () => {
      if (closed) return
      closed = true
      await running.ended()
      interrupter.close()
      await pool.end()
    }
  }
}

type Settled<T> = { readonly is: 'resolved', readonly value: T } | { readonly is: 'rejected', readonly error: unknown }

async function settledWithin<T> (result: Promise<T>, ms: number): Promise<Settled<T> | 'late'> {
  const settled = result.then(
    (value): Settled<T> => ({ is: 'resolved', value }),
    (error: unknown): Settled<T> => ({ is: 'rejected', error })
  )
  return await withTimeout(settled, ms) ?? 'late'
}

function unwrap<T> (settled: Settled<T>): T {
  if (settled.is === 'rejected') throw settled.error
  return settled.value
}

function tooLate (): DatabaseError {
  return new DatabaseError('unavailable', 'TURN_TIMEOUT')
}

/** The connection broke, so that the answer to what was sent is lost. The server's own refusals begin with `ER_`. */
function isLineLost (error: unknown): boolean {
  const { code, engineCode } = toDatabaseError(error)
  return code === 'unavailable' && !engineCode.startsWith('ER_') && engineCode !== 'TURN_TIMEOUT'
}
