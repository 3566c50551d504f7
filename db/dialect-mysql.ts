import { SQL } from 'drizzle-orm'
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import { createPool, type Pool, type PoolConnection } from 'mysql2/promise'
import type { Dialect } from './dialect.ts'
import { DatabaseError, isPacketTooLarge, PACKET_TOO_LARGE } from './errors.ts'
import { createMysqlKiller } from './killer-mysql.ts'
import { isLargerThanPacket } from './packet-size.ts'
import * as schema from './schema-mysql.ts'
import { createServerCalls, type ServerDriver, type ServerOptions } from './server-calls.ts'

/** Queries wait in the gates; besides them only migrations ask the pool for a connection. */
const POOL_WAITING_MAX = 2000

/**
 * Too long a text must fail, not be cut; and the driver's quoting relies on backslash escapes. Waiting for a lock ends
 * before the call's own limit.
 */
const SESSION_SETTINGS =
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = 5"

/** Opens a pool on a `mysql:` url. Connects only with the first query. */
export function openMysql (
  url: string,
  poolSize: number,
  options: ServerOptions = {}
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
  return { pool, dialect: createMysqlDialect(createDriver(pool, url), poolSize, options) }
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

function createDriver (pool: Pool, url: string): ServerDriver<PoolConnection> {
  return {
    acquire: () => pool.getConnection(),
    release: (connection, error) => {
      // The server closes a connection that sent too large a packet, and the pool hears of it too late for the next
      // one. The pool itself drops a connection that is broken.
      if (isPacketTooLarge(error)) connection.destroy()
      else connection.release()
    },
    destroy: connection => { connection.destroy() },
    threadOf: connection => {
      const raw = rawOf(connection)
      return { id: raw.threadId, openedMs: openedMs.get(raw) ?? performance.now() }
    },
    // The server's own refusals begin with `ER_`.
    isLineLost: ({ engineCode }) => !engineCode.startsWith('ER_'),
    refusalOf: (connection, error) => {
      const raw = rawOf(connection)
      const bytes = packetBytesMax.get(raw) ?? Infinity
      return isLargerThanPacket(error, bytes, (query, params) => raw.format(query, params))
        ? new DatabaseError('unknown', PACKET_TOO_LARGE, error)
        : undefined
    },
    killer: connectMs => createMysqlKiller(url, connectMs),
    end: () => pool.end()
  }
}

function createMysqlDialect (
  driver: ServerDriver<PoolConnection>,
  poolSize: number,
  options: ServerOptions
): Dialect {
  const calls = createServerCalls(driver, poolSize, options)
  return {
    name: 'mysql',
    schema,
    read: query => calls.read(connection => query(queriesOn(connection))),
    write: (query, length, urgent) => calls.write(connection => query(queriesOn(connection)), length, urgent),
    // drizzle's own would not give the connection back when BEGIN fails, as it does after a restart of the server.
    transaction: (work, length, urgent) => calls.write(async connection => {
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
    // What InnoDB keeps of deleted rows, and the binary log, are the server's.
    purge: async () => true,
    ping: () => calls.ping(connection => connection.query('SELECT 1 FROM users LIMIT 1')),
    health: calls.health,
    onUncertain: calls.onUncertain,
    close: calls.close
  }
}
