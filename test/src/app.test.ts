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
  const fail = async (): Promise<never> => {
    throw new DatabaseError('unavailable', 'ECONNREFUSED', new Error('rahim@example.org'))
  }
  const app = await build(t, {
    services: services => ({
      ...services,
      db: { ...services.db, ping: fail, users: { ...services.db.users, secretsByEmail: fail } }
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
  const request = async (remoteAddress: string) =>
    await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: 'x' }, remoteAddress })
  for (let round = 0; round < 3; round++) t.equal((await request('192.0.2.1')).status, 401)
  const limited = await request('192.0.2.1')
  t.match(limited, {
    status: 429,
    body: { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS', details: { retryAfterSeconds: Number } },
    headers: { 'retry-after': /\d+/ }
  })
  t.equal((await request('192.0.2.2')).status, 401)
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
  const request = async (env: Record<string, string>) => {
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
  t.same(await request({}), [401, 429])
  t.same(await request({ TRUST_PROXY: '10.0.0.1' }), [401, 401])
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
  const acquire = (key: string, nowMs: number) => attempts.tryAcquire([{ key, max: 2 }], nowMs)
  t.same([acquire('a', 0), acquire('a', 100), acquire('a', 200)], [0, 0, 800])
  t.equal(acquire('a', 1000), 0, 'the window is over')
  attempts.release(['a'])
  t.same([acquire('a', 1001), acquire('a', 1002), acquire('a', 1003)], [0, 0, 998])
  for (const key of ['b', 'c', 'd']) acquire(key, 1100)
  t.equal(acquire('a', 1100), 0, 'the oldest key made room')
  t.equal(attempts.tryAcquire([{ key: 'x', max: 1 }, { key: 'd', max: 1 }], 1200), 900, 'one full key refuses all')
  t.equal(attempts.tryAcquire([{ key: 'x', max: 1 }], 1200), 0, 'and counts none')
  attempts.release(['never seen'])
})
