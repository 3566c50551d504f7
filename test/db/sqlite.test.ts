process.env['TZ'] = 'America/New_York'

import { createClient, type InArgs } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Queries } from '../../db/dialect.ts'
import { openSqlite } from '../../db/dialect-sqlite.ts'
import { DatabaseError } from '../../db/errors.ts'
import { createGate, retryContended } from '../../db/dialect.ts'
import { SYSTEM_LANE } from '../../db/lane.ts'
import { openDatabase } from '../../db/index.ts'
import { conform } from './conformance.ts'
import { testPlans, type Statement } from './plans.ts'
import { testProcesses } from './processes.ts'
import { newUser } from './rows.ts'

const folder = t.testdir()
const urlOf = (name: string) => `file:${join(folder, `${name}.db`)}`

await t.test('every query on a file', t => conform(t, () => urlOf('conformance')))

await testProcesses(t, async name => urlOf(name))

await t.test('each list uses an index', async t => {
  const url = urlOf('plans')
  await (await openDatabase({ url })).close()
  const { client, dialect } = openSqlite(url)
  t.teardown(() => dialect.close())
  const statements: Statement[] = []
  const queries = drizzle(client, {
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
      const { rows } = await client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: params as InArgs })
      return rows
        .map(row => String(row['detail']))
        .filter(detail => /^(SCAN|SEARCH)/.test(detail))
        .map(detail => ({
          table: detail.split(' ')[1]!,
          index: /USING (?:COVERING )?(?:INDEX|INTEGER) (\S+)/.exec(detail)?.[1] ?? null
        }))
    },
    async () => {
      await client.execute('ANALYZE')
    }
  )
})

await t.test('a database in memory works, with transactions and reads at once', async t => {
  const db = await openDatabase({ url: 'file::memory:' })
  t.teardown(() => db.close())
  const user = await db.users.create(newUser())
  const { session } = await db.sessions.open({ userId: user.id, atMs: 1 })
  const [moved, found] = await Promise.all([
    db.sessions.transition(session.id, ['active'], 'paused', 2, 'system'),
    db.users.byId(user.id),
    db.ping()
  ])
  t.equal(moved, true)
  t.same(found, user)
})

await t.test(
  'a face that was enrolled before histories existed counts as old, and can be confirmed',
  async t => {
    const url = urlOf('old-faces')
    const db = await openDatabase({ url })
    t.teardown(() => db.close())
    const [kept, replaced] = [
      await db.users.create(newUser({ faceEmbedding: new Uint8Array([1]) })),
      await db.users.create(newUser({ faceEmbedding: new Uint8Array([1]) }))
    ]
    const client = createClient({ url })
    await client.execute('DELETE FROM face_enrollments')
    client.close()
    t.same(await db.faceEnrollments.at(kept.id), { isEnrolled: true, change: null })
    await db.users.setFace(replaced.id, {
      embedding: new Uint8Array([2]),
      change: { by: replaced.id, address: '', atMs: 1000 }
    })
    t.match(await db.faceEnrollments.at(replaced.id), { isEnrolled: true, change: { action: 'replaced' } })
    t.same(await db.faceEnrollments.at(replaced.id, 999), { isEnrolled: true, change: null })
    t.match(await db.faceEnrollments.confirm(kept.id, { by: replaced.id, reason: 'x', atMs: 2000 }), {
      action: 'enrolled',
      by: 'system',
      atMs: kept.createdAtMs,
      confirmedAtMs: 2000
    })
    t.match(await db.faceEnrollments.list(kept.id, { limit: 5 }), [{ by: 'system', confirmedBy: replaced.id }])
  }
)

await t.test('the folder is made, readable by its owner only', async t => {
  const db = await openDatabase({ url: `file:${join(folder, 'new', 'folder', 'x.db')}` })
  await db.close()
  t.equal((await stat(join(folder, 'new'))).mode & 0o777, 0o700)
})

await t.test('a write waits for another process without stopping the event loop, and is then committed', async t => {
  const db = await openDatabase({ url: urlOf('busy') })
  t.teardown(() => db.close())
  const other = createClient({ url: urlOf('busy') })
  t.teardown(() => other.close())
  const lock = await other.transaction('write')
  let written = false
  const writing = db.settings.set('a', 1).then(() => { written = true })
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setTimeout(resolve, 5))
  t.equal(written, false)
  t.equal(await db.settings.get('a'), undefined, 'reading goes on')
  await lock.rollback()
  await writing
  await db.settings.set('b', 2)
  // libsql reports success for writes that follow a refused one on the same connection, and never commits them.
  t.equal(
    (await other.execute("SELECT * FROM settings WHERE key IN ('a', 'b')")).rows.length,
    2,
    'another connection sees them'
  )
})

await t.test('writes that wait for a lock time out together, not one after the other', async t => {
  const busy = new DatabaseError('unavailable', 'SQLITE_BUSY')
  let nowMs = 0
  let attempts = 0
  const attempt = async () => { attempts++; nowMs += 3000; throw busy }
  const gate = createGate(1)
  const untilMs = 8000
  const writes = [1, 2, 3].map(() =>
    gate.run(() => retryContended(attempt, () => nowMs, untilMs), { lane: SYSTEM_LANE })
  )
  for (const result of await Promise.allSettled(writes)) {
    t.match(result, { status: 'rejected', reason: { code: 'unavailable' } })
  }
  t.equal(attempts, 3, 'the first until its deadline; the others never had a turn')
})

await t.test('a database file that was moved away is detected, although writes still succeed', async t => {
  const db = await openDatabase({ url: urlOf('moved') })
  t.teardown(() => db.close())
  await db.ping()
  const path = join(folder, 'moved.db')
  await rename(path, `${path}.old`)
  await t.rejects(db.ping(), { code: 'unavailable', engineCode: 'FILE_MOVED' })
  await writeFile(path, '')
  await t.rejects(db.ping(), { code: 'unavailable', engineCode: 'FILE_MOVED' }, 'another one is in its place')
  await rename(`${path}.old`, path)
  await db.ping()
})

await t.test('a file has one server, and any number of command lines', async t => {
  const url = urlOf('place')
  const first = await openDatabase({ url, exclusive: true })
  await t.rejects(openDatabase({ url, exclusive: true }), { code: 'unavailable', engineCode: 'SERVER_RUNNING' })
  const tool = await openDatabase({ url })
  t.teardown(() => tool.close())
  await Promise.all([first.ping(), tool.ping()])
  const waiting = openDatabase({ url, exclusive: true })
  await first.close()
  await (await waiting).close()
})

await t.test('a failure in a transaction undoes it and leaves no lock', async t => {
  const url = urlOf('rollback')
  await (await openDatabase({ url })).close()
  const { dialect } = openSqlite(url)
  t.teardown(() => dialect.close())
  const { settings } = dialect.schema
  await t.rejects(dialect.transaction(async tx => {
    await tx.insert(settings).values({ key: 'a', value: '1' })
    throw new Error('half way')
  }), { code: 'unknown' })
  t.same((await dialect.read(async db => await db.select().from(settings))).filter(({ key }) => key === 'a'), [])
  await dialect.write(async db => { await db.insert(settings).values({ key: 'a', value: '2' }) })
})

await t.test('a file that is not a database, a folder, and an invalid url are refused', async t => {
  await writeFile(join(folder, 'text.db'), 'no database '.repeat(1000))
  await t.rejects(openDatabase({ url: urlOf('text') }), { code: 'unavailable', engineCode: 'SQLITE_NOTADB' })
  await mkdir(join(folder, 'dir.db'))
  await t.rejects(openDatabase({ url: urlOf('dir') }), { code: 'unavailable' })
  const error = await openDatabase({ url: 'mssql://user:secret@host/db' }).catch((error: unknown) => error)
  t.match(String(error), 'DATABASE_URL begins with "mssql"')
  t.notMatch(String(error), 'secret')
})
