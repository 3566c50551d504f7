/**
 * Migrations on PostgreSQL, where a transaction holds changes of tables as well as of rows: all that is pending is done
 * in one, or nothing.
 */
import { readMigrationFiles } from 'drizzle-orm/migrator'
import type { ClientBase } from 'pg'
import { DatabaseError, toDatabaseError } from './errors.ts'

/** Where drizzle notes migrations, so that its tools read it. */
const DONE_TABLE = '__drizzle_migrations'

/** Brings the tables up to date. The caller holds the lock on this connection. */
export async function runPostgresMigrations (client: ClientBase, folder: string): Promise<void> {
  try {
    const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding')
    if (rows[0]?.server_encoding !== 'UTF8') throw new DatabaseError('unknown', 'WRONG_ENCODING')
    await client.query('BEGIN')
    await client.query(
      `CREATE TABLE IF NOT EXISTS "${DONE_TABLE}" (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`
    )
    const { rows: done } = await client.query<{ created_at: string }>(
      `SELECT created_at FROM "${DONE_TABLE}" ORDER BY created_at DESC LIMIT 1`
    )
    const lastMs = done[0] === undefined ? -Infinity : Number(done[0].created_at)
    for (const { sql, hash, folderMillis } of readMigrationFiles({ migrationsFolder: folder })) {
      if (folderMillis <= lastMs) continue
      for (const statement of sql) if (statement.trim() !== '') await client.query(statement)
      await client.query(`INSERT INTO "${DONE_TABLE}" (hash, created_at) VALUES ($1, $2)`, [hash, folderMillis])
    }
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {})
    const error = toDatabaseError(cause)
    throw new DatabaseError(
      error.code,
      error.engineCode,
      error.driverError(),
      `The tables cannot be brought up to date (${error.engineCode}): ${adviceOn(error)} Nothing was changed.`
    )
  }
}

function adviceOn ({ code, engineCode }: DatabaseError): string {
  switch (engineCode) {
    case 'WRONG_ENCODING':
      return "the database has another encoding than UTF8; create it with ENCODING 'UTF8'."
    case '42501':
    case '3F000':
      return 'the user in DATABASE_URL needs the right to create tables in the schema public; make it the owner of its database.'
    case '42P07':
      return "the database holds a table of this name that is not this program's; give it a database of its own with DATABASE_URL."
  }
  if (code === 'unavailable') return 'the database went away or is full; start again when it is back.'
  return 'keep the database as it is, and report this with the version that it was upgraded from.'
}
