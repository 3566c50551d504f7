/** What one connection, one account and one address may have under way. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { PIPELINED_MAX } from '../../../src/http/http-server.ts'
import { ACCOUNT_SHARE, ADDRESS_SHARE, FORM_SHARE } from '../../../src/plugins/in-flight.ts'
import { createShares } from '../../../src/http/request-shares.ts'
import { build, call, person } from '../../support/app.ts'
import { until } from '../../support/until.ts'

async function portOf (app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

function open (t: Test, port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.teardown(() => { socket.destroy() })
  return socket
}

/** A route whose responses wait until the test releases them. */
function blockedRoute (access: 'public' | readonly ['student']) {
  const blocked: Array<() => void> = []
  let most = 0
  const extend = async (scope: FastifyInstance): Promise<void> => {
    scope.all('/held', { config: { access: { roles: access } } }, async () => {
      await new Promise<void>(resolve => {
        blocked.push(resolve)
        most = Math.max(most, blocked.length)
      })
      return { ok: true }
    })
  }
  return {
    extend,
    blocked,
    most: () => most,
    release: () => { for (const resolve of blocked.splice(0)) resolve() }
  }
}

t.test('the requests of one connection are served one after another', async t => {
  const { extend, blocked } = blockedRoute('public')
  const app = await build(t, { extend })
  const port = await portOf(app)
  const socket = open(t, port)
  let received = ''
  socket.on('data', chunk => { received += String(chunk) })
  socket.write('GET /held HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(10))
  for (let answered = 0; answered < 10; answered++) {
    await until(() => blocked.length === 1)
    await delay(5)
    t.equal(blocked.length, 1, 'the next one waits')
    blocked.shift()!()
  }
  await until(() => received.split('200 OK').length === 11)
  t.equal(app.services.live.counters.requests.dropped.pipelined, 0)
})

t.test('only a connection with too many requests is closed', async t => {
  const { extend, blocked } = blockedRoute('public')
  const app = await build(t, { extend })
  const port = await portOf(app)
  const socket = open(t, port)
  const closed = once(socket, 'close')
  socket.write('GET /held HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(PIPELINED_MAX + 2))
  await closed
  t.ok(blocked.length <= 1, 'at most the first was begun')
  t.equal(app.services.live.counters.requests.dropped.pipelined, 1)
  t.match(await (await fetch(`http://127.0.0.1:${port}/health/live`)).json(), { status: 'ok' })
})

t.test('responses that the client does not read do not pile up', async t => {
  const app = await build(t)
  const port = await portOf(app)
  const responses = new Set<ServerResponse>()
  app.server.on('request', (_request, response: ServerResponse) => { responses.add(response) })
  const socket = open(t, port)
  socket.pause()
  // Less than the bound on each write, as often as the server takes it.
  for (let round = 0; round < 20; round++) {
    socket.write('GET /redoc/redoc.js HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(PIPELINED_MAX / 2))
    await delay(5)
  }
  await delay(50)
  const unsent = [...responses].reduce((bytes, response) => bytes + response.writableLength, 0)
  const begun = [...responses].filter(response => response.headersSent).length
  t.ok(begun < 8, `${begun} answers were begun of 320`)
  t.ok(unsent < 4_000_000, `${unsent} bytes wait`)
})

t.test('the API documents are made once, have an ETag, and are not sent again to a client that has them', async t => {
  const app = await build(t)
  const swagger = app.swagger
  let made = 0
  Object.defineProperty(app, 'swagger', {
    value: (...args: Parameters<typeof swagger>) => {
      made++
      return swagger(...args)
    },
    configurable: true
  })
  for (const path of ['/docs/json', '/docs/yaml', '/redoc', '/redoc/redoc.js']) {
    const first = await app.inject(path)
    const etag = String(first.headers.etag)
    t.match(etag, /^"[\w-]{20,}"$/, path)
    t.equal((await app.inject(path)).body, first.body)
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await app.inject({ url: path, headers: { 'if-none-match': tag } })
      t.match(again, { statusCode: 304, body: '', headers: { etag } }, `${path} ${tag}`)
    }
    t.equal((await app.inject({ url: path, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
    t.match(await app.inject({ method: 'HEAD', url: path }), { statusCode: 200, body: '', headers: { etag } })
  }
  t.ok(made <= 2, 'at most once for each form')
})

t.test(
  'an account has a bounded number of open requests; further ones get 429, and other accounts are served',
  async t => {
    const { extend, blocked, most, release } = blockedRoute(['student'])
    const app = await build(t, { extend })
    const [flooder, other] = [await person(app), await person(app)]
    const total = ACCOUNT_SHARE.runningMax + ACCOUNT_SHARE.waitingMax
    const send = async () => await app.inject({ url: '/held', headers: flooder.headers })
    const answers = Array.from({ length: total + 20 }, send)
    await until(() => blocked.length === ACCOUNT_SHARE.runningMax)
    const refused = await Promise.all(answers.slice(total))
    for (const answer of refused) t.match(answer, { statusCode: 429, headers: { 'retry-after': '1' } })
    t.match(refused[0]!.json(), { code: 'INVIGIL_ERR_TOO_MANY_AT_ONCE', details: { retryAfterSeconds: 1 } })
    t.equal(app.services.live.counters.requests.dropped.account, 20)
    t.equal((await call(app, 'GET', '/auth/me', { headers: other.headers })).status, 200, 'another account is not hurt')
    t.equal((await call(app, 'GET', '/health/live', { headers: flooder.headers })).status, 200)
    const releaseTimer = setInterval(release, 1)
    t.teardown(() => {
      clearInterval(releaseTimer)
    })
    for (const answer of await Promise.all(answers.slice(0, total))) t.equal(answer.statusCode, 200)
    t.equal(most(), ACCOUNT_SHARE.runningMax)
    t.equal((await send()).statusCode, 200, 'every place was given back')
  }
)

t.test('a request frees its place when its client disconnects', async t => {
  const { extend, blocked } = blockedRoute(['student'])
  const app = await build(t, { extend })
  const { accessToken, headers } = await person(app)
  const port = await portOf(app)
  const total = ACCOUNT_SHARE.runningMax + ACCOUNT_SHARE.waitingMax
  const sockets = Array.from({ length: total }, () => open(t, port))
  let arrived = 0
  app.server.on('request', () => {
    arrived++
  })
  for (const socket of sockets) {
    socket.write(`GET /held HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${accessToken}\r\n\r\n`)
  }
  await until(() => blocked.length === ACCOUNT_SHARE.runningMax && arrived === total)
  t.equal((await app.inject({ url: '/api/v1/auth/me', headers })).statusCode, 429)
  for (const socket of sockets) socket.destroy()
  await until(async () => (await app.inject({ url: '/api/v1/auth/me', headers })).statusCode === 200)
})

t.test('a flood from one account does not delay the request of another account', async t => {
  const started: string[] = []
  const app = await build(t, {
    extend: async scope => {
      scope.get('/who', { config: { access: { roles: 'public' } } }, async request => {
        started.push(String(request.headers.authorization))
        return {}
      })
    }
  })
  const port = await portOf(app)
  const send = (socket: Socket, token: string): void => {
    socket.write(`GET /who HTTP/1.1\r\nhost: x\r\nauthorization: ${token}\r\n\r\n`)
  }
  const flooders = Array.from({ length: 200 }, () => open(t, port))
  const other = open(t, port)
  // With open connections all requests arrive in one poll, the other's last.
  for (const socket of [...flooders, other]) send(socket, 'opening')
  await until(() => started.length === 201)
  started.length = 0
  for (const socket of flooders) send(socket, 'flood')
  send(other, 'other')
  await until(() => started.length === 201)
  t.ok(started.indexOf('other') < 100, `started as number ${started.indexOf('other')} of 201`)
})

t.test('an address without an account has a share of the places, and slow senders do not use it up', async t => {
  const { extend, blocked, release } = blockedRoute('public')
  const app = await build(t, { extend })
  const port = await portOf(app)
  // These have sent no whole body: they hold connections and no places.
  for (let slow = 0; slow < 300; slow++) {
    open(t, port).write(
      'POST /api/v1/auth/login/password HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'
    )
  }
  t.equal((await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: 'none' } })).status, 401)
  const total = ADDRESS_SHARE.runningMax + ADDRESS_SHARE.waitingMax
  const answers = Array.from({ length: total + 1 }, async () => await app.inject('/held'))
  await until(() => blocked.length === ADDRESS_SHARE.runningMax)
  t.match(await answers.at(-1), { statusCode: 429, headers: { 'retry-after': '1' } })
  t.equal(app.services.live.counters.requests.dropped.address, 1)
  t.equal(
    (await app.inject({ url: '/redoc', remoteAddress: '192.0.2.7' })).statusCode,
    200,
    'another address is served'
  )
  const releaseTimer = setInterval(release, 1)
  t.teardown(() => { clearInterval(releaseTimer) })
  await Promise.all(answers)
})

t.test('the number of forms of one address in memory is bounded', async t => {
  const app = await build(t)
  const port = await portOf(app)
  const form =
    'POST /api/v1/auth/signup HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=edge\r\ncontent-length: 1000000\r\n\r\n--edge\r\n'
  for (let count = 0; count < FORM_SHARE.runningMax; count++) open(t, port).write(form)
  const more = async () => {
    const socket = open(t, port)
    socket.write(form)
    const [answer] = await once(socket, 'data') as [Buffer]
    return String(answer)
  }
  await until(
    async () =>
      await app
        .inject({
          method: 'POST',
          url: '/api/v1/auth/signup',
          payload: '--edge--',
          headers: { 'content-type': 'multipart/form-data; boundary=edge' }
        })
        .then(({ statusCode }) => statusCode === 429)
  )
  t.match(await more(), /^HTTP\/1\.1 429 .*retry-after: 1.*TOO_MANY_AT_ONCE/s)
  t.equal(
    (
      await call(app, 'POST', '/auth/signup', {
        payload: { email: 'a@example.org', password: 'a long enough password' }
      })
    ).status,
    201,
    'JSON still comes through'
  )
})

t.test('waiting requests of one account get places in their order', async t => {
  const shares = createShares({ runningMax: 1, waitingMax: 2 })
  const begun: string[] = []
  const send = (name: string, key = 'a') => {
    const place = shares.ask(key)
    place?.turn.then(() => begun.push(name), () => {})
    return place
  }
  const [first, second, third] = [send('first'), send('second'), send('third')]
  t.equal(send('fourth'), undefined)
  send('other', 'b')
  await delay(1)
  t.same(begun, ['first', 'other'])
  second!.leave()
  first!.leave()
  first!.leave()
  await delay(1)
  t.same(begun, ['first', 'other', 'third'], 'one that left while it waited is passed over')
  third!.leave()
  t.ok(send('fifth'))
})
