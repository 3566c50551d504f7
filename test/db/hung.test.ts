/** Statements that a database server does not answer: their effect, and the errors of the callers. */
import { sql } from 'drizzle-orm'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { openMysql } from '../../db/dialect-mysql.ts'
import { openPostgres } from '../../db/dialect-postgres.ts'
import type { Dialect } from '../../db/dialect.ts'
import { openDatabase } from '../../db/index.ts'
import { mariadbMissing, startMariadb, type Mariadb } from '../support/mariadb.ts'
import { postgresMissing, startPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'

const LIMITS = { readMs: 500, writeMs: 500, longWriteMs: 1500, endMs: 1000 }

interface Lock {
  readonly lock: () => Promise<void>
  readonly unlock: () => Promise<void>
}

/** What differs between the servers. */
interface Engine {
  readonly start: () => Promise<Mariadb>
  readonly open: typeof openMysql | typeof openPostgres
  /** Makes writes wait, but not reads; `unlock` ends that. */
  readonly lock: (t: Test, url: string) => Promise<Lock>
  /** Makes commits wait from `lock` on; `unlock` ends that. */
  readonly lockCommits: (t: Test, url: string) => Promise<Lock>
  /** Conditions that are true for no row: one takes 0.9 s, the other longer than a long write may. */
  readonly slow: string
  readonly hanging: string
  readonly isInterrupted: RegExp
}

async function readLock (t: Test, url: string): Promise<Lock> {
  const connection = await createConnection(url)
  t.teardown(() => { connection.destroy() })
  return {
    lock: async () => { await connection.query('FLUSH TABLES WITH READ LOCK') },
    unlock: async () => { await connection.query('UNLOCK TABLES') }
  }
}

const MARIADB: Engine = {
  start: startMariadb,
  open: openMysql,
  lock: readLock,
  lockCommits: readLock,
  slow: 'sleep(0.9) = 0 and `key` = "none"',
  hanging: 'sleep(3) = 9',
  isInterrupted: /^(ER_QUERY_INTERRUPTED|TURN_TIMEOUT)$/
}

async function connect (t: Test, url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

const POSTGRES: Engine = {
  start: startPostgres,
  open: openPostgres,
  lock: async (t, url) => {
    const client = await connect(t, url)
    return {
      lock: async () => { await client.query('BEGIN; LOCK TABLE settings IN SHARE MODE') },
      unlock: async () => { await client.query('COMMIT') }
    }
  },
  lockCommits: async (t, url) => {
    const client = await connect(t, url)
    await client.query(
      `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3); RETURN NULL; END';
       CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION wait()`
    )
    return { lock: async () => {}, unlock: async () => { await client.query('DROP TRIGGER wait ON settings') } }
  },
  slow: '(SELECT pg_sleep(0.9)) IS NULL',
  hanging: '(SELECT pg_sleep(3)) IS NULL',
  isInterrupted: /^(57014|TURN_TIMEOUT)$/
}

await t.test('statements that hang on MariaDB', { skip: mariadbMissing() }, t => hang(t, MARIADB))
await t.test('statements that hang on PostgreSQL', { skip: postgresMissing() }, t => hang(t, POSTGRES))

async function hang (t: Test, engine: Engine): Promise<void> {
  const server = await engine.start()
  t.teardown(() => server.stop())
  await (await openDatabase({ url: server.url })).close()

  function open (t: Test, poolSize = 4): { readonly dialect: Dialect, readonly settled: () => number } {
    const { dialect } = engine.open(server.url, poolSize, {
      limits: LIMITS,
      interrupter: { connectMs: 500, retryMs: 50 }
    })
    t.teardown(() => dialect.close())
    let count = 0
    dialect.onUncertain(() => { count++ })
    return { dialect, settled: () => count }
  }
  const insert = (dialect: Dialect, key: string) =>
    dialect.write(async db => {
      await db.insert(dialect.schema.settings).values({ key, value: '1' })
    })
  // The database stores one setting of its own, which is not a row of the test.
  const keys = async (dialect: Dialect) =>
    (await dialect.read(async db => await db.select().from(dialect.schema.settings)))
      .map(({ key }) => key)
      .filter(key => key !== 'fold-version')

  await t.test('a write that waits for a read lock is ended, was never done, and reads go on meanwhile', async t => {
    const { dialect, settled } = open(t)
    const { lock, unlock } = await engine.lock(t, server.url)
    await lock()
    const writes = Array.from({ length: 12 }, (_, at) =>
      insert(dialect, `locked-${at}`).then(
        () => 'done',
        (error: { engineCode: string }) => error.engineCode
      )
    )
    const startedMs = performance.now()
    t.same(await keys(dialect), [])
    t.ok(performance.now() - startedMs < 400, 'a read has a connection although the writes wait')
    for (const outcome of await Promise.all(writes)) t.match(outcome, engine.isInterrupted)
    t.equal(dialect.health().lastWriteOk, false)
    await unlock()
    await insert(dialect, 'after')
    t.same(await keys(dialect), ['after'], 'none of the refused writes was done')
    t.equal(dialect.health().lastWriteOk, true)
    t.equal(settled(), 0, 'nothing was uncertain')
  })

  await t.test('a transaction that hangs at its commit is undone', async t => {
    const { dialect } = open(t)
    const { lock, unlock } = await engine.lockCommits(t, server.url)
    await t.rejects(dialect.transaction(async tx => {
      await tx.insert(dialect.schema.settings).values({ key: 'half', value: '1' })
      await lock()
    }), { code: 'unavailable' })
    await unlock()
    t.notOk((await keys(dialect)).includes('half'))
  })

  await t.test('a long write has longer, and is ended too', async t => {
    const { dialect } = open(t)
    const slow = dialect.write(async db => {
      await db.delete(dialect.schema.settings).where(sql.raw(engine.slow))
    }, 'long')
    await slow
    await t.rejects(
      dialect.write(async db => {
        await db.delete(dialect.schema.settings).where(sql.raw(engine.hanging))
      }, 'long'),
      { code: 'unavailable' }
    )
  })

  await t.test(
    'a server that stands still: refused in time, all places come back, and what was uncertain is settled afterwards',
    async t => {
      const { dialect, settled } = open(t, 3)
      await insert(dialect, 'before-freeze')
      server.freeze()
      const startedMs = performance.now()
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          insert(dialect, `frozen-${at}`).then(
            () => 'done',
            (error: { engineCode: string }) => error.engineCode
          )
        )
      )
      t.ok(performance.now() - startedMs < 3500)
      t.ok(outcomes.includes('OUTCOME_UNKNOWN'), 'some were sent')
      t.ok(dialect.health().lastWriteOk === false)
      t.equal(settled(), 0)
      server.resume()
      await until(() => settled() > 0)
      // Settled: the stored rows stay as they are.
      const stored = await keys(dialect)
      await insert(dialect, 'after-freeze')
      await Promise.all(Array.from({ length: 6 }, (_, at) => insert(dialect, `later-${at}`)))
      t.same(
        (await keys(dialect)).filter(key => key.startsWith('frozen')),
        stored.filter(key => key.startsWith('frozen'))
      )
      t.equal(settled(), 1, 'once for all of them')
    }
  )

  await t.test('a server that was killed in a write is uncertain too, until it is back', async t => {
    const { dialect, settled } = open(t, 2)
    await insert(dialect, 'before-kill')
    server.freeze()
    const refused = t.rejects(insert(dialect, 'killed'), { code: 'unavailable' })
    await new Promise(resolve => setTimeout(resolve, 50))
    await server.kill()
    await refused
    await server.restart()
    await until(() => settled() === 1)
    await insert(dialect, 'after-kill')
  })
}
