import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { DatabaseError } from '../../db/index.ts'
import { DetectionError } from '../../detection/errors.ts'
import { RULES } from '../../detection/events/rules.ts'
import { EVENT_KINDS } from '../../detection/types.ts'
import { refuse, STATUS, toBody, toCoded } from '../../src/errors.ts'
import { bn } from '../../src/i18n/bn.ts'
import { en } from '../../src/i18n/en.ts'
import { createLog } from '../../src/log.ts'
import { createAttemptCounter } from '../../src/cluster/attempt-counter.ts'
import { build, call, person } from '../support/app.ts'

t.test('every code has a status and a text, and events are called what the rules call them', async t => {
  t.same(Object.keys(STATUS).sort(), Object.keys(en.errors).sort())
  for (const kind of EVENT_KINDS) t.equal(en.events[kind], RULES[kind].says, kind)
})

t.test('any thrown thing becomes a coded error that tells nothing of a 5xx', async t => {
  const cases: ReadonlyArray<[unknown, keyof typeof STATUS]> = [
    [new Error('secret'), 'INVIGIL_ERR_INTERNAL'],
    ['secret', 'INVIGIL_ERR_INTERNAL'],
    [undefined, 'INVIGIL_ERR_INTERNAL'],
    [new DatabaseError('unavailable', 'ECONNREFUSED'), 'INVIGIL_ERR_DATABASE'],
    [new DatabaseError('unknown', 'ER_X'), 'INVIGIL_ERR_INTERNAL'],
    [new DatabaseError('unique', 'ER_DUP_ENTRY'), 'INVIGIL_ERR_CONFLICT'],
    [new DetectionError('INVIGIL_ERR_IMAGE_TOO_LARGE', 'secret'), 'INVIGIL_ERR_IMAGE_TOO_LARGE'],
    [new DetectionError('INVIGIL_ERR_MODEL_MISSING', 'secret'), 'INVIGIL_ERR_MODEL_MISSING'],
    [Object.assign(new Error('secret'), { statusCode: 418 }), 'INVIGIL_ERR_BODY'],
    [Object.assign(new Error('secret'), { statusCode: 502 }), 'INVIGIL_ERR_INTERNAL'],
    [refuse('INVIGIL_ERR_NOT_YOURS'), 'INVIGIL_ERR_NOT_YOURS']
  ]
  for (const [thrown, code] of cases) {
    const body = toBody(toCoded(thrown), 'bn')
    t.same(body, { code, message: bn.errors[code] })
  }
  t.same(toBody(refuse('INVIGIL_ERR_OVERLOADED', { details: { inner: 1 } }), 'en').details, undefined)
})

t.test('what goes wrong inside is a 500 without its words, logged with them', async t => {
  const app = await build(t, {
    extend: async scope => {
      scope.get('/boom', { config: { access: { roles: 'public' } } }, async () => {
        throw new Error('the secret of the house')
      })
    }
  })
  const response = await app.inject('/boom')
  t.equal(response.statusCode, 500)
  t.same(response.json(), { code: 'INVIGIL_ERR_INTERNAL', message: en.errors.INVIGIL_ERR_INTERNAL })
})

t.test('a database that is away is a 503 and makes the server not ready', async t => {
  const gone = async (): Promise<never> => {
    throw new DatabaseError('unavailable', 'ECONNREFUSED', new Error('rahim@example.org'))
  }
  const app = await build(t, {
    services: services => ({
      ...services,
      db: { ...services.db, ping: gone, users: { ...services.db.users, secretsByEmail: gone } }
    })
  })
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { email: 'rahim@example.org', password: 'x' } }), {
    status: 503,
    body: { code: 'INVIGIL_ERR_DATABASE' }
  })
  t.match(await call(app, 'GET', '/health/ready'), {
    status: 503,
    body: { code: 'INVIGIL_ERR_UNAVAILABLE', status: 'not_ready', database: { ok: false }, workers: { ok: true } }
  })
  t.match(await call(app, 'GET', '/health/live'), { status: 200, body: { status: 'ok' } }, 'the process itself lives')
})

t.test('a database that takes no events is not ready', async t => {
  const app = await build(t, {
    services: services => ({ ...services, live: { ...services.live, writer: { waiting: 3, degraded: true } } })
  })
  t.match(await call(app, 'GET', '/health/ready'), {
    status: 503,
    body: { status: 'not_ready', database: { ok: false } }
  })
})

t.test('health names the detector in use and is not ready before the models are', async t => {
  const ready = await build(t)
  for (const path of ['/health', '/health/', '/health/ready', '/api/v1/health', '/api/v1/health/ready']) {
    t.match(
      await call(ready, 'GET', path),
      {
        status: 200,
        body: { status: 'ready', version: '0.1.0', database: { dialect: 'sqlite' }, models: { objects: 'yolox_nano' } }
      },
      path
    )
  }
  const loading = await build(t, { pool: { ready: new Promise(() => {}) } })
  t.match(await call(loading, 'GET', '/health/ready'), {
    status: 503,
    body: { status: 'not_ready', workers: { ok: false }, models: { objects: null } }
  })
  const failure: Promise<never> = Promise.reject(new Error('no models'))
  failure.catch(() => {})
  const broken = await build(t, { pool: { ready: failure } })
  t.equal((await call(broken, 'GET', '/health/ready')).status, 503)
})

t.test('wrong addresses, methods and bodies have their codes, in the language asked for', async t => {
  const app = await build(t)
  const bangla = { 'accept-language': 'bn,en;q=0.5' }
  t.match(await call(app, 'GET', '/nothing', { headers: bangla }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_NOT_FOUND', message: bn.errors.INVIGIL_ERR_NOT_FOUND },
    headers: { 'content-language': 'bn' }
  })
  t.match(await call(app, 'GET', '/auth/signup'), {
    status: 405,
    body: { code: 'INVIGIL_ERR_METHOD' },
    headers: { allow: 'POST' }
  })
  t.match(await call(app, 'GET', '/%E0%A4%A', { headers: bangla }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_NOT_FOUND', message: bn.errors.INVIGIL_ERR_NOT_FOUND }
  })
  t.match(await call(app, 'GET', '/../../../etc/passwd'), { status: 404 })
  const post = async (payload: string, type = 'application/json') =>
    await call(app, 'POST', '/auth/login/password', { payload, headers: { 'content-type': type } })
  t.match(await post('{"email":'), { status: 400, body: { code: 'INVIGIL_ERR_BODY' } })
  t.match(await post('{"__proto__":{"role":"admin"},"email":"a","password":"b"}'), { status: 400 })
  t.match(await post('[]'), { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION' } })
  t.match(await post('<xml/>', 'application/xml'), { status: 415, body: { code: 'INVIGIL_ERR_MEDIA_TYPE' } })
  t.match(await post(JSON.stringify({ email: 'a', password: 'b'.repeat(70_000) })), {
    status: 413,
    body: { code: 'INVIGIL_ERR_TOO_LARGE' }
  })
  t.match(
    await post('--b--', 'multipart/form-data; boundary=b'),
    { status: 415 },
    'no route takes a form with files unless it says so'
  )
  const many = await post(
    JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, 1])))
  )
  t.equal((many.body['details'] as { fields: unknown[] }).fields.length, 1, 'the first wrong field is named')
})

t.test('an address may ask only so often', async t => {
  const app = await build(t, { env: { REQUESTS_PER_MINUTE: '3' } })
  const ask = async (remoteAddress: string) =>
    await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: 'x' }, remoteAddress })
  for (let round = 0; round < 3; round++) t.equal((await ask('192.0.2.1')).status, 401)
  const limited = await ask('192.0.2.1')
  t.match(limited, {
    status: 429,
    body: { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS', details: { retryAfterSeconds: Number } },
    headers: { 'retry-after': /\d+/ }
  })
  t.equal((await ask('192.0.2.2')).status, 401)
  t.equal(
    (await call(app, 'GET', '/health/ready', { remoteAddress: '192.0.2.1' })).status,
    200,
    'health is always told'
  )
  for (const [path, token] of [
    ['/auth/me', 'forged'],
    ['/nowhere', '']
  ] as const) {
    const flooded = await build(t, { env: { REQUESTS_PER_MINUTE: '3' } })
    const { headers } = await person(flooded)
    const flood = async (remoteAddress: string) =>
      await call(flooded, 'GET', path, {
        remoteAddress,
        ...(token !== '' && { headers: { authorization: `Bearer ${token}` } })
      })
    for (let round = 0; round < 3; round++) t.match((await flood('192.0.2.1')).status, /401|404/)
    t.match(
      await flood('192.0.2.1'),
      { status: 429, body: { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS' }, headers: { 'retry-after': /\d+/ } },
      path
    )
    t.match((await flood('192.0.2.2')).status, /401|404/)
    t.equal(
      (await call(flooded, 'GET', '/auth/me', { remoteAddress: '192.0.2.1', headers })).status,
      200,
      'who is known goes on'
    )
  }
  const signups = await build(t, { env: { SIGNUPS_PER_MINUTE: '1' } })
  t.same(
    [(await call(signups, 'POST', '/auth/signup')).status, (await call(signups, 'POST', '/auth/signup')).status].sort(),
    [400, 429]
  )
})

t.test('a proxy\'s word for the address counts only where it is trusted', async t => {
  const ask = async (env: Record<string, string>) => {
    const app = await build(t, { env: { REQUESTS_PER_MINUTE: '1', ...env } })
    const statuses = []
    for (const from of ['198.51.100.1', '198.51.100.2']) {
      statuses.push(
        (
          await call(app, 'POST', '/auth/refresh', {
            payload: { refreshToken: 'x' },
            remoteAddress: '10.0.0.1',
            headers: { 'x-forwarded-for': from }
          })
        ).status
      )
    }
    return statuses
  }
  t.same(await ask({}), [401, 429])
  t.same(await ask({ TRUST_PROXY: '10.0.0.1' }), [401, 401])
})

t.test('every answer carries the security headers, and other origins are let in by name', async t => {
  const app = await build(t, { env: { CORS_ORIGINS: 'https://exams.example.org' } })
  for (const path of ['/', '/api/v1/health', '/nothing', '/docs']) {
    const { headers } = await app.inject(path)
    t.match(
      headers,
      {
        'content-security-policy': /default-src 'self'/,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'permissions-policy': /camera=\(self\)/
      },
      path
    )
  }
  const preflight = async (origin: string) =>
    await app.inject({
      method: 'OPTIONS',
      url: '/api/v1/auth/me',
      headers: { origin, 'access-control-request-method': 'GET' }
    })
  t.match(await preflight('https://exams.example.org'), {
    statusCode: 204,
    headers: {
      'access-control-allow-origin': 'https://exams.example.org',
      'access-control-allow-headers': /authorization/
    }
  })
  t.equal((await preflight('https://evil.example.org')).statusCode, 403)
  const foreign = await app.inject({ url: '/api/v1/health/live', headers: { origin: 'https://evil.example.org' } })
  t.equal(foreign.headers['access-control-allow-origin'], undefined)
})

t.test('the pages are served, and a page says so while they are not built', async t => {
  const bare = await build(t)
  t.match((await bare.inject('/')).body, /npm run build/)
  const webRoot = t.testdir({ 'index.html': '<p>the page</p>' })
  await mkdir(join(webRoot, 'assets'))
  await writeFile(join(webRoot, 'assets', 'a-1.js'), '1')
  const app = await build(t, { webRoot })
  t.match(await app.inject('/'), { statusCode: 200, body: '<p>the page</p>', headers: { 'cache-control': 'no-cache' } })
  t.match((await app.inject('/assets/a-1.js')).headers['cache-control'], /immutable/)
  t.match((await app.inject('/assets/none.js')).json(), { code: 'INVIGIL_ERR_NOT_FOUND' })
})

t.test('the documents load nothing from elsewhere and describe every answer', async t => {
  const app = await build(t)
  for (const path of ['/docs', '/redoc', '/docs/static/swagger-initializer.js', '/redoc/redoc.js']) {
    t.equal((await app.inject(path)).statusCode, 200, path)
  }
  for (const path of ['/docs', '/redoc']) t.notMatch((await app.inject(path)).body, /(src|href)="(https?:)?\/\//, path)

  t.notMatch((await app.inject('/redoc/redoc.js')).body, 'cdn.redoc.ly')

  interface Operation {
    summary?: string
    tags?: string[]
    security?: unknown
    responses: Record<string, { content?: unknown }>
    requestBody?: { content: Record<string, { schema: { examples?: unknown[] } }> }
  }
  const { openapi, paths } = (await app.inject('/docs/json')).json() as {
    openapi: string
    paths: Record<string, Record<string, Operation>>
  }
  t.equal(openapi, '3.1.0')
  t.match(
    paths['/api/v1/analyze']?.['post']?.requestBody?.content,
    {
      'multipart/form-data': { schema: { properties: { file: { format: 'binary' } } } },
      'application/json': { schema: { properties: { image: { type: 'string', format: undefined } } } }
    },
    'a picture is a file in a form and base64 in JSON'
  )
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path.replaceAll(/{(\w+)}/g, ':$1')}`,
      operation
    }))
  )
  const rest = app.accessTable.filter(
    ({ method, url, websocket }) => url.startsWith('/api/v1') && method !== 'HEAD' && !websocket
  )
  for (const { method, url, access } of rest) {
    const operation = described.find(({ route }) => route === `${method} ${url}`)?.operation
    if (operation === undefined) {
      t.fail(`${method} ${url} is not described`)
      continue
    }
    t.ok(operation.summary !== undefined && operation.tags?.length === 1, `${method} ${url} has a summary and a tag`)
    t.equal(
      (operation.security as unknown[]).length > 0,
      access.roles !== 'public',
      `${method} ${url} says whether it wants a token`
    )
    for (const status of access.roles === 'public' ? ['429', '500'] : ['401', '403', '429', '500']) {
      t.ok(operation.responses[status], `${method} ${url} describes ${status}`)
    }
  }
})

t.test('broken HTTP ends its connection and nothing else', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('NONSENSE / HTTP/9.9\r\n\r\n')
  const [answer] = await once(socket, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1.1 400/)
  socket.destroy()
  t.equal((await call(app, 'GET', '/health/live')).status, 200)
})

t.test('the log has no secrets, no names and no query', async t => {
  const lines: string[] = []
  const log = createLog(
    { logLevel: 'trace' },
    {
      write: line => {
        lines.push(line)
      }
    }
  )
  log.info(
    {
      headers: { authorization: 'Bearer hush' },
      user: { password: 'hush', email: 'hush', refreshToken: 'hush' },
      email: 'hush',
      name: 'hush',
      req: { id: '1', method: 'GET', url: '/ws/1?token=hush' }
    },
    'words'
  )
  t.notMatch(lines.join(''), /hush/)
  t.match(JSON.parse(lines[0]!), { msg: 'words', req: { method: 'GET', path: '/ws/1' } })
})

t.test('tries are counted by key, forgotten with their window, and bounded in number', async t => {
  const attempts = createAttemptCounter(1000, 3)
  const take = (key: string, nowMs: number) => attempts.tryAcquire([{ key, max: 2 }], nowMs)
  t.same([take('a', 0), take('a', 100), take('a', 200)], [0, 0, 800])
  t.equal(take('a', 1000), 0, 'the window is over')
  attempts.release(['a'])
  t.same([take('a', 1001), take('a', 1002), take('a', 1003)], [0, 0, 998])
  for (const key of ['b', 'c', 'd']) take(key, 1100)
  t.equal(take('a', 1100), 0, 'the oldest key made room')
  t.equal(attempts.tryAcquire([{ key: 'x', max: 1 }, { key: 'd', max: 1 }], 1200), 900, 'one full key refuses all')
  t.equal(attempts.tryAcquire([{ key: 'x', max: 1 }], 1200), 0, 'and counts none')
  attempts.release(['never seen'])
})

t.test('a socket is refused before the upgrade with the code it would have closed with', async t => {
  const app = await build(t)
  const student = await person(app)
  const other = await person(app)
  const open = async (path: string, headers: Record<string, string> = {}) => {
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ=='
    }
    await app.listen({ host: '127.0.0.1', port: 0 }).catch(() => {})
    const response = await new Promise<{ status: number, body: string }>((resolve, reject) => {
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
      let text = ''
      socket
        .on('data', chunk => {
          text += String(chunk)
        })
        .on('error', reject)
      socket.on('close', () =>
        resolve({ status: Number(text.slice(9, 12)), body: text.split('\r\n\r\n').slice(1).join('') })
      )
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: x\r\n${Object.entries({ ...upgrade, ...headers })
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}\r\n`
      )
    })
    return {
      status: response.status,
      body: JSON.parse(response.body.slice(response.body.indexOf('{'), response.body.lastIndexOf('}') + 1)) as unknown
    }
  }
  t.match(await open(`/ws/${student.user.id}`), {
    status: 401,
    body: { code: 'INVIGIL_ERR_TOKEN_MISSING', details: { closeCode: 4401 } }
  })
  t.match(await open(`/ws/${student.user.id}?token=${other.accessToken}`), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS', details: { closeCode: 4403 } }
  })
  t.match(await open(`/ws/${student.user.id}`, { 'sec-websocket-protocol': `invigil, bearer.${other.accessToken}` }), {
    status: 403
  })
  t.match(await open('/ws/monitor', { authorization: `Bearer ${student.accessToken}` }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_FORBIDDEN' }
  })
})

/** What a listening application says to these bytes, until it has said `until` or closes. */
async function say (port: number, bytes: string, until: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  try {
    socket.write(bytes)
    for await (const chunk of socket) {
      heard += String(chunk)
      if (until.test(heard)) break
    }
  } catch { /* Closed by the other side. */ }
  socket.destroy()
  return heard
}

t.test('a wish for another protocol than WebSocket is passed over, as clients of HTTP/2 expect', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const wish = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'
  const get = `GET /health/live HTTP/1.1\r\nHost: x\r\n${wish}\r\n`
  t.match(await say(port, get, /"ok"/), /^HTTP\/1\.1 200 .*"status":"ok"/s)
  t.equal((await say(port, get + get, /"ok".*"ok"/s)).split('200 OK').length - 1, 2, 'again on the same connection')
  const body = JSON.stringify({ email: 'nobody@example.org', password: 'not this one' })
  const post = `POST /api/v1/auth/login/password HTTP/1.1\r\nHost: x\r\n${wish}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  t.match(await say(port, post, /LOGIN_FAILED/), /^HTTP\/1\.1 401 /)
})

t.test('only sockets take an upgrade to WebSocket', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  for (const path of ['/health/live', '/docs', '/api/v1/nothing']) {
    t.match(await say(port, upgrade(path), /NOT_FOUND/), /^HTTP\/1\.1 404 .*INVIGIL_ERR_NOT_FOUND.*4404/s, path)
  }
})

t.test('what is no HTTP gets a coded answer', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  t.match(
    await say(port, 'GET / HTTP/1.1\r\nno header\r\n\r\n', /never/),
    /^HTTP\/1\.1 400 .*"code":"INVIGIL_ERR_BODY"/s
  )
  t.match(
    await say(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, /never/),
    /^HTTP\/1\.1 431 .*"code":"INVIGIL_ERR_TOO_LARGE"/s
  )
})
