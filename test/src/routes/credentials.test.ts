import { createSigner } from 'fast-jwt'
import t, { type Test } from 'tap'
import { defined } from '../../../lib/defined.ts'
import { openDatabase, type Database, type UserSecrets } from '../../../db/index.ts'
import { analysis, build, call, face, PASSWORD, person, vector, type LoggedIn } from '../../support/app.ts'
import { SERVERS } from '../../support/servers.ts'

interface Login { readonly accessToken: string, readonly refreshToken: string, readonly code: string }

const NEW_PASSWORD = 'another long password'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/**
 * An application in which a test can act between the moment when a login has read the account and the moment when it
 * continues.
 */
async function interleaved (t: Test, db?: Database) {
  const between: { act?: (user: UserSecrets) => Promise<unknown> } = {}
  const app = await build(t, {
    ...defined({ db }),
    services: services => {
      const { users } = services.db
      const secretsByEmail = async (email: string) => {
        const user = await users.secretsByEmail(email)
        const { act } = between
        delete between.act
        if (user !== undefined) await act?.(user)
        return user
      }
      return { ...services, db: { ...services.db, users: { ...users, secretsByEmail } } }
    }
  })
  const logIn = async (who: LoggedIn, password = PASSWORD) =>
    await call<Login>(app, 'POST', '/auth/login/password', { payload: { email: who.user.email, password } })
  const isGood = async ({ accessToken, refreshToken }: Login) => {
    const access = await call(app, 'GET', '/auth/me', { headers: bearer(accessToken) })
    const refresh = await call(app, 'POST', '/auth/refresh', { payload: { refreshToken } })
    return access.status === 200 || refresh.status === 200
  }
  return { app, between, logIn, isGood }
}

/** What an admin can do to an account while its login is in progress. */
const CHANGES = [
  { name: 'a new password', status: 409, method: 'POST', path: 'password', payload: { password: NEW_PASSWORD } },
  { name: 'a logout everywhere', status: 409, method: 'POST', path: 'logout', payload: undefined },
  { name: 'another role', status: 409, method: 'PATCH', path: '', payload: { role: 'teacher' } },
  { name: 'disabling', status: 403, method: 'PATCH', path: '', payload: { disabled: true } },
  { name: 'erasure', status: 409, method: 'DELETE', path: '', payload: undefined }
] as const

async function interleave (t: Test, db?: Database): Promise<void> {
  for (const { name, status, method, path, payload } of CHANGES) {
    const { app, between, logIn } = await interleaved(t, db)
    const [admin, student] = [await person(app, 'admin'), await person(app)]
    between.act = async ({ id }) => {
      const { statusCode } = await app.inject({
        method,
        url: `/api/v1/users/${id}/${path}`.replace(/\/$/, ''),
        headers: admin.headers,
        ...defined({ payload })
      })
      t.ok(statusCode < 300, name)
    }
    const answer = await logIn(student)
    t.equal(answer.status, status, `${name} while the password is being verified`)
    t.notOk('accessToken' in answer.body)
  }
}

/** Logins with the old password while it is reset, with many different delays. */
async function race (t: Test, db?: Database): Promise<void> {
  const { app, logIn, isGood } = await interleaved(t, db)
  const admin = await person(app, 'admin')
  let alive = 0
  for (let round = 0; round < 12; round++) {
    const student = await person(app)
    const logins = Array.from({ length: 4 }, (_, index) =>
      new Promise(resolve => setTimeout(resolve, index * 8)).then(() => logIn(student))
    )
    await new Promise(resolve => setTimeout(resolve, round * 5))
    t.equal(
      (
        await call(app, 'POST', `/users/${student.user.id}/password`, {
          headers: admin.headers,
          payload: { password: NEW_PASSWORD }
        })
      ).status,
      200
    )
    for (const { status, body } of await Promise.all(logins)) {
      t.ok([200, 401, 409].includes(status), `${status} is an answer to a login`)
      if (status === 200 && await isGood(body)) alive++
    }
    t.equal((await logIn(student, NEW_PASSWORD)).status, 200)
  }
  t.equal(alive, 0, 'tokens got with the old password are good afterwards')
}

t.test('a login gets no tokens if its account changes meanwhile, SQLite', async t => {
  await interleave(t)
})
t.test('no login with the old password outlives a reset, SQLite', async t => {
  await race(t)
})

for (const { name, missing, start } of SERVERS) {
  t.test(`the same on ${name}`, { skip: missing() }, async t => {
    const server = await start()
    t.teardown(() => server.stop())
    const db = await openDatabase({ url: server.url })
    t.teardown(() => db.close())
    await interleave(t, db)
    await race(t, db)
  })
}

t.test('signing up with a picture creates account and face together', async t => {
  const app = await build(t, {
    pool: { analyzeStill: async () => analysis({ faces: [face({ embedding: vector(3) })] }) }
  })
  const payload = {
    email: 'rahim@example.org',
    password: PASSWORD,
    face: Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Array(32).fill(0)]).toString('base64')
  }
  const { status, body } = await call<Login & { user: { id: string, hasFace: boolean } }>(app, 'POST', '/auth/signup', {
    payload
  })
  t.match({ status, body }, { status: 201, body: { user: { hasFace: true } } })
  t.match(await app.services.db.users.byId(body.user.id), { credentialVersion: 0, hasFace: true })
  t.same(await app.faces.enrolled(body.user.id), vector(3))
})

t.test('a correctly signed token with claims of another type or form is refused with 401', async t => {
  const app = await build(t)
  const { user, accessToken } = await person(app)
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
  const sign = createSigner({ key: app.config.jwtSecret, algorithm: 'HS256' })
  const odd: readonly unknown[] = [
    1,
    0,
    true,
    false,
    {},
    [],
    [user.id],
    { a: 1 },
    '',
    ' ',
    '\u0000',
    "' or 1=1 --",
    'x'.repeat(5000),
    1e300
  ]
  for (const field of ['sub', 'login', 'issuedAtMs']) {
    for (const value of odd) {
      if (field === 'issuedAtMs' && typeof value === 'number') continue
      const answer = await call<Login>(app, 'GET', '/auth/me', { headers: bearer(sign({ ...claims, [field]: value })) })
      t.match(
        answer,
        { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_INVALID' } },
        `${field} ${JSON.stringify(value).slice(0, 20)}`
      )
    }
  }
  t.equal(
    (await call(app, 'GET', '/auth/me', { headers: bearer(sign({ ...claims, role: 'admin', other: [1] })) })).status,
    200,
    'other claims do not count'
  )
})
