/** A response has `stored: true` only for committed rows, also while the database accepts no writes or hangs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createConnection } from 'mysql2/promise'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { build, call, person } from '../../support/app.ts'
import { lockSqlite } from '../../support/lock-sqlite.ts'
import { mariadbMissing, startMariadb } from '../../support/mariadb.ts'
import { until } from '../../support/until.ts'

interface ReportBody { readonly stored: boolean, readonly events: ReadonlyArray<{ readonly id: string }> }

/** `lock` blocks all other writers until the function that it returns is called. */
async function reportLocked (t: Test, url: string, lock: () => Promise<() => Promise<void>>): Promise<void> {
  const db = await openDatabase({ url })
  const app = await build(t, { db })
  t.teardown(() => db.close())
  const { user, headers } = await person(app)
  const { session } = await db.sessions.open({ userId: user.id, atMs: Date.now() })
  await app.services.live.start(session)
  const report = async (kind: string) => await call<ReportBody>(app, 'POST', '/events', { headers, payload: { kind } })
  t.match(await report('paste'), { status: 201, body: { stored: true } })
  const unlock = await lock()
  const response = await report('copy')
  t.match(response, { status: 201, body: { stored: false } })
  const ids = async (): Promise<readonly string[]> =>
    (await db.events.listBySession(session.id, { limit: 9 })).map(({ id }) => id)
  t.notOk((await ids()).includes(response.body.events[0]!.id))
  await unlock()
  await until(async () => (await ids()).includes(response.body.events[0]!.id))
  t.match(await report('print'), { status: 201, body: { stored: true } })
  t.equal((await ids()).length, 3)
}

t.test('SQLite, locked by another process', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-stored-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const url = `file:${path.join(folder, 'invigil.db')}`
  await reportLocked(t, url, async () => await lockSqlite(url))
})

t.test('MariaDB under a read lock', { skip: mariadbMissing(), timeout: 120_000 }, async t => {
  const mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  await reportLocked(t, mariadb.url, async () => {
    const other = await createConnection(mariadb.url)
    await other.query('FLUSH TABLES WITH READ LOCK')
    return async () => {
      await other.query('UNLOCK TABLES')
      await other.end()
    }
  })
})
