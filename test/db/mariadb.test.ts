process.env['TZ'] = 'America/New_York'

import { drizzle } from 'drizzle-orm/mysql2'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import t from 'tap'
import { openMysql } from '../../db/dialect-mysql.ts'
import { openDatabase } from '../../db/index.ts'
import { mariadbMissing, startMariadb, type Mariadb } from '../support/mariadb.ts'
import { conform } from './conformance.ts'
import { testPlans, type Statement } from './plans.ts'
import { testProcesses } from './processes.ts'
import { AT, newEvent, newUser, openSession } from './rows.ts'

const missing = mariadbMissing()

await t.test('MariaDB', { skip: missing }, async t => {
  const mariadb: Mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())

  await t.test('every query', t => conform(t, () => mariadb.url))

  await testProcesses(t, name => mariadb.createDatabase(name))

  await t.test('each list uses an index', async t => {
    const url = await mariadb.createDatabase('plans')
    await (await openDatabase({ url })).close()
    const { pool, dialect } = openMysql(url, 2)
    t.teardown(() => dialect.close())
    const statements: Statement[] = []
    const queries = drizzle(pool, {
      logger: {
        logQuery: (sql, params) => {
          statements.push({ sql, params })
        }
      }
    })
    await testPlans(
      t,
      dialect,
      queries,
      statements,
      async ({ sql, params }) => {
        const [rows] = await pool.query<RowDataPacket[]>(`EXPLAIN ${sql}`, [...params])
        // No table in the plan: the engine found in the index that there is no such row. `<subquery2>` holds what
        // another line of the plan found.
        return rows
          .filter(row => !String(row['table']).startsWith('<subquery'))
          .map(row => ({
            table: String(row['table']),
            index: row['table'] === null ? 'no row' : (row['key'] as string | null)
          }))
      },
      async () => {
        await pool.query(
          'ANALYZE TABLE users, sessions, events, audit_log, refresh_tokens, session_pauses, exams, exam_assignments, questions, attempts, answers, code_submissions, grades, preflights, accommodations, event_hours, webhook_endpoints, webhook_messages, webhook_deliveries'
        )
      }
    )
  })

  await t.test('mariadb:// is the same as mysql://', async t => {
    const db = await openDatabase({ url: mariadb.url.replace('mysql:', 'mariadb:'), poolSize: 1 })
    t.teardown(() => db.close())
    t.equal(db.dialect, 'mysql')
  })

  await t.test('times lie in the table as UTC with milliseconds, whatever zone the server is in', async t => {
    const db = await openDatabase({ url: mariadb.url })
    t.teardown(() => db.close())
    const user = await db.users.create(newUser())
    const connection = await createConnection({ uri: mariadb.url, dateStrings: true })
    t.teardown(() => connection.end())
    const [rows] = await connection.query<RowDataPacket[]>('SELECT created_at FROM users WHERE id = ?', [user.id])
    t.equal(rows[0]?.['created_at'], new Date(AT).toISOString().replace('T', ' ').replace('Z', ''))
  })

  await t.test('too long a text is refused, not cut', async t => {
    const db = await openDatabase({ url: mariadb.url })
    t.teardown(() => db.close())
    await t.rejects(db.users.create(newUser({ name: 'x'.repeat(201) })), {
      code: 'invalid',
      engineCode: 'ER_DATA_TOO_LONG'
    })
  })

  await t.test('while the server is gone every query says unavailable; when it is back they work', async t => {
    const db = await openDatabase({ url: mariadb.url, poolSize: 3 })
    t.teardown(() => db.close())
    const { session, user } = await openSession(db)
    const before = newEvent(session.id, user.id)
    t.same(await db.events.append([before]), { stored: 1, missingSessionIds: [] })
    await mariadb.kill()
    for (let round = 0; round < 5; round++) {
      await t.rejects(db.ping(), { code: 'unavailable' })
      await t.rejects(db.users.byId(user.id), { code: 'unavailable' })
      await t.rejects(db.events.append([newEvent(session.id, user.id)]), { code: 'unavailable' })
      await t.rejects(db.sessions.transition(session.id, ['active'], 'paused', AT, 'system'), { code: 'unavailable' })
    }
    await t.rejects(openDatabase({ url: mariadb.url }), { code: 'unavailable' })
    await mariadb.restart()
    await db.ping()
    t.same(await db.events.listBySession(session.id, { limit: 10 }), [before], 'what was stored survived the power cut')
    t.equal(await db.sessions.transition(session.id, ['active'], 'paused', AT, 'system'), true)
  })

  await t.test('a server that says nothing is unavailable, and works on when it speaks again', async t => {
    const { dialect } = openMysql(mariadb.url, 2, {
      limits: { readMs: 200, endMs: 50 },
      interrupter: { connectMs: 100 }
    })
    t.teardown(() => dialect.close())
    await dialect.ping()
    mariadb.freeze()
    try {
      for (let round = 0; round < 4; round++) {
        await t.rejects(dialect.ping(), { code: 'unavailable', engineCode: /^(NO_ANSWER|TURN_TIMEOUT)$/ })
      }
    } finally {
      mariadb.resume()
    }
    await dialect.ping()
  })

  await t.test('a connection that dies under a transaction gives its place back', async t => {
    const { pool, dialect } = openMysql(mariadb.url, 1)
    t.teardown(() => dialect.close())
    await t.rejects(
      dialect.transaction(async tx => {
        await tx.insert(dialect.schema.settings).values({ key: 'lost', value: '1' })
        const [rows] = await (
          await createAdmin(mariadb, t)
        ).query<RowDataPacket[]>(
          "SELECT id FROM information_schema.processlist WHERE command = 'Sleep' AND db = 'invigil' AND id <> CONNECTION_ID()"
        )
        for (const row of rows) await (await createAdmin(mariadb, t)).query(`KILL ${Number(row['id'])}`)
        await tx.select().from(dialect.schema.settings)
      }),
      { code: 'unavailable' }
    )
    const [rows] = await pool.query<RowDataPacket[]>("SELECT * FROM settings WHERE `key` = 'lost'")
    t.same(rows, [])
    await dialect.transaction(async tx => {
      await tx.insert(dialect.schema.settings).values({ key: 'found', value: '1' })
    })
  })
})

async function createAdmin (mariadb: Mariadb, t: { teardown (end: () => Promise<void>): void }) {
  const connection = await createConnection(mariadb.url)
  t.teardown(() => connection.end())
  return connection
}
