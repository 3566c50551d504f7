/** Bodies of requests without an account: size, shape, content type and types of values. */
import { connect, type AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { brokenBound } from '../../src/bodies/json-shape.ts'
import { build, call, PASSWORD, person } from '../support/app.ts'
import { stage } from '../support/exams.ts'
import { mariadbMissing, startMariadb } from '../support/mariadb.ts'
import { openDatabase, type Database } from '../../db/index.ts'

interface Refusal { readonly code: string }

const json = { 'content-type': 'application/json' }

t.test('the shape of a JSON text is known before it is parsed', async t => {
  const bounds = { depthMax: 3, elementsMax: 5 }
  const broken = (text: string) => brokenBound(Buffer.from(text), bounds)
  t.equal(broken('{"a":[{"b":1}]}'), undefined)
  t.equal(broken('[[[[1]]]]'), 'depth')
  t.equal(broken('[1,2,3,4]'), undefined, 'a list and four values')
  t.equal(broken('[1,2,3,4,5,6]'), 'elements')
  t.equal(broken('["[[[[[[", ",,,,,,,,,", "\\"[[[[[[", "\\\\"]'), undefined, 'brackets within texts are texts')
  t.equal(broken('"\\'), undefined, 'cut off within an escape')
  t.equal(broken(']]]]]]]{}'), undefined, 'text that is not JSON is left to the parser')
})

t.test('bodies that used to stop the process are refused before they are parsed', async t => {
  const app = await build(t)
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  const attacks: ReadonlyArray<[name: string, path: string, body: string, headers: Record<string, string>]> = [
    ['5.6 MB of depth to signup', '/auth/signup', `{"email":${'['.repeat(5_600_000)}`, json],
    ['64 KB of depth to signup', '/auth/signup', `{"email":${'['.repeat(60_000)}`, json],
    ['many values to signup', '/auth/signup', `{"email":[${'0,'.repeat(30_000)}0]}`, json],
    [
      'a form of 700,000 fields to signup',
      '/auth/signup',
      'a=1&'.repeat(700_000),
      { 'content-type': 'application/x-www-form-urlencoded' }
    ],
    [
      'a form of 15,000 fields to login',
      '/auth/login/password',
      'a=1&'.repeat(15_000),
      { 'content-type': 'application/x-www-form-urlencoded' }
    ],
    ['login/face, 6 M nested lists', '/auth/login/face', '['.repeat(12_000_000), json],
    ['login/face, 1 M nested lists', '/auth/login/face', '['.repeat(1_000_000), json],
    [
      'login/face, numbers for frames',
      '/auth/login/face',
      `{"email":"a@example.org","nonce":"x","frames":[${'0,'.repeat(900_000)}0]}`,
      json
    ],
    [
      'login/face, objects for frames',
      '/auth/login/face',
      `{"email":"a@example.org","nonce":"x","frames":[${'{},'.repeat(600_000)}{}]}`,
      json
    ],
    ['many lists to the challenge', '/auth/login/face/challenge', '[],'.repeat(20_000), json],
    ['many lists to refresh', '/auth/refresh', `{"refreshToken":[${'[],'.repeat(20_000)}[]]}`, json],
    ['10 MB of brackets to analyze', '/analyze', `{"image":${'['.repeat(10_000_000)}`, { ...json, ...student.headers }],
    [
      'many values to analyze',
      '/analyze',
      `{"events":[${'"x",'.repeat(1_000_000)}"x"]}`,
      { ...json, ...student.headers }
    ],
    ['8 MB of brackets to import', '/exams/import', '['.repeat(8_000_000), { ...json, ...teacher.headers }],
    [
      '8 MB of empty objects to import',
      '/exams/import',
      `{"questions":[${'{},'.repeat(2_500_000)}{}]}`,
      { ...json, ...teacher.headers }
    ]
  ]
  // Load lazy modules now, so that they are not part of the measurement.
  await app.inject({ method: 'POST', url: '/api/v1/auth/refresh', payload: '{', headers: json })
  const parse = JSON.parse
  for (const [name, path, payload, headers] of attacks) {
    let parsedBytes = 0
    JSON.parse = (text, reviver) => { parsedBytes += String(text).length; return parse(text, reviver) }
    try {
      const answer = await app.inject({ method: 'POST', url: `/api/v1${path}`, payload, headers })
      JSON.parse = parse
      t.ok([400, 413, 415].includes(answer.statusCode), `${name}: ${answer.statusCode}`)
      t.match(answer.json(), { code: /^INVIGIL_ERR_(BODY|TOO_LARGE|MEDIA_TYPE)$/ }, name)
      t.ok(parsedBytes < 2000, `${name}: ${parsedBytes} characters parsed`)
    } finally {
      JSON.parse = parse
    }
  }
})

t.test('for a body with many errors the response names the first', async t => {
  const app = await build(t)
  const frames = Array.from({ length: 48 }, () => ({}))
  const { status, body } = await call<{ details: { fields: unknown[] } }>(app, 'POST', '/auth/login/face', {
    payload: { email: 'a@example.org', nonce: 'x', frames }
  })
  t.equal(status, 400)
  t.equal(body.details.fields.length, 1)
})

t.test('JSON without a login has a size limit that a small base64 picture fits', async t => {
  const app = await build(t)
  const padded = (bytes: number) =>
    JSON.stringify({ email: 'one@example.org', password: PASSWORD, name: 'x'.repeat(bytes) })
  for (const path of ['/auth/login/password', '/auth/refresh', '/auth/login/face/challenge']) {
    t.match(
      await call(app, 'POST', path, { payload: padded(65 * 1024), headers: json }),
      { status: 413, body: { code: 'INVIGIL_ERR_TOO_LARGE' } },
      path
    )
  }
  t.match(await call(app, 'POST', '/auth/signup', { payload: padded(257 * 1024), headers: json }), {
    status: 413,
    body: { code: 'INVIGIL_ERR_TOO_LARGE' }
  })
  const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(100_000)])
  t.match(
    await call(app, 'POST', '/auth/signup', {
      payload: { email: 'two@example.org', password: PASSWORD, face: picture.toString('base64') }
    }),
    { status: 201, body: { user: { hasFace: true } } }
  )
})

t.test('a route accepts only the content types that it declares', async t => {
  const app = await build(t)
  const { user, headers } = await person(app)
  const send = async (path: string, type: string, payload: string, more: object = {}) =>
    await call<Refusal>(app, 'POST', path, { payload, headers: { 'content-type': type, ...more } })
  const form = 'application/x-www-form-urlencoded'
  const oauth = `grant_type=password&username=${encodeURIComponent(user.email)}&password=${encodeURIComponent(PASSWORD)}&scope=&client_id=string&client_secret=string`
  t.match(await send('/auth/login/password', form, oauth), { status: 200 }, 'as the form clients of FastAPI send it')
  t.match(await send('/auth/login/password', `${form}; charset=UTF-8`, oauth), { status: 200 })
  for (const [path, type] of [
    ['/auth/signup', form],
    ['/auth/refresh', form],
    ['/auth/login/face', form],
    ['/auth/login/password', 'multipart/form-data; boundary=x'],
    ['/auth/signup', 'text/plain'],
    ['/auth/signup', 'application/xml'],
    ['/auth/signup', 'application/jsonx'],
    ['/auth/signup', 'nonsense']
  ] as const) {
    t.match(
      await send(path, type, 'email=a@example.org'),
      { status: 415, body: { code: 'INVIGIL_ERR_MEDIA_TYPE' } },
      `${type} to ${path}`
    )
  }
  t.match(await send(`/exam/start/${user.id}`, 'application/xml', '<x/>', headers), { status: 415 })
  t.match(
    await call(app, 'POST', `/exam/start/${user.id}`, { headers: { ...headers, ...json } }),
    { status: 201 },
    'a content type without a body is no body'
  )
})

/** A multipart body as bytes. */
function multipart (fields: Readonly<Record<string, string | Buffer>>): string {
  const parts = Object.entries(fields).map(([name, value]) =>
    typeof value === 'string'
      ? `--edge\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
      : `--edge\r\ncontent-disposition: form-data; name="${name}"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n${value.toString('latin1')}\r\n`
  )
  return `${parts.join('')}--edge--\r\n`
}

t.test('a broken or truncated form gets a 4xx on every route with forms', async t => {
  const app = await build(t)
  const student = await person(app)
  const { exam } = await stage(app)
  const errors: unknown[] = []
  app.log.error = (...args: unknown[]) => { errors.push(args) }
  const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(2000)])
  const routes: ReadonlyArray<[method: 'POST' | 'PUT', path: string, file: string, texts: Record<string, string>]> = [
    ['POST', '/auth/signup', 'face', { email: 'form@example.org', password: PASSWORD }],
    ['POST', '/auth/login/face', 'frames', { email: 'form@example.org', nonce: 'x', atMs: '1' }],
    ['PUT', '/auth/me/face', 'face', {}],
    ['POST', '/analyze', 'image', {}],
    ['POST', `/exams/${exam.id}/preflight`, 'image', {}]
  ]
  for (const [method, path, file, texts] of routes) {
    const whole = multipart({ ...texts, [file]: picture })
    const bodies: ReadonlyArray<[name: string, type: string, body: string]> = [
      ['without a boundary', 'multipart/form-data', whole],
      ['with an empty boundary', 'multipart/form-data; boundary=', whole],
      ['with another boundary', 'multipart/form-data; boundary=other', whole],
      ['cut within the file', 'multipart/form-data; boundary=edge', whole.slice(0, -500)],
      ['cut within the header of a part', 'multipart/form-data; boundary=edge', whole.slice(0, 30)],
      ['without its last boundary', 'multipart/form-data; boundary=edge', whole.slice(0, -12)],
      ['of no parts', 'multipart/form-data; boundary=edge', 'nothing'],
      ['empty', 'multipart/form-data; boundary=edge', '\r\n']
    ]
    for (const [name, type, body] of bodies) {
      const answer = await app.inject({
        method,
        url: `/api/v1${path}`,
        payload: Buffer.from(body, 'latin1'),
        headers: { 'content-type': type, ...student.headers }
      })
      t.ok([400, 415].includes(answer.statusCode), `${path} ${name}: ${answer.statusCode} ${answer.body.slice(0, 100)}`)
    }
  }
  t.same(errors, [], 'nothing of it is an error in the log')
})

t.test('an upload that the client aborts is not counted as a server error', async t => {
  const app = await build(t)
  const errors: unknown[] = []
  app.log.error = (...args: unknown[]) => { errors.push(args) }
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const body = multipart({ email: 'left@example.org', password: PASSWORD, face: Buffer.alloc(50_000) })
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `POST /api/v1/auth/signup HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=edge\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 20_000)}`
  )
  const arrived = new Promise<void>(resolve => app.server.once('request', () => resolve()))
  await arrived
  socket.destroy()
  t.match(await (await fetch(`http://127.0.0.1:${port}/health/live`)).json(), { status: 'ok' })
  t.same(errors, [])
})

t.test('a login by face accepts its frames as files', async t => {
  const app = await build(t)
  const frame = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
  const send = async (body: string) =>
    await call<Refusal & { details?: { fields?: unknown } }>(app, 'POST', '/auth/login/face', {
      payload: Buffer.from(body, 'latin1'),
      headers: { 'content-type': 'multipart/form-data; boundary=edge' }
    })
  const several = (frames: number, times: number) => {
    const part = multipart({ frames: frame }).split('--edge--')[0]!
    const time = (at: number) => multipart({ atMs: String(at) }).split('--edge--')[0]!
    return (
      Array.from({ length: frames }, () => part).join('') +
      Array.from({ length: times }, (_, at) => time(at * 200)).join('') +
      multipart({ email: 'nobody@example.org', nonce: 'made up' })
    )
  }
  t.match(
    await send(several(48, 48)),
    { status: 410, body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_GONE' } },
    'read, and then the nonce is looked at'
  )
  t.match(await send(several(49, 1)), { status: 413 }, 'no more than a login needs')
  const { nonce } = (
    await call<{ nonce: string }>(app, 'POST', '/auth/login/face/challenge', {
      payload: { email: 'nobody@example.org' }
    })
  ).body
  t.match(
    await send(several(3, 2).replace('made up', nonce)),
    { status: 400, body: { details: { fields: [{ field: 'atMs' }] } } },
    'a time for each'
  )
})

/** Bodies whose values have the wrong type, and query values that are not numbers: 400 on every database. */
async function typesAreChecked (t: Test, app: FastifyInstance): Promise<void> {
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const as = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, payload?: unknown) =>
    await call<Refusal & { id: string, version: number }>(app, method, path, {
      headers: { ...teacher.headers, ...json },
      ...(payload !== undefined && { payload: JSON.stringify(payload) })
    })
  const { body: exam } = await as('POST', '/exams', { title: 'Algebra', isOpenToAll: true, durationMs: 60_000 })
  const { version } = exam
  const question = { kind: 'boolean', text: 'x', body: { correct: true } }
  const far = 253_402_300_800_000
  const wrong: ReadonlyArray<['POST' | 'PUT' | 'PATCH', string, unknown]> = [
    ['POST', '/auth/signup', { email: ['a@example.org'], password: PASSWORD }],
    ['POST', '/auth/signup', { email: 'a@example.org', password: 12_345_678 }],
    ['POST', '/auth/login/password', null],
    ['POST', '/auth/login/password', [{ email: 'a@example.org', password: 'x' }]],
    ['PATCH', '/auth/me', { name: true }],
    ['POST', '/auth/logout', { everywhere: 'true' }],
    ['POST', '/auth/logout', { everywhere: null }],
    ['POST', '/exams', { title: true }],
    ['POST', '/exams', { title: 7 }],
    ['POST', '/exams', { title: 'x', shuffle: 'true' }],
    ['POST', '/exams', { title: 'x', shuffle: 1 }],
    ...['', ' ', 'null', false, true, [], '0x1000', '1e3', '1000', far, -1, 1.5, 1e300].map(
      value => ['PATCH', `/exams/${exam.id}`, { version, closesAtMs: value }] as ['PATCH', string, unknown]
    ),
    ['PATCH', `/exams/${exam.id}`, { version, opensAtMs: false }],
    ['PATCH', `/exams/${exam.id}`, { version, attemptsMax: '' }],
    ['PATCH', `/exams/${exam.id}`, { version, attemptsMax: true }],
    ['PATCH', `/exams/${exam.id}`, { version, isOpenToAll: null }],
    ['PATCH', `/exams/${exam.id}`, { version, durationMs: '0x1000' }],
    ['PATCH', `/exams/${exam.id}`, { version: String(version), title: 'x' }],
    ['POST', `/exams/${exam.id}/questions`, { ...question, points: null }],
    ['POST', `/exams/${exam.id}/questions`, { ...question, points: '2' }],
    ['POST', `/exams/${exam.id}/questions`, { ...question, body: { correct: 'true' } }],
    ['POST', `/exams/${exam.id}/questions`, { ...question, text: ['x'] }],
    ['POST', `/exams/${exam.id}/candidates`, { userIds: student.user.id }],
    ['PUT', `/exams/${exam.id}/accommodations/${student.user.id}`, { extraTimeShare: null, reason: 'x' }],
    ['PUT', `/exams/${exam.id}/policy`, { weights: { phone: '5' } }],
    ['POST', `/exams/${exam.id}/release`, { released: 0 }],
    ['POST', '/exams/import', { format: 'invigil-exam/1', exam: { title: 'x', closesAtMs: far }, questions: [] }],
    ['POST', '/exams/import', { format: 'invigil-exam/1', exam: { title: 'x', shuffle: 1 }, questions: [] }],
    ['POST', '/events', { kind: 'paste', atMs: far }],
    ['POST', '/events', { kind: 'paste', atMs: '5' }],
    ['POST', '/events', { camera: 'false' }]
  ]
  for (const [method, path, payload] of wrong) {
    t.match(
      await as(method, path, payload),
      { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION' } },
      `${path} ${JSON.stringify(payload)}`
    )
  }
  t.match(
    await as('PATCH', `/exams/${exam.id}`, { version, closesAtMs: far - 1 }),
    { status: 200, body: { closesAtMs: far - 1 } },
    'the last moment of the year 9999'
  )

  const admin = await person(app, 'admin')
  const request = async (path: string) => (await call(app, 'GET', path, { headers: admin.headers })).status
  for (const query of [
    'toMs=1e30',
    'toMs=-1',
    'fromMs=0x10',
    'fromMs=',
    'fromMs=%20',
    `toMs=${far}`,
    'fromMs=Infinity',
    'fromMs=NaN',
    'toMs=1&toMs=2',
    'limit=1.5',
    'limit=true',
    'limit='
  ]) {
    for (const path of ['/sessions', '/events']) t.equal(await request(`${path}?${query}`), 400, `${path}?${query}`)
  }
  for (const path of ['/sessions', '/events']) {
    t.equal(await request(`${path}?fromMs=0&toMs=${far - 1}&limit=5`), 200, `${path}: texts of queries become numbers`)
  }
  for (const query of ['toMs=1e30', `toMs=${far}`, 'fromMs=-5']) {
    for (const path of ['/admin/stats', '/admin/export/sessions', '/admin/export/events']) {
      t.equal(await request(`${path}?${query}`), 400, `${path}?${query}`)
    }
  }
  for (const [query, status] of [
    ['needsGrading=true', 200],
    ['needsGrading=false', 200],
    ['needsGrading=1', 400],
    ['needsGrading=yes', 400]
  ] as const) { t.equal(await request(`/exams/${exam.id}/attempts?${query}`), status, query) }
}

t.test(
  'JSON values of the wrong type and times after the year 9999 are refused, on SQLite',
  async t => await typesAreChecked(t, await build(t))
)

t.test('the same on MariaDB', { skip: mariadbMissing(), timeout: 300_000 }, async t => {
  const mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  const db: Database = await openDatabase({ url: mariadb.url })
  const app = await build(t, { db })
  t.teardown(() => db.close())
  await typesAreChecked(t, app)
})
