import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { conclude, scaled } from './figures.ts'
import { createGateway } from './gateways.ts'
import { compare } from './ledger.ts'
import { seat } from './seat.ts'
import { createAccounts, logIn, publishExam } from './stage.ts'

const CANDIDATES = 4
const DISK_MB = 12
const LOAD_MS = 2_000
const FULL_MS = scaled(25_000, 6_000)

/** A file system of `DISK_MB` in memory, unmounted after the test; or the reason why it cannot be mounted. */
function smallDisk (t: Test): { readonly path: string } | { readonly missing: string } {
  const path = mkdtempSync(join(tmpdir(), 'invigil-small-disk-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', path], {
    encoding: 'utf8'
  })
  if (status !== 0) {
    rmSync(path, { recursive: true })
    return { missing: `a small file system cannot be mounted: ${stderr}` }
  }
  t.teardown(() => {
    spawnSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  })
  return { path }
}

/** Fills the disk while the gateway writes too; returns a function that frees the space. */
function fill (path: string): () => void {
  const file = join(path, 'ballast')
  const block = Buffer.alloc(4096)
  for (;;) {
    try {
      appendFileSync(file, block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      return () => rmSync(file)
    }
  }
}

/** Fills the disk under load, and kills the gateway while it is full if `isKilled`. */
async function runFull (t: Test, isKilled: boolean): Promise<void> {
  const disk = smallDisk(t)
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
  const free = fill(disk.path)
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
