import { createClient } from '@libsql/client'
import { createPool } from 'mysql2/promise'
import { Client } from 'pg'
import type { Test } from 'tap'
import { newId, openDatabase, type Database } from '../../db/index.ts'
import { AT, type Open } from './rows.ts'

/** Stored texts, and the searches that find them. */
const FOUND: ReadonlyArray<readonly [stored: string, ...typed: string[]]> = [
  ['ÉMILE', 'ÉMILE', 'émile', 'Emile', 'e\u0301mile', 'ÉM'],
  ['Nuñez', 'nuñez', 'NUÑEZ', 'nun\u0303ez', 'nunez'],
  ['червоний', 'червоний', 'ЧЕРВОНИЙ', 'червонии\u0306'],
  ['হৃদয়', 'হৃদ\u09DF', 'হৃদ\u09AF\u09BC'],
  ['ড়\u09A2\u09BC', '\u09DC', '\u09DD'],
  ['Ünïcode', 'ünïcode', 'unicode', 'U\u0308NI\u0308CODE'],
  ['Weiß Straße', 'STRASSE', 'straße', 'weiss', 'WEIẞ'],
  ['İstanbul Işık', 'istanbul', 'İSTANBUL', 'işık', 'isik'],
  ['ΟΔΥΣΣΕΥΣ', 'Οδυσσεύς', 'οδυσσευς'],
  ['Łukasz Sørensen', 'lukasz', 'ŁUKASZ', 'sorensen'],
  ['Ｔａｎａｋａ ﬁne', 'tanaka', 'fine'],
  ['Mu\u00ADham\u200Bmad', 'muhammad', 'MUHAM\u2060MAD'],
  ['O’Brien', "o'brien"],
  ['১২ক', '12', '১২'],
  ['100%_sure!', '100%_', '%_SURE!', '100％']
]
/** Similar texts that a search must not find. */
const NOT_FOUND: ReadonlyArray<readonly [stored: string, typed: string]> = [
  ['কি', 'কা'],
  ['কি', 'কী'],
  ['abc', 'a%c'],
  ['abc', 'a_c'],
  ['abc', '!']
]

/** Names, addresses and titles are found in their stored folded form. */
export async function conformSearch (t: Test, open: Open, url: string): Promise<void> {
  await t.test('a search finds whatever case, accents and spelling of one character are typed', async t => {
    const db = await open(t)
    for (const [stored, ...all] of FOUND) {
      const ids = await store(db, stored)
      for (const typed of all) await finds(t, db, ids, typed, true, `${stored} by ${typed}`)
    }
    for (const [stored, typed] of NOT_FOUND) {
      await finds(t, db, await store(db, stored), typed, false, `${stored} not by ${typed}`)
    }
  })

  await t.test('a new name and title are found, and the old ones no longer', async t => {
    const db = await open(t)
    const tag = newId()
    const ids = await store(db, `Ærø ${tag}`)
    await db.users.setProfile(ids.userId, { name: `Ñandú ${tag}` })
    await db.exams.change(ids.examId, { title: `Ñandú ${tag}` }, AT)
    await finds(t, db, ids, `nandu ${tag}`, true, 'new')
    await finds(t, db, ids, `aero ${tag}`, false, 'old')
  })

  await t.test('rows of an older version get their folded form when the database is opened', async t => {
    const tag = newId()
    const before = await openDatabase({ url })
    const ids = await store(before, `Żółć ${tag}`)
    await before.close()
    await run(url, `UPDATE users SET name_folded = NULL, email_folded = NULL WHERE id = '${ids.userId}'`)
    await run(url, `UPDATE exams SET title_folded = NULL WHERE id = '${ids.examId}'`)
    await finds(t, await open(t), ids, `ZOLC ${tag}`, true, 'a row without a folded form')
    await run(url, `UPDATE users SET name_folded = 'stale' WHERE id = '${ids.userId}'`)
    await run(url, `UPDATE exams SET title_folded = 'stale' WHERE id = '${ids.examId}'`)
    await finds(t, await open(t), ids, `ZOLC ${tag}`, false, 'a present form is left alone')
    await run(url, "DELETE FROM settings WHERE `key` = 'fold-version'")
    await finds(t, await open(t), ids, `ZOLC ${tag}`, true, 'folded forms of another version are replaced')
  })
}

interface Stored {
  readonly userId: string
  readonly examId: string
}

async function store (db: Database, text: string): Promise<Stored> {
  const user = await db.users.create({ email: `${newId()}@example.org`, name: text, role: 'student', createdAtMs: AT })
  const exam = await db.exams.create({ ownerId: user.id, title: text, isOpenToAll: true, atMs: AT })
  await db.exams.setState(exam.id, ['draft'], 'published', AT)
  return { userId: user.id, examId: exam.id }
}

async function finds (
  t: Test,
  db: Database,
  { userId, examId }: Stored,
  search: string,
  expected: boolean,
  label: string
): Promise<void> {
  const limit = 100
  t.equal(
    (await db.users.list({ search, limit })).some(({ id }) => id === userId),
    expected,
    `accounts: ${label}`
  )
  t.equal(
    (await db.statistics.candidates({ search, limit })).some(({ id }) => id === userId),
    expected,
    `candidates: ${label}`
  )
  t.equal(
    (await db.exams.list({ search, limit })).some(({ id }) => id === examId),
    expected,
    `exams: ${label}`
  )
  t.equal(
    (await db.exams.listForUser(userId, { search, limit })).some(({ id }) => id === examId),
    expected,
    `exams of a student: ${label}`
  )
}

async function run (url: string, statement: string): Promise<void> {
  if (url.startsWith('file:')) {
    const client = createClient({ url, timeout: 5000 })
    await client.execute(statement)
    client.close()
    return
  }
  if (url.startsWith('postgres:')) {
    const client = new Client(url)
    await client.connect()
    await client.query(statement.replaceAll('`', '"'))
    await client.end()
    return
  }
  const pool = createPool(url.replace(/^mariadb:/, 'mysql:'))
  await pool.query(statement)
  await pool.end()
}
