import { createClient } from '@libsql/client'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { join } from 'node:path'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { Writable } from 'node:stream'
import { openDatabase, type Database } from '../../../db/index.ts'
import { createFolderStorage } from '../../../src/storage/folder-storage.ts'
import { testMedia } from '../../support/memory-storage.ts'
import { as, type ExamBody } from '../../support/exams.ts'
import { room, type Room } from '../../support/gateway.ts'
import { SERVERS } from '../../support/servers.ts'
import { findInFiles, MARKER, plant, type Planted } from '../../support/plant.ts'

type Row = Readonly<Record<string, unknown>>

/** Every row of every table, by table. */
async function rowsOf (url: string): Promise<Map<string, readonly Row[]>> {
  if (url.startsWith('file:')) {
    const client = createClient({ url, timeout: 2000 })
    const { rows: tables } = await client.execute(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    const all = new Map<string, readonly Row[]>()
    for (const { name } of tables) all.set(String(name), (await client.execute(`SELECT * FROM "${String(name)}"`)).rows)
    client.close()
    return all
  }
  if (url.startsWith('postgres:')) {
    const client = new Client(url)
    await client.connect()
    const { rows } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    const all = new Map<string, readonly Row[]>()
    for (const { name } of rows) all.set(name, (await client.query<Row>(`SELECT * FROM "${name}"`)).rows)
    await client.end()
    return all
  }
  const pool = createPool({ uri: url.replace(/^mariadb:/, 'mysql:') })
  const [tables] = await pool.query<RowDataPacket[]>('SHOW TABLES')
  const all = new Map<string, readonly Row[]>()
  for (const table of tables) {
    all.set(
      String(Object.values(table)[0]),
      (await pool.query<RowDataPacket[]>(`SELECT * FROM \`${String(Object.values(table)[0])}\``))[0]
    )
  }
  await pool.end()
  return all
}

const tablesWithMarker = (rows: ReadonlyMap<string, readonly Row[]>): string[] =>
  [...rows].flatMap(([table, list]) =>
    list
      .filter(row =>
        Object.values(row).some(value =>
          (value instanceof Uint8Array || value instanceof ArrayBuffer
            ? Buffer.from(value as Uint8Array).toString('latin1')
            : String(value)
          )
            .toLowerCase()
            .includes(MARKER)
        )
      )
      .map(row => `${table}: ${JSON.stringify(row).slice(0, 300)}`)
  )

/** A server with its media in a folder and its whole log in memory. */
async function observed (t: Test, db: Database, folder: string) {
  const log: Buffer[] = []
  const r = await room(t, {
    db,
    env: { LOG_LEVEL: 'trace' },
    log: new Writable({ write (chunk: Buffer, _encoding, done) { log.push(chunk); done() } }),
    media: db => testMedia(db, createFolderStorage(join(folder, 'media')))
  })
  return { r, logged: () => Buffer.concat(log).toString().toLowerCase() }
}

async function objectsOf ({ app }: Room): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of app.services.media.vault.storage.list('')) keys.push(key)
  return keys
}

/** Erases the planted account and checks every row; the audit log keeps the actions. */
async function erases (t: Test, r: Room, url: string): Promise<Planted> {
  const planted = await plant(t, r)
  const before = await rowsOf(url)
  const tables = new Set(tablesWithMarker(before).map(line => line.split(':')[0]!))
  for (const table of [
    'users',
    'sessions',
    'events',
    'audit_log',
    'answers',
    'code_submissions',
    'grades',
    'accommodations',
    'invitations',
    'question_corrections',
    'messages',
    'acknowledgements',
    'appeals',
    'incident_reviews',
    'review_decisions',
    'review_notes',
    'evidence',
    'legal_holds'
  ]) { t.ok(tables.has(table), `planted in ${table}`) }
  t.equal(
    tablesWithMarker(before).filter(line => line.startsWith('question_corrections')).length,
    2,
    'one reason names the person, one is of the corrector'
  )
  t.equal((await objectsOf(r)).length, 6, 'a recording, its storyboard, one of the screen, a picture, two copies of a report')
  t.match(before.get('recordings')!.map(row => row['source']).sort(), ['camera', 'screen'], 'planted a screen')
  for (const table of ['analyses', 'signed_reports']) t.equal(before.get(table)!.length, 1, `planted in ${table}`)
  for (const table of [
    'devices', 'refresh_tokens', 'face_enrollments', 'held_faces', 'consents', 'recordings', 'webhook_messages'
  ]) {
    t.match(JSON.stringify(before.get(table)), planted.userId, `planted in ${table}`)
  }
  const entriesBefore = before.get('audit_log')!

  for (const id of [planted.corrector.user.id, planted.userId]) {
    t.match(await as(r.app, planted.admin)('DELETE', `/users/${id}`), { status: 204 })
  }
  const after = await rowsOf(url)
  t.same(tablesWithMarker(after), [], 'no row holds it')
  t.same(await objectsOf(r), [], 'no file is left')
  for (const table of ['recordings', 'storyboard_sheets', 'analyses', 'signed_reports', 'held_faces', 'media_keys']) {
    t.same(after.get(table), [], `${table} is empty: copies of files in backups cannot be read`)
  }
  for (const [table, rows] of after) {
    if (table !== 'audit_log') {
      t.notOk(JSON.stringify(rows).includes(planted.userId), `${table} does not know the account`)
    }
  }

  const entries = after.get('audit_log')!
  t.equal(entries.length, entriesBefore.length + 2, 'no entry is lost, one for each account says who erased')
  const known = new Map(entries.map(row => [row['id'], row]))
  for (const row of entriesBefore) {
    const { action, target_id: targetId, actor_id: actorId, at } = known.get(row['id'])!
    t.same(
      [action, targetId, actorId, String(at)],
      [row['action'], row['target_id'], row['actor_id'], String(row['at'])],
      `${String(action)} is as it was`
    )
  }
  const details = JSON.stringify(entries.map(row => row['detail']))
  t.match(details, 'a flag of another candidate', 'entries about other people stay')
  t.match(details, /extraTimeShare|userId/, 'ids and numbers stay')
  t.match(details, /complianceScore/, 'so do the scores of a clearing')
  t.same(
    after.get('messages')!.map(row => row['text']).sort(),
    ['', '', 'a message that names no person'],
    'messages to others stay, without what names the person or what an erased account wrote'
  )
  t.match(after.get('acknowledgements'), [{ note: null, state: 'seen' }])
  const corrections = [...after.get('question_corrections')!].sort((a, b) => Number(a['number']) - Number(b['number']))
  t.same(
    corrections.map(row => row['reason']),
    ['', '', 'a correction that names no person'],
    'corrections stay, and reasons of others'
  )
  t.equal(corrections[1]!['corrected_by'], planted.corrector.user.id, 'ids stay')
  const corrected = entries.filter(row => row['action'] === 'question.correct').map(row => String(row['detail']))
  t.equal(corrected.filter(detail => detail.includes('correctionId')).length, 3, 'the log says which correction')
  t.equal(corrected.filter(detail => detail.includes('"before"')).length, 1)
  return planted
}

t.test(
  'after an erasure no row and no byte of the data folder holds a text of the account',
  { timeout: 240_000 },
  async t => {
    const folder = t.testdir()
    const url = `file:${join(folder, 'invigil.db')}`
    const db = await openDatabase({ url, exclusive: true })
    const { r, logged } = await observed(t, db, folder)
    const planted = await erases(t, r, url)
    t.match(logged(), 'request', 'the whole log is looked at')
    t.notMatch(logged(), MARKER, 'the log never had it')
    t.same(findInFiles(folder), [], 'while the server runs')

    // Then an exam with its texts, and its author.
    const request = as(r.app, planted.teacher)
    const { body: exam } = await request<ExamBody>('POST', '/exams', { title: `${MARKER} title`, description: MARKER })
    await request('POST', `/exams/${exam.id}/questions`, {
      kind: 'long',
      section: MARKER,
      text: MARKER,
      points: 1,
      body: { guidance: MARKER }
    })
    await request(
      'PUT',
      `/exams/${exam.id}/accommodations/${(await r.app.services.db.users.list({ role: 'student', limit: 1 }))[0]!.id}`,
      { extraTimeShare: 1, reason: `${MARKER} reason` }
    )
    t.not(findInFiles(folder).length, 0)
    t.match(await request('DELETE', `/exams/${exam.id}`), { status: 204 })
    t.same(findInFiles(folder), [], 'an erased exam')

    await r.app.close()
    await r.app.services.live.close()
    await db.close()
    t.same(findInFiles(folder), [], 'after an orderly end')
  })

t.test('a file of an older version holds no deleted content after the first start', { timeout: 120_000 }, async t => {
  const folder = t.testdir()
  const url = `file:${join(folder, 'invigil.db')}`
  const before = await openDatabase({ url })
  await before.users.create({ email: 'stays@example.org', name: 'Stays', role: 'admin', createdAtMs: 1 })
  await before.close()
  // As a file of an older version, which did not overwrite deleted content.
  const old = createClient({ url, timeout: 2000 })
  await old.execute("DELETE FROM settings WHERE key = 'secure-delete'")
  for (let count = 0; count < 300; count++) {
    await old.execute({
      sql: 'INSERT INTO audit_log VALUES (?, null, ?, ?, ?, ?, 1)',
      args: [`id${count}`, 'a', 'b', 'c', JSON.stringify({ text: MARKER.repeat(20) })]
    })
  }
  await old.execute('DELETE FROM audit_log')
  await old.execute('PRAGMA wal_checkpoint(TRUNCATE)')
  old.close()
  t.not(findInFiles(folder).length, 0)
  const now = await openDatabase({ url, exclusive: true })
  t.same(findInFiles(folder), [])
  t.match(await now.users.byEmail('stays@example.org'), { name: 'Stays' })
  await now.close()
})

for (const { name, missing, start } of SERVERS) {
  t.test(`on ${name} no row of the account is left`, { skip: missing(), timeout: 240_000 }, async t => {
    const server = await start()
    t.teardown(() => server.stop())
    const url = server.url
    const db = await openDatabase({ url })
    const { r, logged } = await observed(t, db, t.testdir())
    await erases(t, r, url)
    t.notMatch(logged(), MARKER)
    await r.app.close()
    await r.app.services.live.close()
    await db.close()
  })
}
