import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { defined } from '../../../lib/defined.ts'
import { createAttemptCounter } from '../../../src/cluster/attempt-counter.ts'
import { build, call, PASSWORD, person, type Answer } from '../../support/app.ts'

interface Login {
  readonly accessToken: string
  readonly refreshToken: string
  readonly deviceToken?: string
  readonly code?: string
  readonly details?: { retryAfterSeconds?: number }
}
interface Try {
  readonly email: string
  readonly password?: string
  readonly from?: string
  readonly deviceToken?: string
  readonly cookie?: string
  readonly headers?: Record<string, string>
}

const OWNER = '192.0.2.1'

const logIn = async (
  app: FastifyInstance,
  { email, password = PASSWORD, from = OWNER, deviceToken, cookie, headers = {} }: Try
): Promise<Answer<Login>> =>
  await call<Login>(app, 'POST', '/auth/login/password', {
    payload: { email, password, ...defined({ deviceToken }) },
    headers: { ...headers, ...defined({ cookie }) },
    remoteAddress: from
  })
const cookieOf = (answer: Answer<unknown>): string => String(answer.headers['set-cookie']).split(';')[0]!

/** Advances the clock of the process for the rest of the test. */
function clock (t: Test): { pass(ms: number): void } {
  const real = Date.now
  let skewMs = 0
  Date.now = () => real() + skewMs
  t.teardown(() => {
    Date.now = real
  })
  return {
    pass: ms => {
      skewMs += ms
    }
  }
}

t.test(
  'wrong passwords from the same address do not lock out a device that has logged in before',
  { timeout: 200_000 },
  async t => {
    const app = await build(t)
    const {
      user: { email }
    } = await person(app)
    const browser = await logIn(app, { email, headers: { 'sec-fetch-site': 'same-origin' } })
    const program = await logIn(app, { email })
    for (let count = 0; count < 12; count++) await logIn(app, { email, password: `a guess ${count}` })
    const locked = await logIn(app, { email })
    t.match(locked, { status: 429, body: { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' } }, 'a device that is not known waits')
    t.ok(locked.body.details!.retryAfterSeconds! <= 10, 'and not for a quarter of an hour')
    t.equal((await logIn(app, { email, cookie: cookieOf(browser) })).status, 200, 'the browser by its cookie')
    t.equal(
      (await logIn(app, { email, deviceToken: program.body.deviceToken! })).status,
      200,
      'the program by its token'
    )
    t.equal((await logIn(app, { email, deviceToken: 'A'.repeat(43) })).status, 429, 'a token that is made up')
    const { user: other } = await person(app)
    for (let count = 0; count < 10; count++) await logIn(app, { email: other.email, password: 'a guess' })
    t.equal(
      (await logIn(app, { email: other.email, cookie: cookieOf(browser) })).status,
      429,
      'a device of another account'
    )
  }
)

t.test('waits grow, end, and reset; a known device has its own count', { timeout: 200_000 }, async t => {
  const time = clock(t)
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '2' } })
  const {
    user: { email }
  } = await person(app)
  const device = (await logIn(app, { email, from: '192.0.2.7' })).body.deviceToken!
  for (const about of [{ from: OWNER }, { from: '192.0.2.7', deviceToken: device }]) {
    const wrong = async () => await logIn(app, { email, password: 'a guess', ...about })
    t.same([(await wrong()).status, (await wrong()).status], [401, 401])
    for (const seconds of [10, 20, 40]) {
      const { status, body } = await wrong()
      t.equal(status, 429)
      t.ok(
        body.details!.retryAfterSeconds! <= seconds && body.details!.retryAfterSeconds! > seconds / 2 - 5,
        `${body.details!.retryAfterSeconds} of ${seconds} s`
      )
      time.pass(seconds * 1000)
      t.equal((await wrong()).status, 401, 'one try after each wait')
    }
    time.pass(80_000)
    t.equal((await logIn(app, { email, ...about })).status, 200, 'the owner waits and gets in')
  }
})

t.test(
  'guesses from many addresses are bounded for the account, and known devices can still log in',
  { timeout: 200_000 },
  async t => {
    const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '3' } })
    const {
      user: { email }
    } = await person(app)
    const device = (await logIn(app, { email })).body.deviceToken!
    const statuses = []
    for (let from = 0; from < 7; from++) {
      for (let count = 0; count < 3; count++) {
        statuses.push((await logIn(app, { email, password: 'a guess', from: `198.51.100.${from}` })).status)
      }
    }
    t.same(
      [statuses.filter(status => status === 401).length, statuses.filter(status => status === 429).length],
      [15, 6]
    )
    t.equal((await logIn(app, { email, from: '203.0.113.5' })).status, 429)
    t.equal(
      (await logIn(app, { email, from: '203.0.113.5', deviceToken: device })).status,
      200,
      'wherever the device is'
    )
  }
)

t.test(
  'the cookie is for this server only, is not readable by scripts, and several people may share a browser',
  async t => {
    const app = await build(t, { env: { TRUST_PROXY: '127.0.0.1' } })
    const [one, two] = [await person(app), await person(app)]
    const first = await logIn(app, {
      email: one.user.email,
      from: '127.0.0.1',
      headers: { 'sec-fetch-site': 'same-origin' }
    })
    t.equal(first.body.deviceToken, undefined, 'a page gets no token that a script could read')
    const set = String(first.headers['set-cookie'])
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/api/v1/auth', 'Max-Age=']) t.ok(set.includes(part), part)
    t.notOk(set.includes('Secure'))
    const secure = await logIn(app, {
      email: one.user.email,
      from: '127.0.0.1',
      headers: { 'x-forwarded-proto': 'https' }
    })
    t.match(String(secure.headers['set-cookie']), /; Secure(;|$)/)
    const second = await logIn(app, { email: two.user.email, cookie: cookieOf(first), from: '127.0.0.1' })
    t.equal(cookieOf(second).split('.').length, 2)
    const again = await logIn(app, { email: one.user.email, cookie: cookieOf(second), from: '127.0.0.1' })
    t.equal(cookieOf(again).split('.').length, 2, 'a known token is kept')
    for (const cookie of [
      'invigil_device=',
      'invigil_device=..;;=',
      `x=1; invigil_device=${'é'.repeat(43)}`,
      `invigil_device=${`${'a'.repeat(43)}.`.repeat(50)}`
    ]) {
      const answer = await logIn(app, {
        email: one.user.email,
        cookie: Buffer.from(cookie).toString('latin1'),
        from: '127.0.0.1'
      })
      t.equal(answer.status, 200)
      t.ok(String(answer.headers['set-cookie']).length < 600, 'it does not grow')
    }
    t.match(
      await call(app, 'GET', '/auth/me', { headers: { cookie: cookieOf(first) } }),
      { status: 401 },
      'it opens nothing'
    )
  }
)

t.test('a reset by an admin forgets the devices', async t => {
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '1' } })
  const [admin, { user }] = [await person(app, 'admin'), await person(app)]
  const deviceToken = (await logIn(app, { email: user.email })).body.deviceToken!
  t.equal(
    (
      await call(app, 'POST', `/users/${user.id}/password`, {
        headers: admin.headers,
        payload: { password: 'another long password' }
      })
    ).status,
    200
  )
  t.equal((await logIn(app, { email: user.email, deviceToken })).status, 401)
  t.equal((await logIn(app, { email: user.email, deviceToken })).status, 429, 'counted with the strangers')
})

t.test('tabs of one browser may reuse a refresh token; a thief without the cookie may not', async t => {
  const time = clock(t)
  const app = await build(t)
  const {
    user: { email }
  } = await person(app)
  const begin = async () => {
    const answer = await logIn(app, { email })
    return { cookie: cookieOf(answer), token: answer.body.refreshToken }
  }
  const refresh = async (refreshToken: string, cookie?: string) =>
    await call<Login>(app, 'POST', '/auth/refresh', {
      payload: { refreshToken },
      headers: defined({ cookie })
    })
  const isAlive = async ({ body }: Answer<Login>) =>
    (await call(app, 'GET', '/auth/me', { headers: { authorization: `Bearer ${body.accessToken}` } })).status === 200

  const { cookie, token } = await begin()
  let one = await refresh(token, cookie)
  let two = { body: { refreshToken: token } } as Answer<Login>
  for (let round = 0; round < 4; round++) {
    time.pass(600_000)
    two = await refresh(two.body.refreshToken, cookie)
    time.pass(600_000)
    one = await refresh(one.body.refreshToken, cookie)
    t.same([one.status, two.status], [200, 200], 'two tabs renew in turn, minutes apart')
  }
  time.pass(3_600_000)
  t.equal((await refresh(token, cookie)).status, 200, 'a third tab that has slept for hours')
  t.ok(await isAlive(await refresh(one.body.refreshToken, cookie)))

  t.match(
    await refresh(token),
    { status: 401, body: { code: 'INVIGIL_ERR_REFRESH_REUSED' } },
    'the copied token elsewhere ends the login'
  )
  t.equal((await refresh(two.body.refreshToken, cookie)).status, 401)

  const victim = await begin()
  const other = await logIn(app, { email: (await person(app)).user.email })
  const next = await refresh(victim.token, victim.cookie)
  time.pass(60_000)
  t.match(
    await refresh(victim.token, cookieOf(other)),
    { status: 401, body: { code: 'INVIGIL_ERR_REFRESH_REUSED' } },
    'the device of another account'
  )
  t.notOk(await isAlive(next))
  const again = await begin()
  await refresh(again.token, again.cookie)
  time.pass(60_000)
  t.match(
    await refresh(again.token, cookie),
    { status: 401, body: { code: 'INVIGIL_ERR_REFRESH_REUSED' } },
    'another device of the same account'
  )
})

t.test('a wait doubles up to the window, and a successful login resets it', async t => {
  const attempts = createAttemptCounter(1000)
  const limit = [{ key: 'a', max: 2, growMs: 100 }]
  t.same([attempts.tryAcquire(limit, 0), attempts.tryAcquire(limit, 0), attempts.tryAcquire(limit, 0)], [0, 0, 100])
  t.equal(attempts.tryAcquire(limit, 100), 0)
  t.equal(attempts.tryAcquire(limit, 100), 200)
  attempts.release(['a'])
  t.equal(attempts.tryAcquire(limit, 100), 0)
  let nowMs = 300
  for (let round = 0; round < 6; round++) {
    t.equal(attempts.tryAcquire(limit, nowMs), 0)
    nowMs += Math.max(1, attempts.tryAcquire(limit, nowMs))
  }
  t.equal(attempts.tryAcquire(limit, nowMs), 0)
  t.equal(attempts.tryAcquire(limit, nowMs), 1000, 'no longer than the window')
  t.equal(attempts.count('a', nowMs + 2000), 0, 'forgotten a window after the wait')
})
