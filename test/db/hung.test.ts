/** Statements that a MySQL or MariaDB server does not answer: their effect, and the errors of the callers. */
import { sql } from 'drizzle-orm'
import { createConnection, type Connection } from 'mysql2/promise'
import t, { type Test } from 'tap'
import { openMysql } from '../../db/dialect-mysql.ts'
import type { Dialect } from '../../db/dialect.ts'
import { openDatabase } from '../../db/index.ts'
import { mariadbMissing, startMariadb, type Mariadb } from '../support/mariadb.ts'
import { until } from '../support/until.ts'

const LIMITS = { readMs: 500, writeMs: 500, longWriteMs: 1500, endMs: 1000 }

await t.test('statements that hang', { skip: mariadbMissing() }, async t => {
  const mariadb: Mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  await (await openDatabase({ url: mariadb.url })).close()

  function open (t: Test, poolSize = 4): { readonly dialect: Dialect, readonly settled: () => number } {
    const { dialect } = openMysql(mariadb.url, poolSize, {
      limits: LIMITS,
      interrupter: { connectMs: 500, retryMs: 50 }
    })
    t.teardown(() => dialect.close())
    let count = 0
    dialect.onUncertain(() => { count++ })
    return { dialect, settled: () => count }
  }
  async function admin (t: Test): Promise<Connection> {
    const connection = await createConnection(mariadb.url)
    t.teardown(() => { connection.destroy() })
    return connection
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
    const locker = await admin(t)
    await locker.query('FLUSH TABLES WITH READ LOCK')
    const writes = Array.from({ length: 12 }, (_, at) =>
      insert(dialect, `locked-${at}`).then(
        () => 'done',
        (error: { engineCode: string }) => error.engineCode
      )
    )
    const startedMs = performance.now()
    t.same(await keys(dialect), [])
    t.ok(performance.now() - startedMs < 400, 'a read has a connection although the writes wait')
    for (const outcome of await Promise.all(writes)) t.match(outcome, /^(ER_QUERY_INTERRUPTED|TURN_TIMEOUT)$/)
    t.equal(dialect.health().lastWriteOk, false)
    await locker.query('UNLOCK TABLES')
    await insert(dialect, 'after')
    t.same(await keys(dialect), ['after'], 'none of the refused writes was done')
    t.equal(dialect.health().lastWriteOk, true)
    t.equal(settled(), 0, 'nothing was uncertain')
  })

  await t.test('a transaction that hangs at its commit is undone', async t => {
    const { dialect } = open(t)
    const locker = await admin(t)
    await t.rejects(dialect.transaction(async tx => {
      await tx.insert(dialect.schema.settings).values({ key: 'half', value: '1' })
      await locker.query('FLUSH TABLES WITH READ LOCK')
    }), { code: 'unavailable' })
    await locker.query('UNLOCK TABLES')
    t.notOk((await keys(dialect)).includes('half'))
  })

  await t.test('a long write has longer, and is ended too', async t => {
    const { dialect } = open(t)
    const slow = dialect.write(async db => {
      await db.delete(dialect.schema.settings).where(sql.raw('sleep(0.9) = 0 and `key` = "none"'))
    }, 'long')
    await slow
    await t.rejects(
      dialect.write(async db => {
        await db.delete(dialect.schema.settings).where(sql.raw('sleep(3) = 0'))
      }, 'long'),
      { code: 'unavailable' }
    )
  })

  await t.test(
    'a server that stands still: refused in time, all places come back, and what was uncertain is settled afterwards',
    async t => {
      const { dialect, settled } = open(t, 3)
      await insert(dialect, 'before-freeze')
      mariadb.freeze()
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
      mariadb.resume()
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
    mariadb.freeze()
    const refused = t.rejects(insert(dialect, 'killed'), { code: 'unavailable' })
    await new Promise(resolve => setTimeout(resolve, 50))
    await mariadb.kill()
    await refused
    await mariadb.restart()
    await until(() => settled() === 1)
    await insert(dialect, 'after-kill')
  })
})
