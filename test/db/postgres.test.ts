process.env['TZ'] = 'America/New_York'

import { drizzle } from 'drizzle-orm/node-postgres'
import { Client, Pool } from 'pg'
import t, { type Test } from 'tap'
import { openPostgres } from '../../db/dialect-postgres.ts'
import type { Queries } from '../../db/dialect.ts'
import { newId, openDatabase } from '../../db/index.ts'
import { postgresMissing, startPostgres } from '../support/postgres.ts'
import { conform } from './conformance.ts'
import { testPlans, type Statement } from './plans.ts'
import { testProcesses } from './processes.ts'
import { AT, newEvent, newUser, openSession } from './rows.ts'

/** A step of a plan, as `explain (format json)` gives it. */
interface Step {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Step[]
}

await t.test('PostgreSQL', { skip: postgresMissing() }, async t => {
  const postgres = await startPostgres()
  t.teardown(() => postgres.stop())

  await t.test('every query', t => conform(t, () => postgres.url))

  await testProcesses(t, name => postgres.createDatabase(name))

  await t.test('each list uses an index', async t => {
    const url = await postgres.createDatabase('plans')
    await (await openDatabase({ url })).close()
    const { dialect } = openPostgres(url, 2)
    t.teardown(() => dialect.close())
    // Tables of some hundred rows are read whole unless that is forbidden.
    const pool = new Pool({ connectionString: url, max: 1, options: '-c enable_seqscan=off' })
    t.teardown(() => pool.end())
    const statements: Statement[] = []
    const queries = drizzle(pool, {
      logger: {
        logQuery: (sql, params) => {
          statements.push({ sql, params })
        }
      }
    }) as unknown as Queries
    await testPlans(
      t,
      dialect,
      queries,
      statements,
      async ({ sql, params }) => {
        const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Step }] }>(
          `EXPLAIN (FORMAT JSON) ${sql}`, [...params]
        )
        return tablesOf(rows[0]!['QUERY PLAN'][0].Plan)
      },
      async () => { await pool.query('ANALYZE') }
    )
  })

  await t.test('postgresql:// is the same as postgres://', async t => {
    const db = await openDatabase({ url: postgres.url.replace('postgres:', 'postgresql:'), poolSize: 1 })
    t.teardown(() => db.close())
    t.equal(db.dialect, 'postgres')
  })

  await t.test('times lie in the table as instants with milliseconds, whatever zone the server is in', async t => {
    const db = await openDatabase({ url: postgres.url })
    t.teardown(() => db.close())
    const user = await db.users.create(newUser())
    const client = await connect(t, postgres.url)
    const { rows } = await client.query<{ at: string }>(
      'SELECT extract(epoch FROM created_at) * 1000 AS at FROM users WHERE id = $1', [user.id]
    )
    t.equal(Number(rows[0]?.at), AT)
  })

  await t.test('too long a text and the character U+0000 are refused', async t => {
    const db = await openDatabase({ url: postgres.url })
    t.teardown(() => db.close())
    const invalid = (engineCode: string) => ({ code: 'invalid', engineCode })
    await t.rejects(db.users.create(newUser({ name: 'x'.repeat(201) })), invalid('22001'))
    await t.rejects(db.users.create(newUser({ name: 'a\u0000b' })), invalid('22021'))
  })

  await t.test('ids and keys are compared byte by byte, whatever the collation of the database', async t => {
    const db = await openDatabase({ url: postgres.url })
    t.teardown(() => db.close())
    for (const key of ['b', 'B', 'a', 'ä']) await db.settings.set(`order-${key}`, 1)
    const keys = Object.keys(await db.settings.all()).filter(key => key.startsWith('order-'))
    t.same(keys, ['order-B', 'order-a', 'order-b', 'order-ä'])
  })

  await t.test('a migration that fails changes nothing, and the next start does all of it', async t => {
    const url = await postgres.createDatabase('taken')
    const client = await connect(t, url)
    await client.query('CREATE TABLE users (other integer)')
    await t.rejects(openDatabase({ url }), { engineCode: '42P07', message: /database of its own.*Nothing was changed/ })
    const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    t.same(rows, [{ tablename: 'users' }])
    await client.query('DROP TABLE users')
    const db = await openDatabase({ url })
    await db.users.create(newUser())
    await db.close()
  })

  await t.test('a user without rights, and a database that is not in UTF-8, are refused in words', async t => {
    const client = await connect(t, postgres.url)
    await client.query('CREATE ROLE guest LOGIN')
    await t.rejects(openDatabase({ url: (await postgres.createDatabase('closed')).replace('invigil@', 'guest@') }), {
      engineCode: '42501', message: /owner/
    })
    await client.query("CREATE DATABASE ascii ENCODING SQL_ASCII LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
    await t.rejects(openDatabase({ url: postgres.url.replace(/[^/]+$/, 'ascii') }), { message: /UTF8/ })
    await t.rejects(openDatabase({ url: postgres.url.replace(/[^/]+$/, 'none') }), { message: /3D000/ })
  })

  await t.test('a transaction in which an error was caught is not taken for committed', async t => {
    const { dialect } = openPostgres(postgres.url, 1)
    t.teardown(() => dialect.close())
    const row = { key: newId(), value: '1' }
    await t.rejects(
      dialect.transaction(async tx => {
        await tx.insert(dialect.schema.settings).values(row)
        await tx.insert(dialect.schema.settings).values(row).catch(() => {})
      }),
      { code: 'unknown', engineCode: 'ROLLED_BACK' }
    )
  })

  await t.test('two transactions that wait for each other both succeed', async t => {
    const { dialect } = openPostgres(postgres.url, 4)
    t.teardown(() => dialect.close())
    const { settings } = dialect.schema
    const keys = [newId(), newId()]
    await dialect.write(async db => { await db.insert(settings).values(keys.map(key => ({ key, value: '0' }))) })
    const touch = async (first: string, second: string): Promise<void> => {
      await dialect.transaction(async tx => {
        for (const key of [first, second]) {
          await dialect.upsert(tx, settings, [{ key, value: '1' }], [settings.key], { value: first })
          await new Promise(resolve => setTimeout(resolve, 100))
        }
      })
    }
    await Promise.all([touch(keys[0]!, keys[1]!), touch(keys[1]!, keys[0]!)])
  })

  await t.test('while the server is gone every query says unavailable; when it is back they work', async t => {
    const db = await openDatabase({ url: postgres.url, poolSize: 3 })
    t.teardown(() => db.close())
    const { session, user } = await openSession(db)
    const before = newEvent(session.id, user.id)
    t.same(await db.events.append([before]), { stored: 1, missingSessionIds: [] })
    await postgres.kill()
    for (let round = 0; round < 5; round++) {
      await t.rejects(db.ping(), { code: 'unavailable' })
      await t.rejects(db.users.byId(user.id), { code: 'unavailable' })
      await t.rejects(db.events.append([newEvent(session.id, user.id)]), { code: 'unavailable' })
      await t.rejects(db.sessions.transition(session.id, ['active'], 'paused', AT, 'system'), { code: 'unavailable' })
    }
    await t.rejects(openDatabase({ url: postgres.url }), { code: 'unavailable' })
    await postgres.restart()
    await db.ping()
    t.same(await db.events.listBySession(session.id, { limit: 10 }), [before], 'what was stored survived the kill')
    t.equal(await db.sessions.transition(session.id, ['active'], 'paused', AT, 'system'), true)
  })

  await t.test('a server that says nothing is unavailable, and works on when it speaks again', async t => {
    const { dialect } = openPostgres(postgres.url, 2, {
      limits: { readMs: 200, endMs: 50 },
      interrupter: { connectMs: 100 }
    })
    t.teardown(() => dialect.close())
    await dialect.ping()
    postgres.freeze()
    try {
      for (let round = 0; round < 4; round++) {
        await t.rejects(dialect.ping(), { code: 'unavailable', engineCode: /^(NO_ANSWER|TURN_TIMEOUT)$/ })
      }
    } finally {
      postgres.resume()
    }
    await dialect.ping()
  })

  await t.test('a connection that dies under a transaction gives its place back', async t => {
    const { pool, dialect } = openPostgres(postgres.url, 1)
    t.teardown(() => dialect.close())
    const admin = await connect(t, postgres.url)
    await t.rejects(
      dialect.transaction(async tx => {
        await tx.insert(dialect.schema.settings).values({ key: 'lost', value: '1' })
        await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'invigil'")
        await tx.select().from(dialect.schema.settings)
      }),
      { code: 'unavailable' }
    )
    t.same((await pool.query("SELECT * FROM settings WHERE key = 'lost'")).rows, [])
    await dialect.transaction(async tx => {
      await tx.insert(dialect.schema.settings).values({ key: 'found', value: '1' })
    })
  })
})

function tablesOf (step: Step): Array<{ readonly table: string, readonly index: string | null }> {
  const below = (step.Plans ?? []).flatMap(tablesOf)
  if (step['Index Name'] !== undefined) return [{ table: step['Relation Name'] ?? '', index: step['Index Name'] }]
  if (step['Node Type'] === 'Seq Scan') return [{ table: step['Relation Name'] ?? '', index: null }]
  return below
}

async function connect (t: Test, url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}
