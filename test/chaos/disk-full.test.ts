import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { fillDisk, smallDisk } from '../support/small-disk.ts'
import { conclude, scaled } from './figures.ts'
import { createGateway } from './gateways.ts'
import { compare } from './ledger.ts'
import { seat } from './seat.ts'
import { createAccounts, logIn, publishExam } from './stage.ts'

const CANDIDATES = 4
const DISK_MB = 12
const LOAD_MS = 2_000
const FULL_MS = scaled(25_000, 6_000)

/** Fills the disk under load, and kills the gateway while it is full if `isKilled`. */
async function runFull (t: Test, isKilled: boolean): Promise<void> {
  const disk = smallDisk(t, DISK_MB)
  if ('missing' in disk) {
    if (process.env['CI'] === 'true') throw new Error(disk.missing)
    t.pass('skipped', { skip: disk.missing })
    return
  }
  const databaseUrl = `file:${join(disk.path, 'invigil.db')}`
  const { teacher, students } = await createAccounts(databaseUrl, CANDIDATES)
  const gateway = await createGateway({ databaseUrl })
  t.teardown(() => gateway.stop())
  await gateway.start()
  const { url } = gateway
  const exam = await publishExam(url, await logIn(url, teacher))
  const candidates = await seat(t, { students, exam, url })
  await delay(LOAD_MS)
  const free = fillDisk(disk.path)
  await delay(FULL_MS)
  if (isKilled) await gateway.kill()
  free()
  if (isKilled) await gateway.start()
  await delay(LOAD_MS)
  await Promise.all(candidates.map(async candidate => await candidate.finish()))
  await gateway.kill()
  const db = await openDatabase({ url: databaseUrl })
  t.teardown(() => db.close())
  const fault = `disk full for ${FULL_MS / 1000} s${isKilled ? ', gateway killed meanwhile' : ''}`
  conclude(t, { fault, engine: 'SQLite', tries: 1, ...await compare(db, candidates.map(({ ledger }) => ledger)) })
}

t.test('the disk is full for some seconds', { timeout: 300_000 }, async t => await runFull(t, false))
t.test('the disk is full and the gateway is killed', { timeout: 300_000 }, async t => await runFull(t, true))
