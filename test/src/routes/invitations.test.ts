import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { defined } from '../../../lib/defined.ts'
import { openDatabase, type Database } from '../../../db/index.ts'
import { build, call, PASSWORD, person, type Answer, type LoggedIn } from '../../support/app.ts'
import { mariadbMissing, startMariadb } from '../../support/mariadb.ts'

interface Made {
  readonly invitation: {
    readonly id: string
    readonly uses: number
    readonly role: string
    readonly email: string | null
  }
  readonly token: string
  readonly link: string
  readonly code: string
}
interface SignedUp {
  readonly accessToken?: string
  readonly code?: string
  readonly user: { readonly id: string, readonly role: string }
}

let people = 0
const fresh = (): string => `new-${process.pid}-${++people}@example.org`
const invite = async (app: FastifyInstance, who: LoggedIn, payload: object = {}): Promise<Answer<Made>> =>
  await call<Made>(app, 'POST', '/invitations', { headers: who.headers, payload })
const signUp = async (
  app: FastifyInstance,
  about: object = {},
  headers: Record<string, string> = {}
): Promise<Answer<SignedUp>> =>
  await call<SignedUp>(app, 'POST', '/auth/signup', {
    payload: { email: fresh(), password: PASSWORD, ...about },
    headers
  })

t.test('SIGNUP decides who may create an account', { timeout: 200_000 }, async t => {
  const expected = {
    open: { stranger: [201], invited: [201], byAdmin: [201], invite: [201] },
    invite: { stranger: [403, 'INVIGIL_ERR_INVITATION_MISSING'], invited: [201], byAdmin: [201], invite: [201] },
    off: {
      stranger: [403, 'INVIGIL_ERR_SIGNUP_OFF'],
      invited: [403, 'INVIGIL_ERR_SIGNUP_OFF'],
      byAdmin: [201],
      invite: [403, 'INVIGIL_ERR_SIGNUP_OFF']
    }
  } as const
  const db = await openDatabase({ url: 'file::memory:' })
  t.teardown(() => db.close())
  for (const [SIGNUP, cases] of Object.entries(expected)) {
    const app = await build(t, { env: { SIGNUP }, db })
    const [admin, student] = [await person(app, 'admin'), await person(app)]
    const answered = ({ status, body }: Answer<{ readonly code?: string }>) =>
      body.code === undefined ? [status] : [status, body.code]
    const made = await invite(app, admin)
    t.same(answered(made), cases.invite, `${SIGNUP}: inviting`)
    const { token } = made.body.token === undefined ? (await invite(await build(t, { db }), admin)).body : made.body
    t.same(answered(await signUp(app)), cases.stranger, `${SIGNUP}: a stranger`)
    t.same(answered(await signUp(app, { invitation: token })), cases.invited, `${SIGNUP}: with an invitation`)
    const byAdmin = await signUp(app, { role: 'teacher' }, admin.headers)
    t.same(answered(byAdmin), cases.byAdmin, `${SIGNUP}: by an admin`)
    t.equal(byAdmin.body.accessToken, undefined)
    t.equal(
      (await signUp(app, {}, student.headers)).status,
      SIGNUP === 'open' ? 201 : 403,
      'a student makes none for others'
    )
  }
  await t.rejects(build(t, { env: { SIGNUP: 'perhaps' } }), /SIGNUP/)
})

t.test('a used address gets the same response for every role, and is not revealed to those who may not sign up', async t => {
  const app = await build(t)
  const answers = await Promise.all(
    (['student', 'teacher', 'admin'] as const).map(
      async role => await signUp(app, { email: (await person(app, role)).user.email })
    )
  )
  for (const { status, body } of answers) {
    t.match({ status, body }, { status: 409, body: { code: 'INVIGIL_ERR_EMAIL_TAKEN' } })
  }
  t.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  const closed = await build(t, { env: { SIGNUP: 'invite' } })
  const { user } = await person(closed, 'teacher')
  t.same((await signUp(closed, { email: user.email })).body, (await signUp(closed)).body)
  const few = await build(t, { env: { SIGNUPS_PER_MINUTE: '3' } })
  const existing = await person(few)
  const statuses = []
  for (let count = 0; count < 3; count++) statuses.push((await signUp(few, { email: existing.user.email })).status)
  t.same(statuses, [409, 409, 409])
  t.match(await signUp(few, { email: existing.user.email }), { status: 429 })
})

async function life (t: Test, db?: Database): Promise<void> {
  const app = await build(t, { env: { SIGNUP: 'invite' }, ...defined({ db }) })
  const { services } = app
  const [admin, teacher, other] = [
    await person(app, 'admin'),
    await person(app, 'teacher'),
    await person(app, 'teacher')
  ]
  const invalid = { status: 403, body: { code: 'INVIGIL_ERR_INVITATION_INVALID' } }

  // Staff by invitation.
  const staff = await invite(app, admin, { role: 'teacher', email: 'New.Teacher@Example.org' })
  t.match(staff, {
    status: 201,
    body: {
      invitation: { role: 'teacher', email: 'new.teacher@example.org', usesMax: 1, uses: 0 },
      link: /^http:\/\/.*\/\?invitation=[\w-]{43}$/
    }
  })
  t.ok(staff.body.link.endsWith(staff.body.token))
  t.match(await signUp(app, { invitation: staff.body.token }), invalid, 'for another address')
  t.match(await signUp(app, { invitation: staff.body.token, email: 'new.teacher@example.org', role: 'admin' }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_FORBIDDEN' }
  })
  t.match(await signUp(app, { invitation: staff.body.token, email: 'NEW.teacher@example.org', role: 'teacher' }), {
    status: 201,
    body: { user: { role: 'teacher' }, accessToken: String }
  })
  t.match(await signUp(app, { invitation: staff.body.token, email: fresh() }), invalid, 'used')
  t.match(
    await services.db.invitations.byId(staff.body.invitation.id),
    { uses: 1, email: null },
    'the address stands in the account only'
  )
  await person(app, 'admin')

  // Rights that a teacher may grant.
  t.match(await invite(app, teacher, { role: 'teacher' }), { status: 403, body: { code: 'INVIGIL_ERR_FORBIDDEN' } })
  t.match(await invite(app, admin, { role: 'admin', usesMax: 2 }), {
    status: 400,
    body: { details: { fields: [{ field: 'usesMax' }] } }
  })
  t.match(await invite(app, admin, { email: fresh(), usesMax: 2 }), { status: 400 })
  const exam = await services.db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: Date.now() })
  t.match(await invite(app, other, { examId: exam.id }), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
  t.match(await invite(app, teacher, { examId: '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11' }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' }
  })
  const forClass = await invite(app, teacher, { examId: exam.id, usesMax: 3 })
  t.equal(forClass.status, 201)

  // Of eight concurrent sign-ups three succeed, each once, and are assigned.
  const racers = await Promise.all(Array.from({ length: 8 }, () => signUp(app, { invitation: forClass.body.token })))
  t.same(racers.map(({ status }) => status).sort(), [201, 201, 201, 403, 403, 403, 403, 403])
  const assigned = await services.db.exams.assigned(exam.id, { limit: 10 })
  t.same(
    assigned.map(({ userId }) => userId).sort(),
    racers.flatMap(({ status, body }) => (status === 201 ? [body.user.id] : [])).sort()
  )

  // A used address does not count as a use.
  const once = await invite(app, teacher)
  t.match(await signUp(app, { invitation: once.body.token, email: other.user.email }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_EMAIL_TAKEN' }
  })
  t.equal((await services.db.invitations.byId(once.body.invitation.id))?.uses, 0)

  // Lists and withdrawing.
  const listed = async (who: LoggedIn) =>
    (await call<{ invitations: Array<{ id: string }> }>(app, 'GET', '/invitations', { headers: who.headers })).body
  t.same(
    (await listed(teacher)).invitations.map(({ id }) => id),
    [once, forClass].map(({ body }) => body.invitation.id)
  )
  t.same((await listed(other)).invitations, [])
  t.ok((await listed(admin)).invitations.length >= 3)
  t.notMatch(JSON.stringify(await listed(admin)), once.body.token)
  const withdraw = async (who: LoggedIn, id: string) =>
    (await call(app, 'DELETE', `/invitations/${id}`, { headers: who.headers })).status
  t.same(
    [await withdraw(other, once.body.invitation.id), await withdraw(teacher, '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11')],
    [403, 404]
  )
  t.same([await withdraw(teacher, once.body.invitation.id), await withdraw(admin, once.body.invitation.id)], [204, 204])
  t.match(await signUp(app, { invitation: once.body.token }), invalid, 'withdrawn')

  // An invitation grants what its creator may grant when it is used.
  const [byDemoted, byDisabled, byErased] = [
    await person(app, 'admin'),
    await person(app, 'admin'),
    await person(app, 'teacher')
  ]
  const tokens = [
    (await invite(app, byDemoted, { role: 'admin' })).body.token,
    (await invite(app, byDisabled, { usesMax: 5 })).body.token,
    (await invite(app, byErased)).body.token
  ]
  for (const [path, payload] of [
    [byDemoted.user.id, { role: 'teacher' }],
    [byDisabled.user.id, { disabled: true }]
  ] as const) {
    t.equal((await call(app, 'PATCH', `/users/${path}`, { headers: admin.headers, payload })).status, 200)
  }
  t.equal((await call(app, 'DELETE', `/users/${byErased.user.id}`, { headers: admin.headers })).status, 204)
  for (const invitation of tokens) t.match(await signUp(app, { invitation }), invalid)
  for (const invitation of ['x', 'A'.repeat(43), "' or 1=1 --"]) t.match(await signUp(app, { invitation }), invalid)

  // Expiry.
  const old = await services.db.invitations.create(
    {
      tokenHash: `hash-${people}`,
      createdBy: admin.user.id,
      role: 'student',
      usesMax: 1,
      createdAtMs: 1,
      expiresAtMs: 2
    },
    10
  )
  t.equal(await services.db.invitations.usable(`hash-${people}`, fresh(), Date.now()), undefined)
  t.ok(await services.db.invitations.deleteExpired(Date.now()) >= 1)
  t.equal(await services.db.invitations.byId(old!.id), undefined)
  t.equal(
    await services.db.invitations.create(
      { tokenHash: 'y', createdBy: other.user.id, role: 'student', usesMax: 1, createdAtMs: 1, expiresAtMs: 2 },
      0
    ),
    undefined,
    'bounded'
  )

  // The audit log has the actor and the action, and neither addresses nor tokens.
  const log = await services.db.audit.list({ limit: 100 })
  for (const action of ['invitation.create', 'invitation.revoke', 'user.invited']) {
    t.ok(
      log.some(entry => entry.action === action),
      action
    )
  }
  t.notMatch(JSON.stringify(log), /new\.teacher/)
  for (const token of tokens) t.notOk(JSON.stringify(log).includes(token))

  // Erasing an account removes an invitation that names its address.
  const invited = await person(app)
  await invite(app, admin, { email: invited.user.email })
  t.equal((await call(app, 'DELETE', `/users/${invited.user.id}`, { headers: admin.headers })).status, 204)
  t.equal((await services.db.invitations.list({ limit: 100 })).some(({ email }) => email === invited.user.email), false)
}

t.test('an invitation from its creation to its end, SQLite', { timeout: 200_000 }, async t => { await life(t) })

t.test('the same on MariaDB', { skip: mariadbMissing(), timeout: 280_000 }, async t => {
  const mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  const db = await openDatabase({ url: mariadb.url })
  t.teardown(() => db.close())
  await life(t, db)
})
