import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { deviceLabel } from '../../../src/accounts/devices.ts'
import { readPasswordLink, signPasswordLink } from '../../../src/accounts/password-link.ts'
import { call, PASSWORD, person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Logins {
  readonly logins: ReadonlyArray<{
    readonly id: string
    readonly startedAtMs: number
    readonly usedAtMs: number
    readonly device: string | null
    readonly isCurrent: boolean
  }>
}

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const NEW = 'another long password'
const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` })
const logIn = async (app: FastifyInstance, email: string, password = PASSWORD, headers = {}) =>
  await call<{ accessToken: string, refreshToken: string }>(app, 'POST', '/auth/login/password', {
    payload: { email, password },
    headers
  })

t.test('a device is labeled by browser and system alone', async t => {
  for (const [userAgent, label] of [
    [FIREFOX, 'Firefox, Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36', 'Chrome, Linux'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15', 'Safari, macOS'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 CriOS/140.0 Mobile Safari/604.1', 'Chrome, iOS'],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36', 'Samsung Internet, Android'],
    ['curl/8.0', null],
    ['', null]
  ] as const) t.equal(deviceLabel(userAgent), label)
})

t.test('a password link is ours, whole, and in time', async t => {
  const link = { userId: '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', credentialVersion: 3, expiresAtMs: 1000 }
  const token = signPasswordLink(link, 'secret')
  t.same(readPasswordLink(token, 'secret', 999), link)
  t.equal(readPasswordLink(token, 'secret', 1000), undefined)
  t.equal(readPasswordLink(token, 'another', 999), undefined)
  for (const broken of ['', '.', 'x.y', token.slice(1), token.slice(0, -1), `${token.split('.')[0]}.`]) {
    t.equal(readPasswordLink(broken, 'secret', 999), undefined, broken)
  }
})

await eachDatabase(t, async (t, make) => {
  const app = await make()
  const { db } = app.services
  const admin = await person(app, 'admin')
  const ask = async <Body = Record<string, unknown>>(
    who: Pick<LoggedIn, 'headers'>,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    payload?: object
  ) => await call<Body>(app, method, path, { headers: who.headers, ...(payload !== undefined && { payload }) })

  await t.test('a person sees the own logins and ends one of them', async t => {
    const { user } = await person(app)
    const first = await logIn(app, user.email, PASSWORD, { 'user-agent': FIREFOX })
    const second = await logIn(app, user.email)
    const other = await logIn(app, (await person(app)).user.email)
    const me = { headers: bearer(first.body.accessToken) }
    await call(app, 'POST', '/auth/refresh', { payload: { refreshToken: second.body.refreshToken } })
    const { body } = await ask<Logins>(me, 'GET', '/auth/me/logins')
    t.equal(body.logins.length, 3, 'with the one of the test itself')
    const [newest] = body.logins
    const current = body.logins.find(({ isCurrent }) => isCurrent)
    t.match(current, { device: 'Firefox, Windows' })
    t.match(newest, { device: null, isCurrent: false })
    t.ok(Math.abs(newest!.startedAtMs - Date.now()) < 60_000 && newest!.usedAtMs >= newest!.startedAtMs)
    t.equal((await ask(me, 'DELETE', `/auth/me/logins/${newest!.id}`)).status, 204)
    const isIn = async (accessToken: string) => (await ask({ headers: bearer(accessToken) }, 'GET', '/auth/me')).status
    t.equal(await isIn(second.body.accessToken), 401, 'its access token is void at once')
    t.equal(await isIn(first.body.accessToken), 200)
    t.equal((await ask<Logins>(me, 'GET', '/auth/me/logins')).body.logins.length, 2)
    t.match(await ask(me, 'DELETE', `/auth/me/logins/${newest!.id}`), {
      status: 404,
      body: { code: 'INVIGIL_ERR_LOGIN_UNKNOWN' }
    })
    const theirs = (await ask<Logins>({ headers: bearer(other.body.accessToken) }, 'GET', '/auth/me/logins')).body
    t.equal((await ask(me, 'DELETE', `/auth/me/logins/${theirs.logins[0]!.id}`)).status, 404, 'not of another person')
    t.equal(await isIn(other.body.accessToken), 200)
  })

  await t.test('a link sets a new password once, and ends every login', async t => {
    const { user, accessToken } = await person(app)
    const made = await ask<{ link: string, expiresAtMs: number }>(admin, 'POST', `/users/${user.id}/password-link`, {
      expiresInHours: 1
    })
    t.equal(made.status, 201)
    t.ok(Math.abs(made.body.expiresAtMs - Date.now() - 3_600_000) < 60_000)
    t.match(made.body.link, /^http:\/\/localhost:80\/reset#token=/)
    const token = made.body.link.split('#token=')[1]!
    const reset = async (newPassword: string, given = token) =>
      await call(app, 'POST', '/auth/password/reset', { payload: { token: given, newPassword } })
    t.equal((await logIn(app, user.email)).status, 200, 'the old password is good until then')
    t.match(await reset('password'), { status: 422 }, 'the link survives a password that is refused')
    t.match(await reset(NEW, `${token}x`), { status: 403, body: { code: 'INVIGIL_ERR_PASSWORD_LINK' } })
    t.equal((await reset(NEW)).status, 204)
    t.equal((await ask({ headers: bearer(accessToken) }, 'GET', '/auth/me')).status, 401)
    t.equal((await logIn(app, user.email)).status, 401)
    t.equal((await logIn(app, user.email, NEW)).status, 200)
    t.match(await reset('a third long password'), { status: 403, body: { code: 'INVIGIL_ERR_PASSWORD_LINK' } }, 'once')
    const { body } = await ask<{ entries: Array<{ action: string, detail: object }> }>(
      admin, 'GET', `/admin/audit?targetType=user&targetId=${user.id}`
    )
    t.match(body.entries, [
      { action: 'user.password', detail: { link: true } },
      { action: 'user.password_link', detail: { expiresAtMs: made.body.expiresAtMs } }
    ])
    t.notMatch(JSON.stringify(body), token)

    const late = await ask<{ link: string }>(admin, 'POST', `/users/${user.id}/password-link`, {})
    await db.users.setDisabled(user.id, Date.now())
    t.equal((await reset(NEW, late.body.link.split('#token=')[1]!)).status, 403, 'a disabled account')
    t.equal((await ask(admin, 'POST', '/users/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11/password-link', {})).status, 404)
  })

  await t.test('an admin sees what an erasure would remove, and it removes that', async t => {
    const { user } = await person(app)
    const { user: corrector } = await person(app, 'teacher')
    await logIn(app, user.email)
    const exam = await db.exams.create({ ownerId: corrector.id, title: 'Physics', atMs: Date.now() }, [
      { section: '', kind: 'boolean', text: 'So?', points: 1, body: { correct: true } }
    ])
    await db.exams.setState(exam.id, ['draft'], 'published', Date.now())
    await db.exams.assign(exam.id, [user.id])
    const begun = await db.attempts.start({
      examId: exam.id,
      userId: user.id,
      attemptsMax: null,
      examVersion: 1,
      policyVersion: 1,
      dueAtMs: null,
      atMs: Date.now()
    })
    if (begun.outcome !== 'created') throw new Error('not begun')
    const [question] = await db.questions.list(exam.id)
    await db.sessions.open({ userId: user.id, examId: exam.id, attemptId: begun.attempt.id, atMs: Date.now() })
    await db.answers.save({
      attemptId: begun.attempt.id, questionId: question!.id, value: true, clientSeq: 1, savedAtMs: Date.now()
    })
    const preview = await ask<{ erased: Record<string, number>, kept: Record<string, number> }>(
      admin, 'GET', `/users/${user.id}/erasure`
    )
    t.equal(preview.status, 200)
    t.same(preview.body, {
      userId: user.id,
      erased: {
        sessions: 1,
        events: 0,
        messages: 0,
        attempts: 1,
        answers: 1,
        codeSubmissions: 0,
        grades: 0,
        assignments: 1,
        accommodations: 0,
        faces: 0,
        devices: 1,
        invitations: 0
      },
      kept: { exams: 0, auditEntries: 0 }
    })
    t.match((await ask(admin, 'GET', `/users/${corrector.id}/erasure`)).body, { kept: { exams: 1 } })
    t.equal((await ask(admin, 'DELETE', `/users/${user.id}`)).status, 204)
    t.equal((await ask(admin, 'GET', `/users/${user.id}/erasure`)).status, 404)
  })

  await t.test('an admin sees versions, load and settings, and no secret', async t => {
    const { status, body } = await ask<{
      settings: Array<{ name: string, value: string | null, isSet: boolean }>
      warnings: Array<{ key: string, text: string }>
    }>(admin, 'GET', '/admin/system?lang=bn')
    t.equal(status, 200)
    t.match(body, {
      node: process.versions.node,
      database: { isOk: true, dialect: db.dialect },
      redis: null,
      workers: { wanted: 1, ready: 1 },
      isAdmitting: true,
      models: [{ name: 'yolox_nano', version: '0.1.1rc0' }],
      warnings: []
    })
    const settings = Object.fromEntries(body.settings.map(setting => [setting.name, setting]))
    t.match(settings, {
      SIGNUP: { value: 'open', isSet: false },
      LOG_LEVEL: { value: 'silent', isSet: true },
      JWT_SECRET: { value: null, isSet: true },
      FACE_KEY: { value: null, isSet: true },
      METRICS_TOKEN: { value: null, isSet: false },
      S3_SECRET_ACCESS_KEY: { value: null, isSet: false },
      RETENTION_RECORDING_DAYS: { value: '30', isSet: false },
      DATABASE_URL: { value: null }
    })
    t.notMatch(JSON.stringify(body), /a secret for tests|5e5e5e/)
    const open = await make({ env: { HOST: '0.0.0.0', SEED_DEMO: '1' } })
    const warned = await call<typeof body>(open, 'GET', '/admin/system', { headers: (await person(open, 'admin')).headers })
    t.match(warned.body.warnings, [{ key: 'signupOpen', text: /SIGNUP=invite/ }, { key: 'demo' }])
  })
})
