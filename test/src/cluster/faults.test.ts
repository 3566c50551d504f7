/** Two gateways, one of them suspended or unreachable: the stored rows afterwards belong to one history. */
import t, { type Test } from 'tap'
import { createConnection } from 'mysql2/promise'
import { defined } from '../../../lib/defined.ts'
import type { Session } from '../../../db/index.ts'
import { call, person, type LoggedIn } from '../../support/app.ts'
import { connect, type Client, type LogsLine } from '../../support/gateway.ts'
import { openGateway, spawnGateway, type GatewayProcess } from '../../support/gateways.ts'
import { mariadbMissing, startMariadb } from '../../support/mariadb.ts'
import { recompute, wrongScores } from '../../support/recompute.ts'
import { redisMissing, startRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'

t.test('two gateways and a fault', { skip: mariadbMissing() || redisMissing(), timeout: 600_000 }, async t => {
  const [mariadb, redis] = await Promise.all([startMariadb(), startRedis()])
  t.teardown(() => redis.stop())
  t.teardown(() => mariadb.stop())
  const shared = { databaseUrl: mariadb.url, redisUrl: redis.url }
  const b = await openGateway(shared)
  t.teardown(() => b.close())
  const { db, live } = b.app.services
  await until(() => b.cluster.isUp)

  interface Sitting { readonly who: LoggedIn, readonly session: Session }

  async function sit (): Promise<Sitting> {
    const who = await person(b.app)
    await call(b.app, 'POST', `/exam/start/${who.user.id}`, { headers: who.headers, payload: {} })
    return { who, session: (await db.sessions.openByUser(who.user.id))! }
  }
  async function join (t: Test, gateway: { readonly url: string }, { who }: Sitting): Promise<Client> {
    const client = await connect(t, `${gateway.url}/ws/${who.user.id}?token=${who.accessToken}`)
    await client.next('rate')
    return client
  }
  async function raise (client: Client, event: string, phase?: string): Promise<void> {
    client.send({ type: 'event', event, ...defined({ phase }) })
    await client.next(
      message =>
        message.type === 'logs' &&
        message['stored'] === true &&
        (message['data'] as LogsLine[]).some(line => line.kind === event)
    )
  }
  const stop = async ({ who }: Sitting): Promise<number> =>
    (await call(b.app, 'POST', `/exam/stop/${who.user.id}`, { headers: who.headers, payload: {} })).status
  const idsOf = (client: Client): string[] =>
    client.received
      .filter(message => message.type === 'logs' && message['stored'] === true)
      .flatMap(message => (message['data'] as LogsLine[]).map(({ id }) => id))

  /** The faults in the stored rows of the session. */
  async function faults ({ session: { id } }: Sitting): Promise<readonly string[]> {
    const session = (await db.sessions.byId(id))!
    const [pauses, events] = await Promise.all([db.sessions.pauses(id), db.events.listBySession(id, { limit: 1000 })])
    const right = recompute({ session, pauses, events })
    return [...right.problems, ...session.endedAtMs === null ? [] : wrongScores(session, right)]
  }
  async function spawn (t: Test): Promise<GatewayProcess> {
    return await spawnGateway(t, shared)
  }
  const wait = async (ms: number): Promise<void> => { await new Promise(resolve => setTimeout(resolve, ms)) }

  await t.test('sessions that ended elsewhere keep their scores and events when a suspended gateway continues', async t => {
    const a = await spawn(t)
    const sittings = await Promise.all(Array.from({ length: 4 }, sit))
    const before = await Promise.all(sittings.map(sitting => join(t, a, sitting)))
    for (const client of before) {
      await raise(client, 'paste')
      await raise(client, 'window_blur', 'start')
    }
    a.kill('SIGSTOP')
    // Messages that are unread in its sockets when it continues.
    for (const client of before) client.send({ type: 'event', event: 'copy' })
    const after = await Promise.all(sittings.map(sitting => join(t, b, sitting)))
    for (const client of after) {
      await raise(client, 'print')
      await raise(client, 'devtools', 'start')
    }
    t.same(await Promise.all(sittings.map(stop)), [200, 200, 200, 200])
    const stored = await Promise.all(sittings.map(({ session }) => db.sessions.byId(session.id)))
    a.kill('SIGCONT')
    await Promise.all(before.map(client => client.closed))
    await wait(6_000)
    for (const [index, sitting] of sittings.entries()) {
      t.same(await faults(sitting), [])
      t.same(await db.sessions.byId(sitting.session.id), stored[index], 'nothing has changed since the end')
      const known = new Set((await db.events.listBySession(sitting.session.id, { limit: 1000 })).map(({ id }) => id))
      t.same(
        [...idsOf(before[index]!), ...idsOf(after[index]!)].filter(id => !known.has(id)),
        [],
        'nothing acknowledged is lost'
      )
    }
  })

  await t.test('a report is stored once even if its gateway is suspended', async t => {
    const a = await spawn(t)
    const sitting = await sit()
    const staff = await person(b.app, 'admin')
    await raise(await join(t, a, sitting), 'paste')
    for (let round = 0; round < 3; round++) {
      a.kill('SIGSTOP')
      const response = await Promise.all([
        call<{ stored: boolean, events: readonly LogsLine[] }>(b.app, 'POST', '/events', {
          headers: sitting.who.headers,
          payload: {
            sessionId: sitting.session.id,
            events: [{ kind: `x_page_${round}` }, { kind: `x_lasting_${round}`, durationMs: 5 }]
          }
        }),
        call<{ stored: boolean, events: readonly LogsLine[] }>(b.app, 'POST', '/events', {
          headers: staff.headers,
          payload: { sessionId: sitting.session.id, kind: 'suspicious_activity', description: `seen ${round}` }
        })
      ])
      a.kill('SIGCONT')
      t.match(response, [{ status: 201, body: { stored: true } }, { status: 201, body: { stored: true } }])
      await wait(1_500)
      const rows = await db.events.listBySession(sitting.session.id, { limit: 1000 })
      const ids = new Set(rows.map(({ id }) => id))
      t.ok(
        response.every(({ body }) => body.events.every(({ id }) => ids.has(id))),
        'what was acknowledged is there'
      )
      t.same(
        [
          rows.filter(({ kind }) => kind === `x_page_${round}`).length,
          rows.filter(({ kind, phase }) => kind === `x_lasting_${round}` && phase === 'start').length,
          rows.filter(({ detail }) => detail['description'] === `seen ${round}`).length
        ],
        [1, 1, 1],
        'once'
      )
      // The candidate returns to the gateway that was suspended, so that the next round moves it again.
      await raise(await join(t, a, sitting), 'copy')
    }
    t.same(await faults(sitting), [])
    t.equal(await stop(sitting), 200)
    t.same(await faults(sitting), [])
  })

  await t.test('candidates who move away from a suspended gateway leave no open incident behind', async t => {
    const a = await spawn(t)
    const sittings = await Promise.all(Array.from({ length: 4 }, sit))
    const before = await Promise.all(sittings.map(sitting => join(t, a, sitting)))
    for (const client of before) await raise(client, 'window_blur', 'start')
    a.kill('SIGSTOP')
    for (const client of before) client.send({ type: 'event', event: 'fullscreen_exit', phase: 'start' })
    const after = await Promise.all(sittings.map(sitting => join(t, b, sitting)))
    for (const client of after) await raise(client, 'paste')
    // Long enough for the suspended gateway to raise an event about missing frames when it continues.
    await wait(6_000)
    a.kill('SIGCONT')
    for (const { code } of await Promise.all(before.map(client => client.closed))) t.equal(code, 1001)
    await wait(3_000)
    for (const client of after) await raise(client, 'print')
    for (const sitting of sittings) {
      t.same(await faults(sitting), [])
      const summary = await live.summary(sitting.session.id)
      const rows = await db.events.listBySession(sitting.session.id, { limit: 1000 })
      t.equal(summary?.eventCount, rows.filter(({ phase }) => phase !== 'end').length, 'memory knows every row')
      t.equal(await stop(sitting), 200)
      t.same(await faults(sitting), [])
    }
  })

  await t.test('candidates who move while Redis is down keep their session', async t => {
    const a = await spawn(t)
    const sittings = await Promise.all(Array.from({ length: 3 }, sit))
    const before = await Promise.all(sittings.map(sitting => join(t, a, sitting)))
    for (const client of before) await raise(client, 'window_blur', 'start')
    await redis.kill()
    await until(() => !b.cluster.isUp)
    const after = await Promise.all(sittings.map(sitting => join(t, b, sitting)))
    for (const client of before) client.socket.close()
    for (const client of after) await raise(client, 'paste')
    // After three seconds the previous gateway would report the closed sockets as a lost connection.
    await wait(5_000)
    await redis.restart()
    await until(() => b.cluster.isUp)
    await wait(3_000)
    for (const client of after) await raise(client, 'print')
    for (const sitting of sittings) {
      t.same(await faults(sitting), [])
      t.equal(await stop(sitting), 200)
      t.same(await faults(sitting), [])
    }
  })

  await t.test('a gateway that is killed while sessions end leaves ended ones whole', async t => {
    const a = await spawn(t)
    const sittings = await Promise.all(Array.from({ length: 6 }, sit))
    const clients = await Promise.all(sittings.map(sitting => join(t, a, sitting)))
    for (const client of clients) await raise(client, 'window_blur', 'start')
    // The first reported end kills it, while the other ends are in progress.
    for (const client of clients) {
      client.socket.on('message', data => {
        if (String(data).includes('"stopped"')) a.kill()
      })
    }
    await Promise.all(sittings.map(async sitting => await stop(sitting).catch(() => 0)))
    await Promise.all(clients.map(client => client.closed))
    for (const sitting of sittings) {
      t.same(await faults(sitting), [])
      if ((await db.sessions.byId(sitting.session.id))?.endedAtMs === null) {
        await until(async () => (await stop(sitting)) === 200)
      }
      t.same(await faults(sitting), [])
      t.match(await db.sessions.byId(sitting.session.id), { state: 'stopped' })
    }
  })

  await t.test('while the database accepts no writes no gateway reports an event as stored', async t => {
    const a = await spawn(t)
    const sitting = await sit()
    await raise(await join(t, a, sitting), 'paste')
    const lock = await createConnection(mariadb.url)
    t.teardown(() => lock.destroy())
    await lock.query('FLUSH TABLES WITH READ LOCK')
    const response = await call<{ stored: boolean, code?: string }>(b.app, 'POST', '/events', {
      headers: sitting.who.headers,
      payload: { sessionId: sitting.session.id, kind: 'x_locked' }
    })
    t.ok(
      response.status === 201 ? response.body.stored === false : response.status === 503,
      `${response.status} ${JSON.stringify(response.body)}`
    )
    await lock.query('UNLOCK TABLES')
    await until(async () =>
      (await db.events.listBySession(sitting.session.id, { limit: 1000 })).some(({ kind }) => kind === 'x_locked')
    )
    t.equal(await stop(sitting), 200)
    t.same(await faults(sitting), [])
  })
})
