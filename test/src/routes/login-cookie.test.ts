import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { call, PASSWORD, person, type Answer } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Login {
  readonly code?: string
  readonly accessToken: string
  readonly refreshToken?: string
  readonly user: { readonly id: string }
}
type Headers = Readonly<Record<string, string>>

const COOKIE = { 'x-invigil-session': 'cookie' }
const HTTPS = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }

/** The cookies that an answer sets, whole, by their names. */
function cookiesOf (answer: Answer<unknown>): Map<string, string> {
  const lines = [answer.headers['set-cookie'] ?? []].flat().map(String)
  return new Map(lines.map(line => [line.slice(0, line.indexOf('=')), line]))
}

/** As a browser keeps them: the earlier ones, replaced by those that an answer sets. */
function jar (answer: Answer<unknown>, earlier = ''): string {
  const kept = new Map(earlier.split('; ').filter(Boolean).map(pair => [pair.split('=')[0]!, pair]))
  for (const [name, line] of cookiesOf(answer)) {
    if (/Max-Age=0|1970/.test(line)) kept.delete(name)
    else kept.set(name, line.split(';')[0]!)
  }
  return [...kept.values()].join('; ')
}

const post = async (app: FastifyInstance, path: string, headers: Headers, payload: object = {}) =>
  await call<Login>(app, 'POST', path, { headers, payload })
const logIn = async (app: FastifyInstance, email: string, headers: Headers = {}) =>
  await post(app, '/auth/login/password', { ...COOKIE, ...headers }, { email, password: PASSWORD })
const isIn = async (app: FastifyInstance, { accessToken }: Login) =>
  (await call(app, 'GET', '/auth/me', { headers: { authorization: `Bearer ${accessToken}` } })).status === 200

await eachDatabase(t, async (t, make) => {
  const app = await make({ env: { TRUST_PROXY: '127.0.0.1', LOGIN_ATTEMPTS_MAX: '1000' } })
  const { user } = await person(app)
  const { email } = user

  await t.test('a page that asks for it gets the refresh token in a cookie that no script can read', async t => {
    const plain = await logIn(app, email)
    t.equal(plain.status, 200)
    t.equal(plain.body.refreshToken, undefined)
    t.match(
      cookiesOf(plain).get('invigil_login'),
      /^invigil_login=[\w-]{43}; Max-Age=604800; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict$/
    )
    t.ok(await isIn(app, plain.body))
    const secure = await logIn(app, email, HTTPS)
    t.match(cookiesOf(secure).get('__Secure-invigil_login'), /; HttpOnly; Secure; SameSite=Strict$/)
    t.equal(cookiesOf(secure).has('invigil_login'), false)

    const signedUp = await post(app, '/auth/signup', COOKIE, { email: 'new@example.org', password: PASSWORD })
    t.equal(signedUp.status, 201)
    t.equal(signedUp.body.refreshToken, undefined)
    t.ok(cookiesOf(signedUp).has('invigil_login'))

    const json = await post(app, '/auth/login/password', {}, { email, password: PASSWORD })
    t.match(json.body.refreshToken, /^[\w-]{43}$/, 'other clients have it in JSON')
    t.equal(cookiesOf(json).has('invigil_login'), false)
  })

  await t.test('the cookie is exchanged for a new one, from pages of this server only', async t => {
    const login = await logIn(app, email)
    const cookie = jar(login)
    const own = [
      {},
      { 'sec-fetch-site': 'same-origin', origin: 'https://behind.a.proxy.example.org' },
      { origin: 'http://localhost:80' }
    ]
    const foreign = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example.org' },
      { origin: 'null' }
    ]
    for (const headers of foreign) {
      const refused = await post(app, '/auth/refresh', { ...COOKIE, cookie, ...headers })
      t.match(refused, { status: 403, body: { code: 'INVIGIL_ERR_CROSS_SITE' } }, JSON.stringify(headers))
      t.equal(refused.headers['set-cookie'], undefined)
    }
    t.match(
      await post(app, '/auth/refresh', { cookie }),
      { status: 403, body: { code: 'INVIGIL_ERR_CROSS_SITE' } },
      'without the header'
    )
    for (const headers of own) {
      const again = await post(app, '/auth/refresh', { ...COOKIE, cookie, ...headers })
      t.equal(again.status, 200, JSON.stringify(headers))
      t.equal(again.body.refreshToken, undefined)
      t.equal(again.body.user.id, user.id)
      t.not(jar(again, cookie), cookie, 'a new token')
      t.ok(await isIn(app, again.body))
    }
    t.match(await post(app, '/auth/refresh', COOKIE), { status: 401, body: { code: 'INVIGIL_ERR_REFRESH_INVALID' } })
    t.match(await post(app, '/auth/refresh', {}), { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION' } })
    t.match(await post(app, '/auth/refresh', { 'x-invigil-session': 'other' }), { status: 400 })
  })

  await t.test('a page of another site logs nobody in', async t => {
    const before = await app.services.db.refreshTokens.deleteExpired(0)
    const refused = await logIn(app, email, { 'sec-fetch-site': 'cross-site' })
    t.match(refused, { status: 403, body: { code: 'INVIGIL_ERR_CROSS_SITE' } })
    t.equal(refused.headers['set-cookie'], undefined)
    t.equal(before, 0)
  })

  await t.test('thirty tabs that ask at once with one cookie all stay logged in, and ask again later', async t => {
    const cookie = jar(await logIn(app, email))
    const ask = async (with_: string) => await post(app, '/auth/refresh', { ...COOKIE, cookie: with_ })
    const answers = await Promise.all(Array.from({ length: 30 }, async () => await ask(cookie)))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
    for (const { body } of answers) t.ok(await isIn(app, body))
    const later = await Promise.all(answers.map(async answer => await ask(jar(answer, cookie))))
    t.same(new Set(later.map(({ status }) => status)), new Set([200]))
    t.equal((await ask(cookie)).status, 200, 'a tab that was frozen all the time')
    for (const { body } of later) t.ok(await isIn(app, body))
  })

  await t.test('a refresh token in the body moves into the cookie', async t => {
    const json = await post(app, '/auth/login/password', {}, { email, password: PASSWORD })
    const moved = await post(app, '/auth/refresh', COOKIE, { refreshToken: json.body.refreshToken })
    t.equal(moved.status, 200)
    t.equal(moved.body.refreshToken, undefined)
    t.equal((await post(app, '/auth/refresh', { ...COOKIE, cookie: jar(moved) })).status, 200)
  })

  await t.test('a new password goes on with a new cookie, and the old one has ended', async t => {
    const { user: changing } = await person(app)
    const login = await logIn(app, changing.email)
    const changed = await call<Login>(app, 'PUT', '/auth/me/password', {
      headers: { ...COOKIE, cookie: jar(login), authorization: `Bearer ${login.body.accessToken}` },
      payload: { currentPassword: PASSWORD, newPassword: 'another long password' }
    })
    t.equal(changed.status, 200)
    t.equal(changed.body.refreshToken, undefined)
    t.ok(await isIn(app, changed.body))
    const old = await post(app, '/auth/refresh', { ...COOKIE, cookie: jar(login) })
    t.match(old, { status: 401, body: { code: 'INVIGIL_ERR_REFRESH_INVALID' } })
    t.match(cookiesOf(old).get('invigil_login'), /1970|Max-Age=0/, 'a cookie of an ended login is removed')
  })

  await t.test('a page logs out by its cookie alone, and not from another site', async t => {
    const login = await logIn(app, email)
    const other = await logIn(app, email)
    const cookie = jar(login)
    t.match(await post(app, '/auth/logout', { ...COOKIE, cookie, 'sec-fetch-site': 'cross-site' }), {
      status: 403,
      body: { code: 'INVIGIL_ERR_CROSS_SITE' }
    })
    t.match(await post(app, '/auth/logout', { cookie }), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_MISSING' } })
    t.ok(await isIn(app, login.body))
    const out = await post(app, '/auth/logout', { ...COOKIE, cookie })
    t.equal(out.status, 204)
    t.match(cookiesOf(out).get('invigil_login'), /1970|Max-Age=0/)
    t.notOk(await isIn(app, login.body))
    t.ok(await isIn(app, other.body), 'the other login goes on')
    t.equal((await post(app, '/auth/refresh', { ...COOKIE, cookie })).status, 401)
    t.equal((await post(app, '/auth/logout', { ...COOKIE, cookie }, { everywhere: true })).status, 204)
    t.ok(await isIn(app, other.body), 'an ended login ends no others')
    const last = await logIn(app, email)
    t.equal((await post(app, '/auth/logout', { ...COOKIE, cookie: jar(last) }, { everywhere: true })).status, 204)
    t.notOk(await isIn(app, other.body))
  })
})
