import type { Test } from 'tap'
import type { EventRow, Session } from '../../db/index.ts'
import { call, person, type LoggedIn } from './app.ts'
import { connect, type Client, type LogsLine, type Message } from './gateway.ts'
import { openGateway, type Gateway } from './gateways.ts'
import { startMariadb } from './mariadb.ts'
import { startRedis } from './redis.ts'
import { until } from './until.ts'

export interface Sitting {
  readonly who: LoggedIn
  readonly session: Session
}

/** Two gateways with one MariaDB and one Redis, and what tests do with their candidates and monitors. */
export async function openGatewayPair (t: Test) {
  const [mariadb, redis] = await Promise.all([startMariadb(), startRedis()])
  t.teardown(() => redis.stop())
  t.teardown(() => mariadb.stop())
  const shared = { databaseUrl: mariadb.url, redisUrl: redis.url, env: { LOGIN_ATTEMPTS_MAX: '3' } }
  const [a, b] = [await openGateway(shared), await openGateway(shared)]
  t.teardown(() => Promise.all([a.close(), b.close()]))
  const { db } = a.app.services
  await until(() => a.cluster.isUp && b.cluster.isUp)

  const addressOf = (gateway: { readonly url: string }, who: LoggedIn): string =>
    `${gateway.url}/ws/${who.user.id}?token=${who.accessToken}`

  /** A candidate with an open session, started on that gateway. */
  async function sit (gateway: Gateway): Promise<Sitting> {
    const who = await person(a.app)
    const { status } = await call(gateway.app, 'POST', `/exam/start/${who.user.id}`, {
      headers: who.headers,
      payload: {}
    })
    t.equal(status, 201)
    return { who, session: (await db.sessions.openByUser(who.user.id))! }
  }
  async function join (t: Test, gateway: { readonly url: string }, { who }: Sitting): Promise<Client> {
    const client = await connect(t, addressOf(gateway, who))
    await client.next('rate')
    return client
  }
  async function watch (t: Test, gateway: Gateway, role: 'admin' | 'teacher' = 'admin'): Promise<Client> {
    const who = await person(a.app, role)
    const monitor = await connect(t, `${gateway.url}/ws/monitor`, { headers: who.headers })
    monitor.send({ type: 'subscribe', all: true })
    await monitor.next('done')
    return monitor
  }
  async function raise (client: Client, event: string): Promise<LogsLine> {
    client.send({ type: 'event', event })
    return (
      (
        await client.next(
          message =>
            message.type === 'logs' &&
            message['stored'] === true &&
            (message['data'] as LogsLine[]).some(line => line.kind === event)
        )
      )['data'] as [LogsLine]
    )[0]
  }
  const idsOf = (client: Client): Set<string> =>
    new Set(
      client.received
        .filter(message => message.type === 'logs' && message['stored'] === true)
        .flatMap(message => (message['data'] as LogsLine[]).map(({ id }) => id))
    )
  const about =
    ({ session }: Sitting) =>
      (message: Message) =>
        message['sessionId'] === session.id
  const rowsOf = async ({ session }: Sitting): Promise<EventRow[]> =>
    await db.events.listBySession(session.id, { limit: 1000 })

  return { a, b, db, redis, shared, sit, join, watch, raise, idsOf, about, rowsOf }
}
