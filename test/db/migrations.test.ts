/** A process is killed in a migration: the next start completes it, with the same tables as without the kill. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import t from 'tap'
import { newId, openDatabase } from '../../db/index.ts'
import { runMigrations, type MigrationConnection } from '../../db/migrate-mysql.ts'
import { mariadbMissing, startMariadb } from '../support/mariadb.ts'
import { newUser } from './rows.ts'
import { program } from '../support/program.ts'

const FOLDER = 'db/migrations/mysql'
const statementsOf = (name: string): string[] =>
  readFileSync(`${FOLDER}/${name}.sql`, 'utf8').split('--> statement-breakpoint')
const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, 'utf8')) as {
  entries: Array<{ tag: string, when: number }>
}

await t.test('migrations on MariaDB', { skip: mariadbMissing() }, async t => {
  const mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  const connect = async (url: string): Promise<Connection> => {
    const connection = await createConnection(url)
    t.teardown(() => { connection.destroy() })
    return connection
  }
  const setUp = await connect(mariadb.url)
  await setUp.query('SET GLOBAL innodb_flush_log_at_trx_commit = 0, GLOBAL sync_binlog = 0')

  /** The definition of every table. */
  async function schemaOf (url: string): Promise<Record<string, string>> {
    const connection = await connect(url)
    const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES')
    const schema: Record<string, string> = {}
    for (const row of tables) {
      const name = String(Object.values(row)[0])
      const [made] = await connection.query<RowDataPacket[]>(`SHOW CREATE TABLE \`${name}\``)
      schema[name] = String(made[0]?.['Create Table']).replace(/ AUTO_INCREMENT=\d+/, '')
    }
    return schema
  }
  /** A database of the version with only the first migration, with rows of a user. */
  async function olderDatabase (
    name: string
  ): Promise<{
    readonly url: string
    readonly connection: Connection
    readonly ids: { readonly user: string, readonly session: string }
  }> {
    const url = await mariadb.createDatabase(name)
    const connection = await connect(url)
    await connection.query(
      'CREATE TABLE `__drizzle_migrations` (id serial primary key, hash text not null, created_at bigint)'
    )
    for (const statement of statementsOf('0000_start')) await connection.query(statement)
    await connection.query('INSERT INTO `__drizzle_migrations` (hash, created_at) VALUES (?, ?)', [
      'x',
      journal.entries[0]!.when
    ])
    const ids = { user: newId(), session: newId() }
    await connection.query(
      "INSERT INTO users VALUES (?, 'old@example.org', 'Old', 'student', NULL, NULL, NULL, 'auto', NULL, '1970-01-01', '2026-01-01')",
      [ids.user]
    )
    await connection.query(
      "INSERT INTO sessions (id, user_id, state, started_at, risk_score, trust_score, compliance_score, event_count, updated_at) VALUES (?, ?, 'stopped', '2026-01-01', 3, 90, 80, 2, '2026-01-01')",
      [ids.session, ids.user]
    )
    return { url, connection, ids }
  }
  async function checkRows (url: string, ids: { readonly user: string, readonly session: string }): Promise<void> {
    const db = await openDatabase({ url })
    t.match(await db.users.byEmail('old@example.org'), { id: ids.user, name: 'Old' })
    t.match(await db.sessions.byId(ids.session), { riskScore: 3, eventCount: 2, state: 'stopped' })
    t.match(await db.users.create(newUser()), { name: 'Ada' })
    await db.close()
  }

  const cleanUrl = await mariadb.createDatabase('clean')
  await (await openDatabase({ url: cleanUrl })).close()
  const clean = await schemaOf(cleanUrl)

  /**
   * A connection that dies at query number `dieAt`: before the server gets it, or after its effect and before it is
   * recorded.
   */
  function dying (
    connection: Connection,
    dieAt: number,
    isDone: boolean
  ): MigrationConnection & { readonly died: () => boolean } {
    let count = 0
    let isDead = false
    const query = async (...args: unknown[]): Promise<unknown> => {
      if (isDead) throw new Error('dead')
      const request = async () => await (connection.query as (...all: unknown[]) => Promise<unknown>)(...args)
      if (++count !== dieAt) return await request()
      // The result does not matter.
      if (isDone) await request().catch(() => {})
      isDead = true
      connection.destroy()
      throw new Error('killed')
    }
    return { query: query as MigrationConnection['query'], died: () => isDead }
  }

  /** Queries of a start before it goes on with the statements. */
  const BEFORE = 6

  /**
   * Starts repeatedly; each start is killed one query later than the one before. Returns the number of starts.
   */
  async function startOften (url: string, isDone: boolean): Promise<number> {
    const watch = await connect(url)
    let statements = ''
    for (let starts = 1, dieAt = 1; starts < 2000; starts++) {
      const connection = dying(await createConnection(url), dieAt, isDone)
      try {
        await runMigrations(connection, FOLDER)
        return starts
      } catch (error) {
        if (!connection.died()) throw error
      }
      const progress = await progressOf(watch)
      // If a start made no progress, the next one is killed one query later.
      dieAt = progress === statements || dieAt <= BEFORE ? dieAt + 1 : BEFORE + 1
      statements = progress
    }
    throw new Error('the starts come to no end')
  }
  async function progressOf (connection: Connection): Promise<string> {
    return await connection
      .query<RowDataPacket[]>("SELECT hash, done FROM migration_progress WHERE hash <> 'progress' ORDER BY hash")
      .then(
        ([rows]) => JSON.stringify(rows),
        () => ''
      )
  }

  for (const isDone of [false, true]) {
    const when = isDone ? 'after it was done and before it was noted' : 'before it was done'
    await t.test(`a first start, killed at every statement ${when}`, { timeout: 280_000 }, async t => {
      const url = await mariadb.createDatabase(`first_${isDone}`)
      const starts = await startOften(url, isDone)
      t.ok(
        starts > journal.entries.flatMap(({ tag }) => statementsOf(tag)).length,
        `${starts} starts: each statement was met`
      )
      t.same(await schemaOf(url), clean)
      await (await openDatabase({ url })).close()
    })

    await t.test(`an upgrade with rows, killed at every statement ${when}`, { timeout: 280_000 }, async t => {
      const { url, ids } = await olderDatabase(`upgrade_${isDone}`)
      await startOften(url, isDone)
      t.same(await schemaOf(url), clean)
      await checkRows(url, ids)
    })
  }

  await t.test('a database of an older version that did not record statements is repaired', { timeout: 280_000 }, async t => {
    const first = statementsOf('0000_start')
    const second = statementsOf('0001_exams')
    for (const count of [1, first.length - 1, first.length]) {
      const url = await mariadb.createDatabase(`old_first_${count}`)
      const connection = await connect(url)
      await connection.query(
        'CREATE TABLE `__drizzle_migrations` (id serial primary key, hash text not null, created_at bigint)'
      )
      for (const statement of first.slice(0, count)) await connection.query(statement)
      await (await openDatabase({ url })).close()
      t.same(await schemaOf(url), clean, `${count} statements of a first start`)
    }
    for (const count of [1, 10, 11, 15, 40, second.length]) {
      const { url, connection, ids } = await olderDatabase(`old_upgrade_${count}`)
      for (const statement of second.slice(0, count)) await connection.query(statement)
      // Kill the repair once too.
      const killed = dying(await createConnection(url), 12, true)
      await t.rejects(runMigrations(killed, FOLDER))
      await checkRows(url, ids)
      t.same(await schemaOf(url), clean, `${count} statements of an upgrade`)
    }
  })

  await t.test('a real process that is killed, and the next one', { timeout: 120_000 }, async t => {
    const url = await mariadb.createDatabase('process')
    const child = spawn(process.execPath, [...program('test/support/open-database'), 'open', url], {
      stdio: 'ignore'
    })
    t.teardown(() => {
      child.kill('SIGKILL')
    })
    const watch = await connect(url)
    for (let tables = 0; tables < 5 && child.exitCode === null;) {
      const [rows] = await watch.query<RowDataPacket[]>('SHOW TABLES')
      tables = rows.length
    }
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await (await openDatabase({ url })).close()
    t.same(await schemaOf(url), clean)
  })

  await t.test('another product\'s table of the same name is refused with what to do, and left as it is', async t => {
    const url = await mariadb.createDatabase('others')
    const connection = await connect(url)
    await connection.query('CREATE TABLE users (id int PRIMARY KEY, login varchar(20))')
    await t.rejects(openDatabase({ url }), {
      message: /Migration 0000_start failed at statement \d+ of \d+ \(ER_TABLE_EXISTS_ERROR\).*DATABASE_URL/
    })
    const [columns] = await connection.query<RowDataPacket[]>('SHOW COLUMNS FROM users')
    t.same(columns.map(row => String(row['Field'])), ['id', 'login'])
  })

  await t.test('a user without the rights is told which are missing', async t => {
    await mariadb.createDatabase('poor')
    await setUp.query("CREATE USER 'poor'@'127.0.0.1'")
    await setUp.query("GRANT SELECT, INSERT, UPDATE, DELETE ON poor.* TO 'poor'@'127.0.0.1'")
    await t.rejects(openDatabase({ url: mariadb.url.replace('root@', 'poor@').replace('/invigil', '/poor') }), {
      message: /CREATE, ALTER, INDEX/
    })
  })
})
