import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import t from 'tap'
import { defined } from '../../lib/defined.ts'
import { openDatabase } from '../../db/index.ts'
import { lockSqlite } from '../support/lock-sqlite.ts'
import { mariadbMissing } from '../support/mariadb.ts'
import { redisMissing } from '../support/redis.ts'
import type { ChaosCandidate } from './candidate.ts'
import { conclude, scaled } from './figures.ts'
import { createGateway } from './gateways.ts'
import { compare } from './ledger.ts'
import { startProctor } from './proctor.ts'
import { openRoom } from './room.ts'
import { seat } from './seat.ts'
import { createAccounts, logIn, publishExam } from './stage.ts'

const CANDIDATES = 4
const LOAD_MS = 2_000
const OUTAGE_MS = scaled(30_000, 8_000)
const SETTLE_MS = scaled(10_000, 4_000)

/** Milliseconds until one request of each candidate has been acknowledged again. */
async function recovery (candidates: readonly ChaosCandidate[]): Promise<number> {
  const startedMs = performance.now()
  const before = candidates.map(({ ledger }) => ledger.reports.size + newestAnswer(ledger))
  for (;;) {
    const isBack = candidates.every(({ ledger }, index) => ledger.reports.size + newestAnswer(ledger) > before[index]!)
    if (isBack || performance.now() - startedMs > 90_000) return Math.round(performance.now() - startedMs)
    await delay(50)
  }
}

function newestAnswer ({ answers }: ChaosCandidate['ledger']): number {
  return Math.max(0, ...[...answers.values()].map(({ clientSeq }) => clientSeq))
}

t.test(
  'the database and Redis are suspended, stopped and started again',
  { skip: mariadbMissing() || redisMissing(), timeout: 1_800_000 },
  async t => {
    const { a, b, db, mariadb, redis, staff, candidates: seatNext } = await openRoom(t, 6 * CANDIDATES)

    /** Causes the fault under load; with `handIn`, candidates hand in during it, otherwise after it. */
    async function suffer (
      fault: string,
      during: (candidates: readonly ChaosCandidate[]) => Promise<void>,
      { handIn = false } = {}
    ): Promise<void> {
      const candidates = await seatNext(CANDIDATES)
      const proctor = startProctor(staff, candidates, () => a.url)
      await delay(LOAD_MS)
      const finished = handIn
        ? delay(1_000).then(async () => await Promise.all(candidates.map(async candidate => await candidate.finish())))
        : undefined
      await during(candidates)
      const recoveredMs = handIn ? undefined : await recovery(candidates)
      if (!handIn) await delay(LOAD_MS)
      await proctor.stop()
      await (finished ?? Promise.all(candidates.map(async candidate => await candidate.finish())))
      await delay(SETTLE_MS)
      conclude(t, {
        fault,
        engine: 'MariaDB',
        tries: 1,
        ...defined({ recoveredMs }),
        ...(await compare(
          db,
          candidates.map(({ ledger }) => ledger)
        ))
      })
    }

    await suffer('database stopped', async () => {
      mariadb.freeze()
      await delay(OUTAGE_MS)
      mariadb.resume()
    })
    await suffer('database killed and restarted', async () => {
      await mariadb.kill()
      await delay(OUTAGE_MS / 2)
      await mariadb.restart()
    })
    await suffer(
      'writes locked while candidates hand in',
      async () => {
        const connection = await createConnection(mariadb.url)
        await connection.query('FLUSH TABLES WITH READ LOCK')
        await delay(OUTAGE_MS + 4_000)
        await connection.end()
      },
      { handIn: true }
    )
    await suffer('Redis stopped, half of the candidates move', async candidates => {
      redis.freeze()
      await delay(OUTAGE_MS / 4)
      for (const candidate of candidates.slice(CANDIDATES / 2)) candidate.move(b.url)
      await delay(OUTAGE_MS / 2)
      redis.resume()
    })
    await suffer('Redis killed and restarted, half of the candidates move', async candidates => {
      await redis.kill()
      await delay(OUTAGE_MS / 4)
      for (const candidate of candidates.slice(CANDIDATES / 2)) candidate.move(b.url)
      await delay(OUTAGE_MS / 2)
      await redis.restart()
    })
  }
)

t.test('another process locks the SQLite file, and the gateway is killed meanwhile', { timeout: 600_000 }, async t => {
  const databaseUrl = `file:${join(t.testdir(), 'invigil.db')}`
  const { teacher, students } = await createAccounts(databaseUrl, CANDIDATES)
  const gateway = await createGateway({ databaseUrl })
  t.teardown(() => gateway.stop())
  await gateway.start()
  const { url } = gateway
  const staff = await logIn(url, teacher)
  const exam = await publishExam(url, staff)
  const candidates = await seat(t, { students, exam, url })
  await delay(LOAD_MS)

  const unlock = await lockSqlite(databaseUrl)
  await delay(7_000)
  await gateway.kill()
  await unlock()
  await gateway.start()
  await delay(LOAD_MS)
  await Promise.all(candidates.map(async candidate => await candidate.finish()))
  await gateway.kill()
  const db = await openDatabase({ url: databaseUrl })
  t.teardown(() => db.close())
  conclude(t, {
    fault: 'file locked for 7 s, gateway killed meanwhile',
    engine: 'SQLite',
    tries: 1,
    ...(await compare(
      db,
      candidates.map(({ ledger }) => ledger)
    ))
  })
})
