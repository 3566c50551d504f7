import { createClient, type Client } from '@libsql/client'
import { drizzle as drizzleSqlite } from 'drizzle-orm/libsql'
import { migrate as migrateLibsql } from 'drizzle-orm/libsql/migrator'
import type { Pool as MysqlPool, RowDataPacket } from 'mysql2/promise'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Pool as PostgresPool } from 'pg'
import { retryContended } from './dialect.ts'
import { DatabaseError, isContended, toDatabaseError } from './errors.ts'
import { runMigrations } from './migrate-mysql.ts'
import { runPostgresMigrations } from './migrate-postgres.ts'

/** How long to wait for another process that migrates. */
const LOCK_MS_MAX = 60_000

const LOCKED =
  'Another process has been changing the tables of this database for more than a minute. Start again when it is done.'

/** Makes the tables of a database in memory. */
export async function migrateSqliteMemory (client: Client): Promise<void> {
  await migrateLibsql(drizzleSqlite(client), { migrationsFolder: folder('sqlite') })
}

/**
 * Brings the tables of an SQLite file up to date; processes that start together take turns.
 *
 * The lock is a transaction on a side file: the system frees it when its holder dies, however it dies.
 */
export async function migrateSqliteFile (url: string, lockUrl: string): Promise<void> {
  const lockClient = createClient({ url: lockUrl, timeout: 0 })
  try {
    const lock = await acquire(lockClient)
    try {
      // A client that met a lock must not be used again (see `Writer` in dialect-sqlite.ts): each attempt has its own.
      await retryContended(async () => {
        const client = createClient({ url, concurrency: 1 })
        try {
          // WAL: reads continue during a write. The setting is stored in the file.
          await client.execute('PRAGMA journal_mode = WAL')
          await migrateLibsql(drizzleSqlite(client), { migrationsFolder: folder('sqlite') })
        } finally {
          client.close()
        }
      })
    } finally {
      await lock.rollback()
    }
  } finally {
    lockClient.close()
  }
}

async function acquire (lockClient: Client) {
  const untilMs = Date.now() + LOCK_MS_MAX
  for (;;) {
    try {
      return await lockClient.transaction('write')
    } catch (cause) {
      const error = toDatabaseError(cause)
      if (!isContended(error)) throw error
      if (Date.now() > untilMs) throw new DatabaseError('unavailable', 'MIGRATION_LOCK_TIMEOUT', cause, LOCKED)
      await new Promise(resolve => setTimeout(resolve, 20 + Math.random() * 30))
    }
  }
}

/** Brings the tables of a MySQL or MariaDB database up to date; the lock goes with its connection. */
export async function migrateMysql (pool: MysqlPool): Promise<void> {
  const connection = await pool.getConnection()
  try {
    // Locks are shared by the whole server, databases are not.
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT GET_LOCK(CONCAT('invigil-', MD5(DATABASE())), ?) AS taken", [LOCK_MS_MAX / 1000])
    if (rows[0]?.['taken'] !== 1) throw new DatabaseError('unavailable', 'MIGRATION_LOCK_TIMEOUT', undefined, LOCKED)
    await runMigrations(connection, folder('mysql'))
  } finally {
    // Closing it frees the lock in every case.
    connection.destroy()
  }
}

/** The number of the advisory lock that migrations hold; such locks are each database's own. */
const POSTGRES_LOCK = 4_682_447

/** Brings the tables of a PostgreSQL database up to date; the lock goes with its connection. */
export async function migratePostgres (pool: PostgresPool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`SET lock_timeout TO ${LOCK_MS_MAX}; SET statement_timeout TO 0`)
    try {
      await client.query('SELECT pg_advisory_lock($1)', [POSTGRES_LOCK])
    } catch (error) {
      if (toDatabaseError(error).engineCode !== '55P03') throw error
      throw new DatabaseError('unavailable', 'MIGRATION_LOCK_TIMEOUT', error, LOCKED)
    }
    await runPostgresMigrations(client, folder('postgres'))
  } finally {
    // Closing it frees the lock in every case.
    client.release(true)
  }
}

/** Beside this file in the sources; the build may leave the folder where it is. */
function folder (dialect: 'sqlite' | 'mysql' | 'postgres'): string {
  const candidates = [`./migrations/${dialect}`, `../../db/migrations/${dialect}`].map(path =>
    fileURLToPath(new URL(path, import.meta.url))
  )
  const found = candidates.find(path => existsSync(path))
  if (found === undefined) throw new Error(`no folder of migrations: looked in ${candidates.join(', ')}`)
  return found
}
