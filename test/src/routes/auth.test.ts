import { createSigner } from 'fast-jwt'
import t from 'tap'
import { hashPassword, matchPassword } from '../../../src/accounts/password-hash.ts'
import { build, call, PASSWORD, person } from '../../support/app.ts'
import { type Login, type Refusal, bearer, me } from '../../support/login.ts'

t.test('an access token expires when the response says', async t => {
  const app = await build(t, { env: { ACCESS_TOKEN_TTL: '60' } })
  const { body } = await call<Login & { readonly expiresIn: number }>(app, 'POST', '/auth/signup', {
    payload: { email: 'rahim@example.org', password: PASSWORD }
  })
  const { iat, exp } = JSON.parse(Buffer.from(body.accessToken.split('.')[1]!, 'base64url').toString()) as {
    readonly iat: number
    readonly exp: number
  }
  t.equal(body.expiresIn, 60)
  t.equal(exp - iat, 60)
})

t.test('a password logs in, as JSON and as a form', async t => {
  const app = await build(t)
  const { user } = await person(app)
  const asJson = await call<Login>(app, 'POST', '/auth/login/password', {
    payload: { email: user.email.toUpperCase(), password: PASSWORD }
  })
  t.match(asJson, { status: 200, body: { user: { id: user.id } } })
  const asForm = await call<Login>(app, 'POST', '/auth/login/password', {
    payload: new URLSearchParams({
      username: user.email,
      password: PASSWORD,
      grant_type: 'password',
      scope: ''
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })
  t.match(asForm, { status: 200, body: { user: { id: user.id } } })
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { password: PASSWORD } }), {
    status: 400,
    body: { details: { fields: [{ field: 'email' }] } }
  })
})

t.test('a wrong password and an unknown account get the same answer in similar time', async t => {
  const app = await build(t)
  const { user } = await person(app)
  const time = async (email: string) => {
    const startedAt = performance.now()
    const { status, body } = await call<Refusal>(app, 'POST', '/auth/login/password', {
      payload: { email, password: 'wrong password' }
    })
    return { ms: performance.now() - startedAt, status, body }
  }
  const known = []
  const unknown = []
  for (let round = 0; round < 5; round++) {
    known.push(await time(user.email))
    unknown.push(await time('unknown@example.org'))
  }
  t.same(known.map(({ status, body }) => ({ status, body })), unknown.map(({ status, body }) => ({ status, body })))
  t.match(known[0], { status: 401, body: { code: 'INVIGIL_ERR_LOGIN_FAILED' } })
  const least = (tries: ReadonlyArray<{ ms: number }>) => Math.min(...tries.map(({ ms }) => ms))
  t.ok(
    least(unknown) > least(known) / 2,
    `an unknown account takes ${least(unknown).toFixed(1)} ms, a known one ${least(known).toFixed(1)} ms`
  )
})

t.test('an account without a password cannot be logged into with one', async t => {
  const app = await build(t)
  await app.services.db.users.create({ email: 'face-only@example.org', name: '', role: 'student', createdAtMs: 1 })
  t.match(
    await call(app, 'POST', '/auth/login/password', { payload: { email: 'face-only@example.org', password: 'x' } }),
    { status: 401 }
  )
  t.equal(await matchPassword(null, 'x'), 'no')
  t.equal(await matchPassword(await hashPassword('ক'.repeat(200)), 'ক'.repeat(200)), 'yes')
})

t.test('failed logins are limited, even if they come all at once, and successful ones are not', async t => {
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '3' } })
  const { user } = await person(app)
  const login = async (password: string, email = user.email, remoteAddress = '192.0.2.1') =>
    await call<Refusal>(app, 'POST', '/auth/login/password', { payload: { email, password }, remoteAddress })
  for (let round = 0; round < 5; round++) t.equal((await login(PASSWORD)).status, 200, 'good logins are not counted')
  const flood = await Promise.all(Array.from({ length: 8 }, () => login('wrong password')))
  t.same(flood.map(answer => answer.status).sort(), [401, 401, 401, 429, 429, 429, 429, 429])
  const limited = await login(PASSWORD)
  t.match(limited, { status: 429, body: { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS', message: /Wait \d+ s/ } })
  const { retryAfterSeconds } = limited.body.details as { readonly retryAfterSeconds: number }
  t.ok(retryAfterSeconds >= 1 && retryAfterSeconds <= 10, 'the first wait is short')
  t.equal((await login(PASSWORD, user.email, '192.0.2.2')).status, 200, 'the owner elsewhere is not locked out')
  for (let round = 0; round < 27; round++) await login('wrong password', `someone${round}@example.org`)
  const tries = [
    await login('wrong password', 'one-more@example.org'),
    await login('wrong password', 'one-more@example.org')
  ]
  t.same(
    tries.map(answer => answer.status),
    [401, 429],
    'an address beyond its limit has one try an account'
  )
  const { user: innocent } = await person(app)
  t.equal((await login(PASSWORD, innocent.email)).status, 200, 'who shares it and knows the password gets in')
})

t.test('failures from elsewhere do not lock out a device that has logged in before', async t => {
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '2' } })
  const { user } = await person(app)
  const login = async (remoteAddress: string, password = PASSWORD) =>
    (await call(app, 'POST', '/auth/login/password', { payload: { email: user.email, password }, remoteAddress }))
      .status
  t.equal(await login('192.0.2.1'), 200)
  for (let from = 10; from < 15; from++) {
    for (let count = 0; count < 2; count++) t.equal(await login(`192.0.2.${from}`, 'a guess'), 401)
  }
  t.equal(await login('192.0.2.20'), 429, 'the account takes no more from strangers')
  t.equal(await login('192.0.2.1'), 200)
  for (let count = 0; count < 2; count++) t.equal(await login('192.0.2.1', 'a guess'), 401)
  t.equal(await login('192.0.2.1'), 429, 'its own limit holds there too')
})

t.test('a school that logs in all at once from one address is served', async t => {
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '1' } })
  const people = await Promise.all(Array.from({ length: 30 }, () => person(app)))
  const answers = await Promise.all(
    people.map(({ user }) =>
      call(app, 'POST', '/auth/login/password', { payload: { email: user.email, password: PASSWORD } })
    )
  )
  t.same(new Set(answers.map(answer => answer.status)), new Set([200]))
})

t.test('the addresses of one IPv6 network count as one', async t => {
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '1' } })
  const { user } = await person(app)
  const login = async (remoteAddress: string) =>
    (
      await call(app, 'POST', '/auth/login/password', {
        payload: { email: user.email, password: 'wrong password' },
        remoteAddress
      })
    ).status
  t.same(
    [await login('2001:db8:1:2::1'), await login('2001:db8:1:2:3::9'), await login('2001:db8:1:3::1')],
    [401, 429, 401]
  )
})

t.test('only the right password reveals that an account is disabled, and its tokens are void', async t => {
  const app = await build(t)
  const { user, accessToken, refreshToken } = await person(app)
  await app.services.db.users.setDisabled(user.id, Date.now())
  t.match(
    await call(app, 'POST', '/auth/login/password', { payload: { email: user.email, password: 'wrong password' } }),
    { status: 401 }
  )
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { email: user.email, password: PASSWORD } }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_ACCOUNT_DISABLED' }
  })
  t.match(await me(app, accessToken), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_REVOKED' } })
  t.match(await call(app, 'POST', '/auth/refresh', { payload: { refreshToken } }), {
    status: 401,
    body: { code: 'INVIGIL_ERR_REFRESH_INVALID' }
  })
})

t.test('a refresh token works once; used again after its successor it ends the whole login', async t => {
  const app = await build(t)
  const first = await person(app)
  const other = await app.logins.issue(first.user)
  const second = await call<Login>(app, 'POST', '/auth/refresh', { payload: { refreshToken: first.refreshToken } })
  t.match(second, { status: 200, body: { user: { id: first.user.id } } })
  t.not(second.body.refreshToken, first.refreshToken)
  t.equal((await me(app, second.body.accessToken)).status, 200)
  t.equal((await me(app, first.accessToken)).status, 200, 'the older access token lives its short life')

  const retried = await call<Login>(app, 'POST', '/auth/refresh', { payload: { refreshToken: first.refreshToken } })
  t.equal(retried.status, 200, 'the answer may have been lost')
  const third = await call<Login>(app, 'POST', '/auth/refresh', {
    payload: { refreshToken: retried.body.refreshToken }
  })
  t.equal(third.status, 200)
  t.equal((await me(app, second.body.accessToken)).status, 200, 'the answer that came late')

  t.match(await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: first.refreshToken } }), {
    status: 401,
    body: { code: 'INVIGIL_ERR_REFRESH_REUSED' }
  })
  for (const { body } of [second, third]) {
    t.match(
      await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: body.refreshToken } }),
      { status: 401 },
      'its successors are dead too'
    )
  }
  t.match(await me(app, second.body.accessToken), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_REVOKED' } })
  t.equal((await me(app, other.accessToken)).status, 200, 'a login on another device goes on')
  t.match(await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: 'made up' } }), {
    status: 401,
    body: { code: 'INVIGIL_ERR_REFRESH_INVALID' }
  })
})

t.test('several refreshes at once, of a browser\'s tabs, all stay logged in', async t => {
  const app = await build(t)
  const { refreshToken } = await person(app)
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => call<Login>(app, 'POST', '/auth/refresh', { payload: { refreshToken } }))
  )
  t.same(
    answers.map(answer => answer.status),
    [200, 200, 200, 200]
  )
  for (const { body } of answers) t.equal((await me(app, body.accessToken)).status, 200)
})

t.test('logging out ends this login at once; logging out everywhere ends all', async t => {
  const app = await build(t)
  const here = await person(app)
  const there = await app.logins.issue(here.user)
  t.equal(
    (await call(app, 'POST', '/auth/logout', { headers: here.headers, payload: { refreshToken: here.refreshToken } }))
      .status,
    204
  )
  t.match(await me(app, here.accessToken), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_REVOKED' } })
  t.equal((await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: here.refreshToken } })).status, 401)
  t.equal((await me(app, there.accessToken)).status, 200)

  const third = await app.logins.issue(here.user)
  t.equal(
    (await call(app, 'POST', '/auth/logout', { headers: bearer(there.accessToken), payload: { everywhere: true } }))
      .status,
    204
  )
  for (const token of [there.accessToken, third.accessToken]) t.equal((await me(app, token)).status, 401)
  t.equal(
    (await call(app, 'POST', '/auth/login/password', { payload: { email: here.user.email, password: PASSWORD } }))
      .status,
    200,
    'a new login works'
  )
})

t.test('tokens that are forged, foreign, expired or in the wrong place are refused', async t => {
  const app = await build(t)
  const { user, accessToken, headers } = await person(app)
  const [head, body, signature] = accessToken.split('.') as [string, string, string]
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  const promoted = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url')
  const noAlgorithm = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  const sign = createSigner({ key: app.config.jwtSecret, algorithm: 'HS256' })
  const bad = {
    'claims changed': `${head}.${promoted}.${signature}`,
    'no algorithm': `${noAlgorithm}.${body}.`,
    'another secret': createSigner({ key: 'x'.repeat(40), algorithm: 'HS256' })(claims),
    'no login named': sign({ sub: user.id, issuedAtMs: Date.now(), exp: claims['exp'] }),
    'no expiry': sign({ sub: user.id, login: claims['login'], issuedAtMs: Date.now() }),
    'not a token': 'x.y.z'
  }
  for (const [name, token] of Object.entries(bad)) {
    t.match(await me(app, token), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_INVALID' } }, name)
  }
  const expired = sign({ ...claims, iat: 1000, exp: 1001 })
  t.match(await me(app, expired), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_EXPIRED' } })
  const missing = await call(app, 'GET', '/auth/me')
  t.match(missing, {
    status: 401,
    body: { code: 'INVIGIL_ERR_TOKEN_MISSING' },
    headers: { 'www-authenticate': 'Bearer' }
  })
  t.match(
    await call(app, 'GET', `/auth/me?token=${accessToken}`),
    { status: 401 },
    'HTTP takes no token from the address'
  )
  t.match(await call(app, 'GET', '/auth/me', { headers: { authorization: `Basic ${accessToken}` } }), { status: 401 })
  t.equal((await call(app, 'GET', '/auth/me', { headers })).status, 200)
})

t.test('a token of a user who is gone is void', async t => {
  const app = await build(t)
  const { user, accessToken } = await person(app)
  await app.services.db.users.delete(user.id)
  t.match(await me(app, accessToken), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_REVOKED' } })
})
