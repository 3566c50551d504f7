/** Runs the same test on SQLite and on a MariaDB that is started for it. */
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { build, type Overrides } from './app.ts'
import { mariadbMissing, startMariadb } from './mariadb.ts'

/** `make` builds an application on the database of this run; each call gets its own empty database. */
export async function eachDatabase (
  t: Test,
  run: (t: Test, make: (overrides?: Overrides) => Promise<FastifyInstance>) => Promise<void>
): Promise<void> {
  await t.test('on SQLite', async t => await run(t, async overrides => await build(t, overrides)))
  await t.test('on MariaDB', { skip: mariadbMissing() }, async t => {
    const mariadb = await startMariadb()
    t.teardown(async () => await mariadb.stop())
    let made = 0
    await run(t, async overrides => {
      const db = await openDatabase({
        url: made++ === 0 ? mariadb.url : await mariadb.createDatabase(`invigil${made}`)
      })
      t.teardown(async () => await db.close())
      return await build(t, { ...overrides, db })
    })
  })
}
