/** Two gateways on one MariaDB and one Redis, and candidates who take an exam on the first. */
import type { Test } from 'tap'
import { openDatabase, type Database } from '../../db/index.ts'
import { startMariadb, type Mariadb } from '../support/mariadb.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import type { ChaosCandidate } from './candidate.ts'
import { createGateway, type GatewayProcess } from './gateways.ts'
import { seat } from './seat.ts'
import { createAccounts, logIn, publishExam, type Caller } from './stage.ts'

export interface Room {
  readonly mariadb: Mariadb
  readonly redis: RedisServer
  readonly a: GatewayProcess
  readonly b: GatewayProcess
  readonly staff: Caller
  /** The test's own connection to the database. */
  readonly db: Database
  /** New candidates whose sockets and requests go to `a`; connected when it returns. */
  candidates (count: number): Promise<ChaosCandidate[]>
}

/** Opens all of it and closes it after the test. `accounts` is the most candidates that there can be. */
export async function openRoom (t: Test, accounts: number): Promise<Room> {
  const [mariadb, redis] = await Promise.all([startMariadb(), startRedis()])
  t.teardown(() => redis.stop())
  t.teardown(() => mariadb.stop())
  const { teacher, students } = await createAccounts(mariadb.url, accounts)
  const [a, b] = await Promise.all(
    [0, 1].map(async () => await createGateway({ databaseUrl: mariadb.url, redisUrl: redis.url }))
  )
  t.teardown(() => Promise.all([a!.stop(), b!.stop()]))
  await Promise.all([a!.start(), b!.start()])
  const staff = await logIn(a!.url, teacher)
  const exam = await publishExam(a!.url, staff)
  const db = await openDatabase({ url: mariadb.url })
  t.teardown(() => db.close())
  const waiting = [...students]
  return {
    mariadb,
    redis,
    a: a!,
    b: b!,
    staff,
    db,
    candidates: async count => await seat(t, { students: waiting.splice(0, count), exam, url: a!.url })
  }
}
