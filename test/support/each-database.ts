/** Runs the same test on SQLite, and on a MariaDB and a PostgreSQL that are started for it. */
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { build, type Overrides } from './app.ts'
import { SERVERS } from './servers.ts'

/** `make` builds an application on the database of this run; each call gets its own empty database. */
export async function eachDatabase (
  t: Test,
  run: (t: Test, make: (overrides?: Overrides) => Promise<FastifyInstance>) => Promise<void>
): Promise<void> {
  await t.test('on SQLite', async t => await run(t, async overrides => await build(t, overrides)))
  for (const { name, missing, start } of SERVERS) {
    await t.test(`on ${name}`, { skip: missing() }, async t => {
      const server = await start()
      t.teardown(async () => await server.stop())
      let made = 0
      await run(t, async overrides => {
        const db = await openDatabase({
          url: made++ === 0 ? server.url : await server.createDatabase(`invigil${made}`)
        })
        t.teardown(async () => await db.close())
        return await build(t, { ...overrides, db })
      })
    })
  }
}
