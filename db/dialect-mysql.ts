import { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import { createPool, type Pool } from 'mysql2/promise'
import { closedError, retryContended, type Dialect } from './dialect.ts'
import { DatabaseError, toDatabaseError } from './errors.ts'
import { Running } from './gate.ts'
import * as schema from './schema-mysql.ts'

/** Queries that may wait for a connection; beyond it they fail at once with `unavailable`. */
const WAITING_MAX = 2000

/** A server that keeps the connection and says nothing (stopped, or behind a dead network) counts as gone after this. */
const ANSWER_MS_MAX = 30_000

/**
 * Too long a text must fail, not be cut; and the driver's quoting relies on backslash escapes. Waiting for a lock ends
 * well before `ANSWER_MS_MAX`.
 */
const SESSION_SETTINGS = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = 5"

/** Opens a pool on a `mysql:` url. Connects only with the first query. */
export function openMysql (url: string, poolSize: number, answerMsMax = ANSWER_MS_MAX): { dialect: Dialect, pool: Pool } {
  const pool = createPool({
    uri: url,
    connectionLimit: poolSize,
    queueLimit: WAITING_MAX,
    connectTimeout: 5000,
    // Without this an update that changes nothing counts as a change.
    flags: ['-FOUND_ROWS'],
    timezone: 'Z',
    charset: 'utf8mb4_bin'
  })
  pool.on('connection', connection => {
    // The promise pool hands out the callback form here, and without a callback a failure would end the process.
    const raw = connection as unknown as { query (sql: string, done: (error: unknown) => void): void, destroy (): void }
    raw.query(SESSION_SETTINGS, error => { if (error !== null) raw.destroy() })
  })
  return { pool, dialect: createMysqlDialect(pool, answerMsMax) }
}

function createMysqlDialect (pool: Pool, answerMsMax: number): Dialect {
  const db = drizzle(pool)
  const running = new Running()
  let closed = false

  const enter = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw closedError()
    try {
      return await running.track(within(answerMsMax, work()))
    } catch (error) {
      throw toDatabaseError(error)
    }
  }

  return {
    name: 'mysql',
    schema,
    read: (query) => enter(() => query(db)),
    write: (query) => enter(() => retryContended(() => query(db))),
    // drizzle's own would not give the connection back when BEGIN fails, as it does after a restart of the server.
    transaction: (work) => enter(() => retryContended(async () => {
      const connection = await pool.getConnection()
      try {
        await connection.query('BEGIN')
        const result = await work(drizzle(connection))
        await connection.query('COMMIT')
        connection.release()
        return result
      } catch (error) {
        await connection.query('ROLLBACK').then(() => connection.release(), () => connection.destroy())
        throw error
      }
    })),
    affected: (result) => (result as [{ affectedRows: number }])[0].affectedRows,
    upsert: async (writer, table, source, key, set) => {
      const insert = writer.insert(table)
      return await (source instanceof SQL ? insert.select(source) : insert.values([...source])).onDuplicateKeyUpdate({ set })
    },
    ping: () => enter(async () => { await pool.query('SELECT 1 FROM users LIMIT 1') }),
    close: async () => {
      if (closed) return
      closed = true
      await running.ended()
      await pool.end()
    }
  }
}

/** `result`, or `unavailable` after `ms`; what was sent may still be done, as when a connection is lost. */
async function within<T> (ms: number, result: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((resolve, reject) => {
    timer = setTimeout(() => reject(new DatabaseError('unavailable', 'NO_ANSWER')), ms)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}
