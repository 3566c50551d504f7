/**
 * Migrations on MySQL and MariaDB, which commit each change of a table by itself: a process that is killed leaves a
 * migration half applied. So each statement that is done is noted in `migration_progress`, and a start goes on behind
 * the last one noted. Only the one statement that was under way at the kill can be done without a note: run again it
 * says so ("already exists"), which is then no error.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import type { PoolConnection, RowDataPacket } from 'mysql2/promise'
import { DatabaseError, toDatabaseError } from './errors.ts'

/** What the runner needs of a connection. */
export type MigrationConnection = Pick<PoolConnection, 'query'>

interface Migration {
  readonly name: string
  readonly hash: string
  readonly atMs: number
  readonly statements: readonly string[]
}

/** How far a migration has come. */
interface Progress {
  /** Statements that are done, from the first. */
  readonly done: number
  /** An older version, which noted no statements, may have done any number of them. */
  readonly isRepair: boolean
}

/** Where drizzle notes whole migrations; kept as it is, so that its tools and older versions go on reading it. */
const DONE_TABLE = '__drizzle_migrations'
const PROGRESS_TABLE = 'migration_progress'
/** The row that says that `PROGRESS_TABLE` holds what it must. */
const MARKER = 'progress'

/**
 * What a statement says that was done before. MariaDB tells a foreign key of a name that is taken by number 121 inside
 * another error.
 */
const ALREADY = new Set([
  'ER_TABLE_EXISTS_ERROR',
  'ER_DUP_FIELDNAME',
  'ER_DUP_KEYNAME',
  'ER_DUP_KEY_NAME',
  'ER_MULTIPLE_PRI_KEY',
  'ER_FK_DUP_NAME',
  'ER_DUP_CONSTRAINT_NAME',
  'ER_CANT_DROP_FIELD_OR_KEY',
  'ER_BAD_TABLE_ERROR',
  'ER_CHECK_CONSTRAINT_DUP_NAME'
])

/** Brings the tables up to date. The caller holds the lock on this connection. */
export async function runMigrations (connection: MigrationConnection, folder: string): Promise<void> {
  const pending = await prepare(connection, folder).catch(cause => {
    const error = toDatabaseError(cause)
    throw new DatabaseError(
      error.code,
      error.engineCode,
      error.driverError(),
      `The tables cannot be brought up to date (${error.engineCode}): ${adviceOn(error)}`
    )
  })
  for (const migration of pending) await apply(connection, migration)
}

/** Gives the migrations that are not done yet, with what is noted about them in place. */
async function prepare (connection: MigrationConnection, folder: string): Promise<readonly Migration[]> {
  const hadDoneTable = await hasTable(connection, DONE_TABLE)
  await connection.query(
    `CREATE TABLE IF NOT EXISTS \`${DONE_TABLE}\` (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`
  )
  const [last] = await rowsOf(connection, `SELECT created_at FROM \`${DONE_TABLE}\` ORDER BY created_at DESC LIMIT 1`)
  const pending = readMigrations(folder).filter(({ atMs }) => last === undefined || Number(last['created_at']) < atMs)
  if (pending.length > 0) await prepareProgress(connection, pending, hadDoneTable)
  return pending
}

/**
 * Makes the table of progress. Where it is new and the database is not, an older version may have been killed in what
 * is pending.
 */
async function prepareProgress (
  connection: MigrationConnection,
  pending: readonly Migration[],
  isOlder: boolean
): Promise<void> {
  await connection.query(
    `CREATE TABLE IF NOT EXISTS \`${PROGRESS_TABLE}\` (hash varchar(64) CHARACTER SET ascii PRIMARY KEY, done int NOT NULL, is_repair boolean NOT NULL)`
  )
  const [marker] = await rowsOf(connection, `SELECT hash FROM \`${PROGRESS_TABLE}\` WHERE hash = '${MARKER}'`)
  if (marker !== undefined) return
  await atOnce(connection, async () => {
    for (const { hash } of isOlder ? pending : []) {
      await connection.query(`INSERT INTO \`${PROGRESS_TABLE}\` VALUES (?, 0, true)`, [hash])
    }
    await connection.query(`INSERT INTO \`${PROGRESS_TABLE}\` VALUES ('${MARKER}', 0, false)`)
  })
}

async function apply (connection: MigrationConnection, migration: Migration): Promise<void> {
  const { hash, atMs, statements } = migration
  const progress = await progressOf(connection, hash)
  for (const [index, statement] of statements.entries()) {
    if (index < progress.done) continue
    const mayBeDone = index === progress.done || progress.isRepair
    try {
      if (isTransactional(statement)) {
        await atOnce(connection, async () => {
          await connection.query(statement)
          await recordProgress(connection, hash, index + 1)
        })
      } else {
        await connection.query(statement).catch(async error => {
          if (!mayBeDone || !isAlready(error) || !await isOurs(connection, statement)) throw error
        })
        await recordProgress(connection, hash, index + 1)
      }
    } catch (cause) {
      const error = toDatabaseError(cause)
      throw new DatabaseError(
        error.code,
        error.engineCode,
        error.driverError(),
        `Migration ${migration.name} failed at statement ${index + 1} of ${statements.length} (${error.engineCode}): ${adviceOn(error)} What was done is noted, so a new start goes on from there.`
      )
    }
  }
  await atOnce(connection, async () => {
    await connection.query(`INSERT INTO \`${DONE_TABLE}\` (hash, created_at) VALUES (?, ?)`, [hash, atMs])
    await connection.query(`DELETE FROM \`${PROGRESS_TABLE}\` WHERE hash = ?`, [hash])
  })
}

async function progressOf (connection: MigrationConnection, hash: string): Promise<Progress> {
  const [row] = await rowsOf(connection, `SELECT done, is_repair FROM \`${PROGRESS_TABLE}\` WHERE hash = ?`, [hash])
  if (row !== undefined) return { done: Number(row['done']), isRepair: Number(row['is_repair']) === 1 }
  await connection.query(`INSERT INTO \`${PROGRESS_TABLE}\` VALUES (?, 0, false)`, [hash])
  return { done: 0, isRepair: false }
}

async function recordProgress (connection: MigrationConnection, hash: string, done: number): Promise<void> {
  await connection.query(`UPDATE \`${PROGRESS_TABLE}\` SET done = ? WHERE hash = ?`, [done, hash])
}

async function atOnce (connection: MigrationConnection, work: () => Promise<void>): Promise<void> {
  await connection.query('START TRANSACTION')
  try {
    await work()
    await connection.query('COMMIT')
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** Changes of rows, which a transaction can hold together with the note of them; all else commits by itself. */
function isTransactional (statement: string): boolean {
  return /^\s*(?:insert|update|delete|replace|select|with)\b/i.test(statement)
}

function isAlready (error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return (
    ALREADY.has(String(error.code)) || (error.code === 'ER_CANT_CREATE_TABLE' && /errno:? 121\b/.test(error.message))
  )
}

/**
 * Whether a table that is there already is the one that the statement makes, and not another product's of the same
 * name.
 */
async function isOurs (connection: MigrationConnection, statement: string): Promise<boolean> {
  const name = /^\s*create table `([^`]+)`/i.exec(statement)?.[1]
  if (name === undefined) return true
  const wanted = [...statement.matchAll(/^\s+`([^`]+)`/gm)].map(match => match[1]!)
  const present = new Set(
    (
      await rowsOf(
        connection,
        'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?',
        [name]
      )
    ).map(row => String(row['name']))
  )
  return wanted.every(column => present.has(column))
}

function adviceOn ({ code, engineCode }: DatabaseError): string {
  if (engineCode === 'ER_TABLE_EXISTS_ERROR') {
    return "the database holds a table of this name that is not this program's; give it a database of its own with DATABASE_URL."
  }
  if (/ACCESS_?DENIED|_PRIV|COMMAND_DENIED/.test(engineCode)) {
    return 'the user in DATABASE_URL needs the rights CREATE, ALTER, INDEX, DROP and REFERENCES on its database.'
  }
  if (code === 'unavailable') return 'the database went away or is full; start again when it is back.'
  return 'keep the database as it is, and report this with the version that it was upgraded from.'
}

function readMigrations (folder: string): Migration[] {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as {
    readonly entries: ReadonlyArray<{ readonly tag: string }>
  }
  return readMigrationFiles({ migrationsFolder: folder }).map(({ hash, folderMillis, sql }, index) => ({
    name: entries[index]!.tag,
    hash,
    atMs: folderMillis,
    statements: sql.filter(statement => statement.trim() !== '')
  }))
}

async function hasTable (connection: MigrationConnection, name: string): Promise<boolean> {
  return (
    (
      await rowsOf(
        connection,
        'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
        [name]
      )
    ).length > 0
  )
}

async function rowsOf (
  connection: MigrationConnection,
  sql: string,
  values: readonly unknown[] = []
): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, [...values])
  return rows
}
