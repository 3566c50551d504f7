import { createClient, type Client } from '@libsql/client'
import { drizzle as drizzleSqlite } from 'drizzle-orm/libsql'
import { migrate as migrateLibsql } from 'drizzle-orm/libsql/migrator'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { migrate as migrateMysql2 } from 'drizzle-orm/mysql2/migrator'
import type { Pool, RowDataPacket } from 'mysql2/promise'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DatabaseError, isContended, toDatabaseError } from './errors.ts'

/** How long to wait for another process that migrates. */
const LOCK_MS_MAX = 60_000

/**
 * Configures an SQLite file and brings its tables up to date; processes that start together take turns.
 *
 * The lock is a transaction on a side file: the system frees it when its holder dies, however it dies. Without
 * `lockUrl` (in memory) there is nobody to wait for.
 */
export async function migrateSqlite (client: Client, configure: () => Promise<void>, lockUrl: string | undefined): Promise<void> {
  const run = async () => {
    await configure()
    await migrateLibsql(drizzleSqlite(client), { migrationsFolder: folder('sqlite') })
  }
  if (lockUrl === undefined) return await run()
  const lockClient = createClient({ url: lockUrl, timeout: 0 })
  try {
    const lock = await acquire(lockClient)
    try {
      await run()
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
      if (!isContended(error) || Date.now() > untilMs) throw error
      await new Promise(resolve => setTimeout(resolve, 20 + Math.random() * 30))
    }
  }
}

/** Brings the tables of a MySQL or MariaDB database up to date; the lock goes with its connection. */
export async function migrateMysql (pool: Pool): Promise<void> {
  const connection = await pool.getConnection()
  try {
    // Locks are shared by the whole server, databases are not.
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT GET_LOCK(CONCAT('invigil-', MD5(DATABASE())), ?) AS taken", [LOCK_MS_MAX / 1000])
    if (rows[0]?.['taken'] !== 1) throw new DatabaseError('unavailable', 'MIGRATION_LOCK_TIMEOUT')
    await migrateMysql2(drizzleMysql(connection), { migrationsFolder: folder('mysql') })
  } finally {
    // Closing it frees the lock in every case.
    connection.destroy()
  }
}

/** Beside this file in the sources; the build may leave the folder where it is. */
function folder (dialect: 'sqlite' | 'mysql'): string {
  const candidates = [`./migrations/${dialect}`, `../../db/migrations/${dialect}`].map(path => fileURLToPath(new URL(path, import.meta.url)))
  const found = candidates.find(path => existsSync(path))
  if (found === undefined) throw new Error(`no folder of migrations: looked in ${candidates.join(', ')}`)
  return found
}
