import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { mariadbMissing, startMariadb, type Mariadb } from '../support/mariadb.ts'
import { conclude, scaled } from './figures.ts'

const KILLS = scaled(20, 2)
const OPEN =
  "import('./dist/db/index.js').then(async ({ openDatabase }) => { const db = await openDatabase({ url: process.argv[1] }); await db.close() })"
const FOLDER = 'db/migrations/mysql'
const USER_ID = '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'
const NONE = { sessions: 0, doubled: 0, wrongScores: 0 }

/** Every column and index of the connection's database, in order. */
async function shapeOf (connection: Connection): Promise<string> {
  const [columns] = await connection.query(
    'SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLLATION_NAME FROM information_schema.COLUMNS ' +
      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE '\\_\\_%' ORDER BY 1, 2"
  )
  const [indexes] = await connection.query(
    'SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE FROM information_schema.STATISTICS ' +
      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE '\\_\\_%' ORDER BY 1, 2, 3"
  )
  const [keys] = await connection.query(
    'SELECT TABLE_NAME, REFERENCED_TABLE_NAME, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY 1, 2'
  )
  return JSON.stringify([columns, indexes, keys])
}

/** A number that grows with each statement of a migration. */
async function progress (connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT (SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()) + ' +
      '(SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()) AS n'
  )
  return Number(rows[0]!['n'])
}

/** The tables of the first release, with one account, as drizzle's own migrator left them. */
async function createFirstRelease (connection: Connection): Promise<void> {
  const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, 'utf8')) as {
    readonly entries: ReadonlyArray<{ readonly tag: string, readonly when: number }>
  }
  const { tag, when } = journal.entries[0]!
  const sql = readFileSync(`${FOLDER}/${tag}.sql`, 'utf8')
  for (const statement of sql.split('--> statement-breakpoint')) await connection.query(statement)
  await connection.query(
    'CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash TEXT NOT NULL, created_at BIGINT)'
  )
  await connection.query('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)', [
    createHash('sha256').update(sql).digest('hex'),
    when
  ])
  await connection.query(
    'INSERT INTO users (id, email, name, role, locale, tokens_valid_after, created_at) ' +
      "VALUES (?, 'rahim@example.org', 'Rahim', 'student', 'en', '1970-01-01', '2026-01-01')",
    [USER_ID]
  )
}

/** Kills a process in the middle of its migration, at a later statement each time, and opens the database again. */
async function killMigrations (
  t: Test,
  mariadb: Mariadb,
  fault: string,
  prepare: (connection: Connection) => Promise<void>
): Promise<void> {
  const cleanUrl = await mariadb.createDatabase('clean')
  const clean = await createConnection(cleanUrl)
  await prepare(clean)
  const firstProgress = await progress(clean)
  await (await openDatabase({ url: cleanUrl })).close()
  const expected = await shapeOf(clean)
  const steps = await progress(clean) - firstProgress
  await clean.query('DROP DATABASE clean')
  await clean.end()

  const faults: string[] = []
  let lost = 0
  let rows = 0
  let opened = 0
  let kills = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const name = `killed_${kill}`
    const url = await mariadb.createDatabase(name)
    const connection = await createConnection(url)
    await prepare(connection)
    const killAt = firstProgress + Math.floor(kill * steps / KILLS)
    const child = spawn(process.execPath, ['-e', OPEN, url], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    while (child.exitCode === null && await progress(connection) <= killAt);
    if (child.exitCode === null) kills++
    child.kill('SIGKILL')
    await exited
    try {
      const db = await openDatabase({ url })
      opened++
      if (prepare === createFirstRelease) {
        rows++
        if ((await db.users.byId(USER_ID))?.name !== 'Rahim') lost++
      }
      await db.close()
      if ((await shapeOf(connection)) !== expected) {
        faults.push(`killed after ${killAt} of ${firstProgress + steps}: the tables differ from those of a clean start`)
      }
    } catch (error) {
      faults.push(`killed after ${killAt} of ${firstProgress + steps}: ${String(error)}`)
    }
    await connection.query(`DROP DATABASE ${name}`)
    await connection.end()
  }
  t.ok(kills > 0, 'some kills came before the end')
  conclude(t, {
    fault,
    engine: 'MariaDB',
    tries: kills,
    ...NONE,
    acknowledged: opened,
    rows,
    lost,
    broken: faults.length,
    faults
  })
}

t.test(
  'a migration that was killed is completed by the next start',
  { skip: mariadbMissing(), timeout: 900_000 },
  async t => {
    const mariadb = await startMariadb()
    t.teardown(() => mariadb.stop())
    await killMigrations(t, mariadb, 'killed while the first tables are created', async () => {})
    await killMigrations(t, mariadb, 'killed while the tables of the first release are changed', createFirstRelease)
  }
)
