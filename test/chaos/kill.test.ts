import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { SERVERS } from '../support/servers.ts'
import { conclude, scaled } from './figures.ts'
import { createGateway } from './gateways.ts'
import { compare, type Ledger } from './ledger.ts'
import { startProctor } from './proctor.ts'
import { seat } from './seat.ts'
import { createAccounts, logIn, publishExam } from './stage.ts'

const KILLS = scaled(20, 2)
const CANDIDATES = 4
const LOAD_MS = 1_200
const SETTLE_MS = 2_000

/** Kills a gateway repeatedly, alternately under load and during hand-ins, and starts it on the same data. */
async function killUnderLoad (t: Test, engine: string, databaseUrl: string): Promise<void> {
  const { teacher, students } = await createAccounts(databaseUrl, KILLS * CANDIDATES)
  const gateway = await createGateway({ databaseUrl })
  t.teardown(() => gateway.stop())
  await gateway.start()
  const { url } = gateway
  const staff = await logIn(url, teacher)
  const exam = await publishExam(url, staff)
  const ledgers: Ledger[] = []
  let recoveredMs = 0

  for (let kill = 0; kill < KILLS; kill++) {
    const candidates = await seat(t, {
      students: students.slice(kill * CANDIDATES, (kill + 1) * CANDIDATES),
      exam,
      url
    })
    ledgers.push(...candidates.map(({ ledger }) => ledger))
    const proctor = startProctor(staff, candidates, () => url)
    // A different moment each time.
    await delay(LOAD_MS + kill * 37)
    let finished: Promise<unknown> | undefined
    if (kill % 2 === 1) {
      await proctor.stop()
      finished = Promise.all(candidates.map(async candidate => await candidate.finish()))
      await delay((kill % 5) * 30)
    }
    await gateway.kill()
    const killedMs = performance.now()
    await gateway.start()
    recoveredMs = Math.max(recoveredMs, Math.round(performance.now() - killedMs))
    if (finished === undefined) await delay(LOAD_MS)
    await proctor.stop()
    await (finished ?? Promise.all(candidates.map(async candidate => await candidate.finish())))
  }
  // The next start repairs the data that the last kill left.
  await gateway.kill()
  await gateway.start()
  await delay(SETTLE_MS)
  await gateway.kill()

  const db = await openDatabase({ url: databaseUrl })
  t.teardown(() => db.close())
  conclude(t, {
    fault: 'gateway killed under load and amid hand-ins',
    engine,
    tries: KILLS,
    recoveredMs,
    ...(await compare(db, ledgers))
  })
}

// In the short form two databases side by side, because each mostly waits.
t.jobs = scaled(1, 2)

t.test('SQLite: nothing acknowledged is lost or doubled by kill -9', { buffered: true, timeout: 1_800_000 }, async t => {
  await killUnderLoad(t, 'SQLite', `file:${join(t.testdir(), 'invigil.db')}`)
})

for (const { name, missing, start } of SERVERS) {
  t.test(
    `${name}: nothing acknowledged is lost or doubled by kill -9`,
    { skip: missing(), buffered: true, timeout: 1_800_000 },
    async t => {
      const server = await start()
      t.teardown(() => server.stop())
      await killUnderLoad(t, name, server.url)
    }
  )
}
