import t from 'tap'
import { call, PASSWORD, person } from '../../support/app.ts'
import { JPEG, type Client, type LogsLine, type Message } from '../../support/gateway.ts'
import { openGatewayPair, type Sitting } from '../../support/gateway-pair.ts'
import { spawnGateway, type Gateway } from '../../support/gateways.ts'
import { mariadbMissing } from '../../support/mariadb.ts'
import { redisMissing } from '../../support/redis.ts'
import { until } from '../../support/until.ts'

t.test(
  'two gateways, one database, one Redis',
  { skip: mariadbMissing() || redisMissing(), timeout: 300_000 },
  async t => {
    const { a, b, db, redis, shared, sit, join, watch, raise, idsOf, about, rowsOf } = await openGatewayPair(t)

    await t.test('a monitor on one gateway sees a candidate of the other', async t => {
      const before = await sit(b)
      const early = await join(t, a, before)
      const monitor = await watch(t, b)
      t.match(
        await monitor.next(
          message => message.type === 'session' && about(before)(message) && message['online'] === true
        ),
        { name: before.who.user.name, state: 'active' },
        'one who was there before, as it stands'
      )

      const sitting = await sit(a)
      const client = await join(t, a, sitting)
      t.match(await monitor.next(message => message.type === 'presence' && about(sitting)(message)), { online: true })
      const line = await raise(client, 'paste')
      t.match(await monitor.log('paste'), {
        sessionId: sitting.session.id,
        stored: true,
        data: [{ id: line.id, weight: Number }]
      })
      t.match(
        await monitor.next(
          message =>
            message.type === 'session' &&
            about(sitting)(message) &&
            (message['scores'] as { eventCount: number }).eventCount === 1
        ),
        { online: true }
      )
      client.send(JPEG)
      t.match(await monitor.next(message => message.type === 'thumbnail' && about(sitting)(message)), { data: '/9j/' })
      client.socket.close()
      t.match(await monitor.next(message => message.type === 'presence' && about(sitting)(message)), { online: false })
      early.socket.close()
    })

    await t.test('a candidate who never connects is reported, whichever gateway handled the start', async t => {
      const sitting = await sit(b)
      const monitor = await watch(t, a)
      t.match(await monitor.next(message => message.type === 'logs' && about(sitting)(message)), {
        data: [{ kind: 'watch_gap', phase: 'start' }]
      })
      t.match(
        (await call(a.app, 'GET', `/exam/summary/${sitting.who.user.id}`, { headers: sitting.who.headers })).body,
        { seenPercent: 0, trustScore: null }
      )
      const client = await join(t, a, sitting)
      client.send(JPEG)
      await client.next('ack')
      t.match(
        (await call(b.app, 'GET', `/exam/summary/${sitting.who.user.id}`, { headers: sitting.who.headers })).body,
        { counts: { watch_gap: 1 } },
        'the gap goes on where the candidate came'
      )
      client.socket.close()
    })

    await t.test('an action of staff on one gateway reaches the candidate on the other', async t => {
      const sitting = await sit(b)
      const client = await join(t, a, sitting)
      const monitor = await watch(t, b, 'teacher')
      const {
        session: { id: sessionId },
        who
      } = sitting
      const does = async (message: object): Promise<Message> => {
        monitor.send({ ...message, sessionId, ref: 'r' })
        return await monitor.next(reply => (reply.type === 'done' || reply.type === 'error') && reply['ref'] === 'r')
      }
      t.match(await does({ type: 'warn', text: 'Please look at the screen' }), { type: 'done', delivered: true })
      t.match(await client.next('message'), { text: 'Please look at the screen', level: 'warning' })
      await client.next('status')
      t.match(await does({ type: 'pause', text: 'Fire alarm' }), { type: 'done' })
      t.match(await client.next('status'), { state: 'paused', reason: 'Fire alarm' })
      t.match(await does({ type: 'pause' }), { code: 'INVIGIL_ERR_SESSION_NOT_ACTIVE' })
      t.match(await does({ type: 'resume' }), { type: 'done' })
      t.match(await client.next('status'), { state: 'active' })
      await raise(client, 'copy')
      t.match((await call(b.app, 'GET', `/exam/summary/${who.user.id}`, { headers: who.headers })).body, {
        online: true,
        counts: { copy: 1, paused: 1 }
      })
      t.match(await call(b.app, 'POST', '/events', { headers: who.headers, payload: { sessionId, kind: 'print' } }), {
        status: 201
      })
      await client.log('print')
      t.match(await does({ type: 'terminate', text: 'It is over' }), { type: 'done' })
      t.match(await client.closed, { code: 1000 })
      t.match(await db.sessions.byId(sessionId), { state: 'terminated', endReason: 'It is over' })
      t.match(await does({ type: 'warn', text: 'too late' }), { code: 'INVIGIL_ERR_SESSION_UNKNOWN' })
    })

    await t.test('words, requests and who looks go both ways between gateways', async t => {
      const sitting = await sit(b)
      const { session: { id: sessionId }, who } = sitting
      const client = await join(t, a, sitting)
      const [here, there] = [await watch(t, a), await watch(t, b, 'teacher')]
      // Each gateway has heard who watches on the other.
      await until(() => [a, b].every(({ cluster }) => cluster.hasAudience({ sessionId, examId: null })))
      const does = async (monitor: Client, message: object): Promise<Message> => {
        monitor.send({ ...message, sessionId, ref: 'r' })
        return await monitor.next(reply => (reply.type === 'done' || reply.type === 'error') && reply['ref'] === 'r')
      }
      const heard = async (monitor: Client, fields: Record<string, unknown>): Promise<Message> =>
        await monitor.next(message => message.type === 'messages' && about(sitting)(message) &&
          (message['data'] as Record<string, unknown>[]).some(row =>
            Object.entries(fields).every(([name, value]) =>
              value === String ? row[name] !== null : row[name] === value)))

      const { messageId } = await does(there, { type: 'warn', text: 'Eyes on the screen' })
      t.match(await client.next('message'), { id: messageId, text: 'Eyes on the screen' })
      await heard(here, { id: messageId, deliveredAt: null })
      client.send({ type: 'seen', messageIds: [messageId] })
      await heard(there, { id: messageId, seenAt: String })
      client.send({ type: 'message', text: 'My chair broke', clientId: 'c1' })
      const { message } = await client.next('sent') as unknown as { message: { id: string } }
      await heard(there, { id: message.id, seenAt: null })
      t.match(await does(there, { type: 'seen', messageIds: [message.id] }), { type: 'done' })
      t.match(await client.next('sent'), { message: { id: message.id, seenAt: /Z$/ } })

      client.send({ type: 'hand', raised: true })
      t.match(await there.next(reply => reply.type === 'hand' && about(sitting)(reply)), { raised: true })
      t.match(await does(there, { type: 'hand', raised: false }), { type: 'done' })
      await client.next(reply => reply.type === 'requests' && reply['handRaisedAt'] === null)
      t.match(await here.next(reply => reply.type === 'hand' && reply['raised'] === false), { sessionId })
      t.match(await call(b.app, 'PUT', `/sessions/${sessionId}/break-request`, {
        headers: who.headers, payload: { asked: true, reason: 'Bathroom' }
      }), { status: 200 })
      t.match(await client.next(reply => reply.type === 'requests' && reply['breakAskedAt'] !== null), {})
      t.match(await does(there, { type: 'break', granted: true }), { type: 'done' })
      t.match(await client.next(reply => reply.type === 'status' && reply['state'] === 'paused'), { reason: 'Bathroom' })

      t.match(await does(there, { type: 'looking' }), { type: 'done' })
      t.match(await here.next(reply => reply.type === 'looking' && about(sitting)(reply)), { looking: true })
      const late = await watch(t, a)
      t.match(await late.next(reply => reply.type === 'looking' && about(sitting)(reply)), { looking: true })
      there.socket.close()
      t.match(await late.next(reply => reply.type === 'looking' && reply['looking'] === false), { sessionId })
    })

    await t.test('a candidate who connects to the other gateway continues the same session', async t => {
      const sitting = await sit(a)
      const monitor = await watch(t, a)
      const first = await join(t, a, sitting)
      await raise(first, 'paste')
      first.send({ type: 'event', event: 'camera_off', phase: 'start' })
      await first.log('camera_off', 'start')
      const second = await join(t, b, sitting)
      t.match(await first.closed, { code: 4409 })
      t.match(await second.next('status'), { state: 'active', sessionId: sitting.session.id })
      t.match([a.cluster.counters.sessions.handedOver, b.cluster.counters.sessions.seized], [1, 0])
      second.send({ type: 'event', event: 'camera_off', phase: 'end' })
      await second.log('camera_off', 'end')
      await raise(second, 'copy')
      await monitor.log('copy')
      const rows = await rowsOf(sitting)
      t.same(
        rows.map(({ kind, phase, incident }) => `${kind} ${phase} ${incident}`),
        ['paste instant 1', 'camera_off start 2', 'camera_off end 2', 'copy instant 3'],
        'nothing is lost, doubled or looks like a lost line'
      )
      t.notOk(rows.some(({ detail }) => JSON.stringify(detail).includes('restart')))
      t.notOk(
        monitor.received.some(
          message => message.type === 'presence' && about(sitting)(message) && message['online'] === false
        )
      )

      const third = await join(t, a, sitting)
      t.match(await second.closed, { code: 4409 }, 'and back')
      third.send({ type: 'resume' })
      t.equal(((await third.next(message => message['replay'] === true))['data'] as LogsLine[]).length, 4)
      t.equal(
        (await call(b.app, 'POST', `/exam/stop/${sitting.who.user.id}`, { headers: sitting.who.headers, payload: {} }))
          .status,
        200
      )
      t.match(await third.closed, { code: 1000 })
    })

    await t.test('staff take over a pause although its gateway does not respond, or its response is lost', async t => {
      const still = await spawnGateway(t, shared)
      const monitor = await watch(t, b, 'teacher')
      /** A candidate who is connected to that gateway and has paused. */
      async function pausing (gateway: { readonly url: string }) {
        const sitting = await sit(b)
        const client = await join(t, gateway, sitting)
        t.match(
          await call(b.app, 'POST', `/exam/pause/${sitting.who.user.id}`, {
            headers: sitting.who.headers,
            payload: {}
          }),
          { status: 200 }
        )
        return { ...sitting, client }
      }
      async function takeOver ({ who, session: { id: sessionId } }: Sitting): Promise<void> {
        monitor.send({ type: 'pause', sessionId, ref: sessionId })
        t.match(await monitor.next(reply => reply['ref'] === sessionId), { type: 'done', action: 'pause' })
        const pauses = await db.sessions.pauses(sessionId)
        t.same(
          pauses.map(({ by, endedAtMs }) => [by === who.user.id, endedAtMs === null]),
          [
            [true, false],
            [false, true]
          ],
          'one pause after the other'
        )
        t.match(await call(b.app, 'POST', `/exam/resume/${who.user.id}`, { headers: who.headers, payload: {} }), {
          status: 403
        })
        t.equal((await db.audit.list({ targetId: sessionId, limit: 10 })).length, 1)
        t.equal(
          (await rowsOf({ who, session: { ...(await db.sessions.byId(sessionId))! } })).filter(
            ({ kind, phase }) => kind === 'paused' && phase === 'start'
          ).length,
          2
        )
      }

      const frozen = await pausing(still)
      still.kill('SIGSTOP')
      await takeOver(frozen)
      still.kill('SIGCONT')
      t.match(await frozen.client.closed, { code: 1001 }, 'the gateway that stood still has lost the session')
      t.match(await (await join(t, a, frozen)).next('status'), { state: 'paused' })

      const lost = await pausing(a)
      const { request } = b.cluster
      Object.assign(b.cluster, {
        request: async (...command: Parameters<typeof request>) => {
          await request(...command)
          return { is: 'late' }
        }
      })
      t.teardown(() => Object.assign(b.cluster, { request }))
      await takeOver(lost)
      Object.assign(b.cluster, { request })
      t.match(await lost.client.closed, { code: 1001 })
    })

    await t.test('a gateway is killed during a session', async t => {
      const dying = await spawnGateway(t, shared)
      const sitting = await sit(b)
      const monitor = await watch(t, b)
      const client = await join(t, dying, sitting)
      await monitor.next(message => message.type === 'session' && about(sitting)(message) && message['online'] === true)
      const kinds = ['copy', 'paste', 'print', 'context_menu', 'tab_switch', 'window_blur', 'devtools', 'second_screen']
      client.send({ type: 'event', event: 'camera_off', phase: 'start' })
      const killed = new Promise<void>(resolve => {
        client.socket.on('message', data => {
          if (!String(data).includes('"stored":true')) return
          dying.kill()
          resolve()
        })
      })
      for (const event of kinds) client.send({ type: 'event', event })
      await killed
      await client.closed
      const startedAtMs = Date.now()
      const again = await join(t, b, sitting)
      t.ok(Date.now() - startedAtMs < 5_000, 'the request does not wait for the dead gateway')
      t.match(await again.next('status'), { state: 'active', sessionId: sitting.session.id })
      await raise(again, 'fullscreen_exit')

      const rows = await rowsOf(sitting)
      const stored = new Set(rows.map(({ id }) => id))
      t.same(
        [...idsOf(client)].filter(id => !stored.has(id)),
        [],
        `${idsOf(client).size} promised, ${rows.length} stored`
      )
      t.ok(idsOf(client).size > 0)
      t.match(
        rows.find(({ kind, phase }) => kind === 'camera_off' && phase === 'end'),
        { detail: { reason: 'restart' } }
      )
      // After some seconds the gateway counts as gone; then the events are shown that it stored but did not publish.
      await until(() => rows.every(({ id }) => idsOf(monitor).has(id)))
      again.socket.close()
    })

    await t.test('a suspended gateway loses its session, and writes nothing more of it', async t => {
      const still = await spawnGateway(t, shared)
      const sitting = await sit(b)
      const client = await join(t, still, sitting)
      await raise(client, 'paste')
      still.kill('SIGSTOP')
      const again = await join(t, b, sitting)
      await raise(again, 'copy')
      still.kill('SIGCONT')
      t.match(await client.closed, { code: 1001 })
      await raise(again, 'print')
      const kinds = (await rowsOf(sitting)).map(({ kind }) => kind).filter(kind => kind !== 'connection_lost')
      t.same(kinds, ['paste', 'copy', 'print'])
      again.socket.close()
    })

    await t.test('Redis goes away and comes back', async t => {
      const sitting = await sit(a)
      const client = await join(t, a, sitting)
      const monitor = await watch(t, b)
      await raise(client, 'copy')
      await monitor.log('copy')
      const warned = [a.warnings.length, b.warnings.length]
      await redis.kill()
      await until(() => !a.cluster.isUp && !b.cluster.isUp)

      const missedEvent = await raise(client, 'paste')
      t.match(await call(a.app, 'GET', '/health/ready'), { status: 200, body: { redis: { ok: false } } })
      const local = await watch(t, a)
      await raise(client, 'print')
      await local.log('print')
      const alone = await join(t, b, await sit(b))
      await raise(alone, 'print')
      const { body: paused } = await call<{ state: string }>(b.app, 'POST', `/exam/pause/${sitting.who.user.id}`, {
        headers: sitting.who.headers,
        payload: {}
      })
      t.equal(paused.state, 'paused', 'in the database, where it is found')
      t.notOk(idsOf(monitor).has(missedEvent.id))

      await redis.restart()
      await until(() => a.cluster.isUp && b.cluster.isUp)
      t.match(await client.closed, { code: 1001 }, 'the gateway that paused it has the session now')
      const again = await join(t, a, sitting)
      t.match(await again.next('status'), { state: 'paused' })
      await until(() => idsOf(monitor).has(missedEvent.id))
      t.ok(
        monitor.received.some(message => message['replay'] === true),
        'what was missed came from the database'
      )
      await call(b.app, 'POST', `/exam/resume/${sitting.who.user.id}`, { headers: sitting.who.headers, payload: {} })
      await again.next(message => message.type === 'status' && message['state'] === 'active')
      const later = await raise(again, 'context_menu')
      await until(() => idsOf(monitor).has(later.id))
      t.same([a.warnings.length - warned[0]!, b.warnings.length - warned[1]!], [1, 1], 'one warning')
      t.match(a.warnings.at(-1), /^Redis is away/)
    })

    await t.test('failed logins are counted together, and a face challenge works on either gateway, once', async t => {
      const { user } = await person(a.app)
      const login = async (gateway: Gateway, password: string): Promise<number> =>
        (await call(gateway.app, 'POST', '/auth/login/password', { payload: { email: user.email, password } })).status
      t.same(
        [
          await login(a, 'wrong password'),
          await login(b, 'wrong password'),
          await login(a, 'wrong password'),
          await login(b, 'wrong password'),
          await login(a, PASSWORD)
        ],
        [401, 401, 401, 429, 429]
      )

      const { body } = await call<{ nonce: string }>(a.app, 'POST', '/auth/login/face/challenge', {
        payload: { email: 'face@example.org' }
      })
      const frames = Array.from({ length: 12 }, (_, index) => ({
        data: Buffer.from(JPEG).toString('base64'),
        atMs: index * 10
      }))
      const faceLogin = async (gateway: Gateway): Promise<unknown> =>
        (
          await call<{ code: string }>(gateway.app, 'POST', '/auth/login/face', {
            payload: { nonce: body.nonce, email: 'face@example.org', frames }
          })
        ).body.code
      t.equal(await faceLogin(b), 'INVIGIL_ERR_FACE_CHALLENGE_FAILED', 'known there, and the movements are looked at')
      t.equal(await faceLogin(a), 'INVIGIL_ERR_FACE_CHALLENGE_GONE')
    })

    await t.test('an account that is disabled on one gateway loses its sockets on the other', async t => {
      const sitting = await sit(a)
      const client = await join(t, a, sitting)
      t.equal(
        (await call(b.app, 'POST', '/auth/logout', { headers: sitting.who.headers, payload: { everywhere: true } }))
          .status,
        204
      )
      t.match(await client.closed, { code: 4401 })
    })
  }
)
