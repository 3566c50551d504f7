/** Addresses: methods, upgrades, ids in either case, and responses to clients without an account. */
import { connect, type AddressInfo } from 'node:net'
import Fastify from 'fastify'
import t from 'tap'
import { defined } from '../../lib/defined.ts'
import { DetectionError } from '../../detection/errors.ts'
import { DatabaseError } from '../../db/index.ts'
import { loadConfig } from '../../src/config.ts'
import { instanceOptions } from '../../src/http/fastify-options.ts'
import { build, call, person } from '../support/app.ts'

t.test('a method that an address does not take is named with those that it takes', async t => {
  const app = await build(t)
  const wrong = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, allow: string) =>
    t.match(
      await call(app, method, path),
      { status: 405, body: { code: 'INVIGIL_ERR_METHOD' }, headers: { allow } },
      `${method} ${path}`
    )
  await wrong('GET', '/auth/signup', 'POST')
  await wrong('DELETE', '/auth/me', 'GET, HEAD, PATCH')
  await wrong('DELETE', '/auth/me/', 'GET, HEAD, PATCH')
  await wrong('PUT', '/exams', 'GET, HEAD, POST')
  await wrong('POST', '/exams/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11?x=1', 'DELETE, GET, HEAD, PATCH')
  await wrong('POST', '/health/live', 'GET, HEAD')
  t.match(await app.inject({ method: 'POST', url: '/docs/json' }), { statusCode: 405, headers: { allow: 'GET, HEAD' } })
  t.match(await app.inject({ method: 'POST', url: '/docs/static/index.css' }), { statusCode: 405 })
  t.match(await app.inject({ method: 'PROPFIND' as 'GET', url: '/api/v1/exams' }), {
    statusCode: 405,
    headers: { allow: 'GET, HEAD, POST' }
  })
  for (const path of ['/api/v1/nothing', '/api/v1/exams/1/2/3', '/api/v1', '/api/v1/auth', '/api//v1/exams']) {
    t.equal((await app.inject({ method: 'POST', url: path })).statusCode, 404, path)
  }
})

t.test('a request without an upgrade to a socket’s address is told what is missing', async t => {
  const app = await build(t)
  const { user, headers } = await person(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const request = async (lines: readonly string[]) => await new Promise<string>(resolve => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', chunk => { received += String(chunk) }).on('close', () => resolve(received))
    socket.write(`GET /ws/${user.id} HTTP/1.1\r\nHost: x\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`)
    setTimeout(() => socket.end(), 500)
  })
  const token = `Authorization: ${headers.authorization}`
  const cases = [
    [token],
    [token, 'Upgrade: websocket'],
    [token, 'Connection: Upgrade'],
    [
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: invigil, ${headers.authorization.replace('Bearer ', 'bearer.')}`
    ]
  ]
  for (const lines of cases) {
    t.match(await request(lines), /^HTTP\/1\.1 426 .*upgrade: websocket.*INVIGIL_ERR_UPGRADE_REQUIRED/is, lines.join())
  }
  const teacher = await person(app, 'teacher')
  t.match(await app.inject({ url: '/ws/monitor', headers: teacher.headers }), {
    statusCode: 426,
    headers: { upgrade: 'websocket' }
  })
  t.equal(
    (await app.inject('/ws/monitor')).statusCode,
    401,
    'who asks for no socket and has no token hears of the token'
  )
})

t.test('the token is never chosen as subprotocol', async t => {
  const app = await build(t)
  const { user, accessToken, headers } = await person(app)
  await call(app, 'POST', `/exam/start/${user.id}`, { headers })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const head = async (protocols: string) =>
    await new Promise<string>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('data', chunk => {
        resolve(String(chunk).split('\r\n\r\n', 1)[0]!)
        socket.destroy()
      })
      socket.write(
        `GET /ws/${user.id.toUpperCase()} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocols}\r\n\r\n`
      )
    })
  const alone = await head(`bearer.${accessToken}`)
  t.match(alone, /^HTTP\/1\.1 101/)
  t.notMatch(alone, /bearer/i)
  t.match(await head(`bearer.${accessToken}, invigil`), /^HTTP\/1\.1 101.*Sec-WebSocket-Protocol: invigil/is)
  t.notOk((await head(`invigil, bearer.${accessToken}`)).includes(accessToken))
})

t.test('an id in capitals is the same id', async t => {
  const app = await build(t)
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  const asStudent = async (method: 'GET' | 'POST', path: string, payload?: object) =>
    await call<{ id: string, userId: string, sessions: unknown[], attempt: { id: string }, code: string }>(
      app,
      method,
      path,
      { headers: student.headers, ...defined({ payload }) }
    )
  const id = student.user.id.toUpperCase()
  t.match(await asStudent('GET', `/users/${id}`), { status: 200, body: { id: student.user.id } })
  const started = await asStudent('POST', `/exam/start/${id}`)
  t.match(started, { status: 201, body: { userId: student.user.id } })
  t.match(await asStudent('GET', `/exam/summary/${id}`), { status: 200 })
  t.match(await asStudent('GET', `/sessions/${started.body.id.toUpperCase()}`), { status: 200 })
  t.equal((await asStudent('GET', `/sessions?userId=${id}`)).body.sessions.length, 1)
  t.match(await asStudent('POST', '/events', { sessionId: started.body.id.toUpperCase(), kind: 'paste' }), {
    status: 201
  })
  await asStudent('POST', `/exam/stop/${id}`)
  const asTeacher = async (method: 'POST', path: string, payload: object) =>
    await call<{ id: string, candidates: unknown[] }>(app, method, path, { headers: teacher.headers, payload })
  const { body: exam } = await asTeacher('POST', '/exams', { title: 'Algebra' })
  t.match(await asTeacher('POST', `/exams/${exam.id.toUpperCase()}/candidates`, { userIds: [id, student.user.id] }), {
    status: 200,
    body: { candidates: [{ userId: student.user.id }] }
  })
  await asTeacher('POST', `/exams/${exam.id}/questions`, { kind: 'boolean', text: 'x', body: { correct: true } })
  await call(app, 'POST', `/exams/${exam.id}/publish`, { headers: teacher.headers })
  t.match(await asStudent('POST', `/exam/start/${id}`, { examId: exam.id.toUpperCase() }), {
    status: 201,
    body: { attempt: { examId: exam.id } }
  })
})

t.test('strangers hear of readiness only whether it is so', async t => {
  const app = await build(t)
  const [student, admin] = [await person(app), await person(app, 'admin')]
  const remoteAddress = '192.0.2.1'
  for (const url of ['/health', '/health/ready', '/api/v1/health/ready']) {
    t.same((await app.inject({ url, remoteAddress })).json(), { status: 'ready' }, url)
    t.same(
      (await app.inject({ url, headers: { 'x-forwarded-for': '192.0.2.1' } })).json(),
      { status: 'ready' },
      `${url} through a proxy`
    )
  }
  t.same((await app.inject({ url: '/health/ready', remoteAddress, headers: student.headers })).json(), {
    status: 'ready'
  })
  t.match((await app.inject({ url: '/health/ready', remoteAddress, headers: admin.headers })).json(), {
    status: 'ready',
    version: /./,
    load: 0,
    models: { objects: 'yolox_nano' }
  })
  t.match((await app.inject('/health/ready')).json(), { status: 'ready', version: /./ }, 'a program on this machine')
  const guarded = await build(t, { env: { METRICS_TOKEN: 'a-token-for-the-metrics' } })
  t.same((await guarded.inject('/health/ready')).json(), { status: 'ready' })
  t.match(
    (
      await guarded.inject({
        url: '/health/ready',
        remoteAddress,
        headers: { authorization: 'Bearer a-token-for-the-metrics' }
      })
    ).json(),
    { version: /./ }
  )
})

t.test('what passes by itself says when to come again, and fills no log', async t => {
  let fault: Error = new DetectionError('INVIGIL_ERR_OVERLOADED', 'full')
  const app = await build(t, { pool: { analyzeStill: async () => { throw fault } } })
  const { headers } = await person(app)
  const lines: Array<[level: string, about: unknown]> = []
  for (const level of ['warn', 'error'] as const) app.log[level] = (about: unknown) => { lines.push([level, about]) }
  const image = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1]).toString('base64')
  const analyze = async () => await call(app, 'POST', '/analyze', { headers, payload: { image } })
  for (let count = 0; count < 30; count++) {
    t.match(await analyze(), { status: 503, headers: { 'retry-after': '2' }, body: { code: 'INVIGIL_ERR_OVERLOADED' } })
  }
  fault = new DatabaseError('unavailable', 'ECONNREFUSED')
  t.match(await analyze(), { status: 503, headers: { 'retry-after': '5' }, body: { code: 'INVIGIL_ERR_DATABASE' } })
  t.match(
    lines,
    [
      ['warn', { code: 'INVIGIL_ERR_OVERLOADED' }],
      ['warn', { code: 'INVIGIL_ERR_DATABASE' }]
    ],
    'a line for each kind'
  )
  t.equal(lines.length, 2)
  t.notOk(JSON.stringify(lines).includes(' at '), 'without a stack')
})

t.test('a TRUST_PROXY that trusts all addresses is refused with the name of the variable', async t => {
  for (const TRUST_PROXY of [
    '*',
    '0.0.0.0/0',
    '::/0',
    'true',
    '1',
    'proxy.example.org',
    '10.0.0.5/33',
    '10.0.0.5/x',
    '10.0.0.0/8/8',
    '10.0.0.5, *'
  ]) {
    t.throws(() => loadConfig({ TRUST_PROXY }), { name: 'ConfigError', message: /TRUST_PROXY/ }, TRUST_PROXY)
  }
  for (const TRUST_PROXY of ['', '10.0.0.5', '10.0.0.0/8', 'loopback', 'loopback, uniquelocal', '::1', 'fd00::/8']) {
    // Fastify accepts every value that the check accepts.
    t.doesNotThrow(() => Fastify(instanceOptions(loadConfig({ TRUST_PROXY }))), TRUST_PROXY)
  }
})
