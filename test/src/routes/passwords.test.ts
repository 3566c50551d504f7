import { hash } from '@node-rs/argon2'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { checkNewPassword } from '../../../src/accounts/password-rules.ts'
import { build, call, PASSWORD, person } from '../../support/app.ts'

interface Body {
  readonly code: string
  readonly message: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly details?: object
}

let people = 0
const signUp = async (app: FastifyInstance, password: string, about: object = {}) =>
  await call<Body>(app, 'POST', '/auth/signup', { payload: { email: `p${++people}@example.org`, password, ...about } })
const logIn = async (app: FastifyInstance, email: string, password: string) =>
  await call<Body>(app, 'POST', '/auth/login/password', { payload: { email, password } })

/** One password as two keyboards compose it. */
const TYPED: ReadonlyArray<readonly [name: string, one: string, other: string]> = [
  ['é as one code point and as two', 'caf\u00e9 au lait', 'cafe\u0301 au lait'],
  [
    'Bangla nukta letters',
    '\u09dc\u09dd\u09df \u09ac\u09be\u0982\u09b2\u09be \u09aa\u09be\u09b8',
    '\u09a1\u09bc\u09a2\u09bc\u09af\u09bc \u09ac\u09be\u0982\u09b2\u09be \u09aa\u09be\u09b8'
  ],
  [
    'a Bangla vowel sign',
    '\u0995\u09cb\u09a8 \u09ad\u09be\u09b7\u09be \u09ac\u09b2\u09cb',
    '\u0995\u09c7\u09be\u09a8 \u09ad\u09be\u09b7\u09be \u09ac\u09b2\u09c7\u09be'
  ],
  [
    'Hangul',
    '\ube44\ubc00\ubc88\ud638 \uc2dc\ud5d8 \ub0b4 \uac83',
    '\ube44\ubc00\ubc88\ud638 \uc2dc\ud5d8 \ub0b4 \uac83'.normalize('NFD')
  ],
  [
    'full width',
    'Exam Hall 42 b',
    '\uff25\uff58\uff41\uff4d\u3000\uff28\uff41\uff4c\uff4c\u3000\uff14\uff12\u3000\uff42'
  ]
]

t.test('a password is the same however the keyboard composes it', { timeout: 200_000 }, async t => {
  const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '100' } })
  for (const [name, one, other] of TYPED) {
    t.not(one, other)
    for (const [given, typed] of [[one, other], [other, one]] as const) {
      const email = `typed-${++people}@example.org`
      t.equal((await call(app, 'POST', '/auth/signup', { payload: { email, password: given } })).status, 201, name)
      t.equal((await logIn(app, email, typed)).status, 200, name)
      t.equal((await logIn(app, email, typed.toUpperCase() === typed ? `${typed}x` : typed.toUpperCase())).status, 401)
    }
  }
})

t.test('a hash of an older version works and is replaced at the next login', async t => {
  const app = await build(t)
  const { users } = app.services.db
  const typed = 'cafe\u0301 au lait'
  const passwordHash = await hash(typed)
  const user = await users.create({
    email: 'old@example.org',
    name: 'Old',
    role: 'student',
    passwordHash,
    createdAtMs: 1
  })
  t.equal((await logIn(app, user.email, `${typed}x`)).status, 401)
  t.equal((await users.secretsById(user.id))?.passwordHash, passwordHash)
  t.equal((await logIn(app, user.email, typed)).status, 200)
  t.not((await users.secretsById(user.id))?.passwordHash, passwordHash)
  t.equal((await users.byId(user.id))?.credentialVersion, 0)
  t.equal((await logIn(app, user.email, typed.normalize('NFC'))).status, 200)
  t.equal((await logIn(app, user.email, typed)).status, 200)
})

const REFUSED: ReadonlyArray<readonly [password: string, code: string]> = [
  ['password', 'COMMON'],
  ['PASSWORD', 'COMMON'],
  ['Password1', 'COMMON'],
  ['12345678', 'COMMON'],
  ['\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18', 'COMMON'],
  ['  password  ', 'COMMON'],
  ['1234 5678', 'COMMON'],
  ['qwertyuiop', 'COMMON'],
  ['aaaaaaaaaa', 'COMMON'],
  ['\u0995'.repeat(9), 'COMMON'],
  ['\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee', 'COMMON'],
  ['jihgfedcba', 'COMMON'],
  [' '.repeat(8), 'SHORT'],
  ['  short   ', 'SHORT'],
  ['\u3000'.repeat(9), 'SHORT'],
  ['\u200b'.repeat(9), 'SHORT'],
  ['abcd\u200d\u200d\u200d\u200d', 'SHORT'],
  ['a long\u0007 password', 'CHARACTERS'],
  ['\ufdfa'.repeat(150), 'LONG'],
  ['Rahim Uddin', 'PERSONAL'],
  ['rahim.uddin@example.org', 'PERSONAL'],
  ['RAHIM-UDDIN', 'PERSONAL']
]

t.test('weak passwords are refused with advice, in both languages', async t => {
  const app = await build(t)
  // Refused before the password is checked.
  for (const password of ['\u0000'.repeat(8), 'a long\u0000 password', 'a long\ud800 password']) {
    t.match(
      await call(app, 'POST', '/auth/signup', { payload: { email: 'signs@example.org', name: 'Signs', password } }),
      { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION' } }
    )
  }
  for (const [password, reason] of REFUSED) {
    const payload = { email: 'rahim.uddin@example.org', name: 'Rahim Uddin', password }
    const answer = await call<Body>(app, 'POST', '/auth/signup', { payload })
    t.match(answer, { status: 422, body: { code: `INVIGIL_ERR_PASSWORD_${reason}` } }, JSON.stringify(password))
    const bangla = await call<Body>(app, 'POST', '/auth/signup', { payload, headers: { 'accept-language': 'bn' } })
    t.match(bangla.body.message, /[\u0980-\u09ff]/)
  }
  t.equal(await app.services.db.users.byEmail('rahim.uddin@example.org'), undefined)
  for (const password of [
    'correct horse',
    'পরীক্ষার ঘরে তালা',
    '🦊🐢🌧🎈🧭🪁🥭🛶',
    'x7!kQ2#mZ',
    'x'.repeat(100) + 'y'.repeat(100)
  ]) {
    t.equal((await signUp(app, password)).status, 201, password)
  }
  t.equal((await signUp(app, 'seven77')).status, 400, 'the schema says so before')
  t.equal((await signUp(app, 'ক'.repeat(201))).status, 400)
})

t.test('the time of the rules does not grow with the password', t => {
  const startedMs = performance.now()
  for (let count = 0; count < 200; count++) {
    checkNewPassword(`${count} ${'añB9'.repeat(49)}`, { email: 'a@example.org' })
  }
  const eachMs = (performance.now() - startedMs) / 200
  t.ok(eachMs < 5, `${eachMs.toFixed(2)} ms each`)
  t.end()
})

t.test(
  'changing the own password needs the old one, ends other logins, and keeps this one',
  { timeout: 200_000 },
  async t => {
    const app = await build(t, { env: { LOGIN_ATTEMPTS_MAX: '3' } })
    const mine = await person(app)
    const other = await app.logins.issue(mine.user)
    const change = async (payload: object, headers: object = mine.headers) =>
      await call<Body>(app, 'PUT', '/auth/me/password', { payload, headers: { ...headers } })
    const newPassword = 'another long password'

    t.match(await change({ currentPassword: PASSWORD, newPassword }, {}), { status: 401 })
    t.match(await change({ currentPassword: PASSWORD }), {
      status: 400,
      body: { details: { fields: [{ field: 'newPassword' }] } }
    })
    t.match(await change({ currentPassword: PASSWORD, newPassword: 'password' }), {
      status: 422,
      body: { code: 'INVIGIL_ERR_PASSWORD_COMMON' }
    })
    t.match(await change({ currentPassword: 'not this one', newPassword }), {
      status: 403,
      body: { code: 'INVIGIL_ERR_PASSWORD_WRONG' }
    })
    t.equal((await logIn(app, mine.user.email, PASSWORD)).status, 200, 'nothing has changed')

    const changed = await change({ currentPassword: PASSWORD, newPassword })
    t.equal(changed.status, 200)
    const isGood = async (accessToken: string) =>
      (await call(app, 'GET', '/auth/me', { headers: { authorization: `Bearer ${accessToken}` } })).status === 200
    t.same(await Promise.all([mine, other, changed.body].map(({ accessToken }) => isGood(accessToken))), [
      false,
      false,
      true
    ])
    t.equal((await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: mine.refreshToken } })).status, 401)
    t.equal(
      (await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: changed.body.refreshToken } })).status,
      200
    )
    t.equal((await logIn(app, mine.user.email, PASSWORD)).status, 401)
    t.equal((await logIn(app, mine.user.email, newPassword)).status, 200)
    const [entry] = await app.services.db.audit.list({ targetId: mine.user.id, limit: 1 })
    t.match(entry, { actorId: mine.user.id, action: 'user.password', detail: { own: true } })

    const headers = { authorization: `Bearer ${changed.body.accessToken}` }
    // Two of the three tries were used above.
    t.equal((await change({ currentPassword: 'a guess', newPassword }, headers)).status, 403)
    t.match(
      await change({ currentPassword: newPassword, newPassword: PASSWORD }, headers),
      { status: 429, body: { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' } },
      'wrong ones are failed logins'
    )
  }
)

t.test('of two concurrent changes with the same old password one succeeds', async t => {
  const app = await build(t)
  const mine = await person(app)
  const answers = await Promise.all(
    ['one more password', 'two more passwords'].map(newPassword =>
      call<Body>(app, 'PUT', '/auth/me/password', {
        payload: { currentPassword: PASSWORD, newPassword },
        headers: mine.headers
      })
    )
  )
  t.same(answers.map(({ status }) => status).sort(), [200, 409])
  t.match(answers.find(({ status }) => status === 409)?.body, { code: 'INVIGIL_ERR_LOGIN_OVERTAKEN' })
})
