import t from 'tap'
import { analysis, clocked, face, faceChange, PASSWORD, person, vector, type LoggedIn } from '../../support/app.ts'
import { as, UNKNOWN_ID, stage, type Begun } from '../../support/exams.ts'
import { JPEG } from '../../support/gateway.ts'

const HOUR_MS = 3_600_000
const FACE = { face: Buffer.from(JPEG).toString('base64') }
/** A clock that the tests advance. */
const { app, clock } = await clocked(t, {
  pool: { analyzeStill: async () => analysis({ faces: [face()] }) },
  env: { SIGNUP: 'open' }
})

interface Entry {
  readonly id: string
  readonly action: string
  readonly actor: string
  readonly address: string | null
  readonly confirmedBy: string | null
  readonly atMs: number
}
interface History {
  readonly history: readonly Entry[]
  readonly next: string | null
}

const historyOf = async ({ user }: Pick<LoggedIn, 'user'>, reader: LoggedIn, query = '') =>
  await as(app, reader)<History>('GET', `/users/${user.id}/face/history${query}`)

/** An exam with that policy. */
async function examWith (policy: object) {
  const { exam, teacher } = await stage(app)
  const set = async (policy: object) => {
    const { status } = await as(app, teacher)('PUT', `/exams/${exam.id}/policy`, policy)
    if (status !== 200) throw new Error(`policy: ${status}`)
  }
  await set(policy)
  return { exam, teacher, set }
}

/** The stored events of a session about identity. */
async function notedEvents (sessionId: string) {
  const rows = await app.services.db.events.listBySession(sessionId, { limit: 100 })
  return rows.filter(({ kind }) => kind.startsWith('identity_'))
}

t.test('the person and staff can read the history of a face', async t => {
  const [student, other, teacher, admin] = [
    await person(app),
    await person(app),
    await person(app, 'teacher'),
    await person(app, 'admin')
  ]
  const mine = as(app, student)
  t.same((await historyOf(student, student)).body, { history: [], next: null })
  for (let times = 0; times < 2; times++) t.match(await mine('PUT', '/auth/me/face', FACE), { status: 200 })
  t.match(await mine('DELETE', '/auth/me/face'), { status: 204 })
  t.match(await mine('DELETE', '/auth/me/face'), { status: 204 }, 'no face to delete')
  t.match(await mine('PUT', '/auth/me/face', FACE), { status: 200 })
  t.match(await as(app, admin)('POST', `/users/${student.user.id}/password`, {}), { status: 200 })
  const { body } = await historyOf(student, admin)
  t.match(body, {
    next: null,
    history: [
      { action: 'removed', by: admin.user.id, actor: 'staff', address: '127.0.0.1' },
      { action: 'enrolled', by: student.user.id, actor: 'candidate', address: '127.0.0.1' },
      { action: 'removed', actor: 'candidate' },
      { action: 'replaced', actor: 'candidate' },
      { action: 'enrolled', actor: 'candidate' }
    ]
  })
  t.equal(body.history.length, 5)
  t.match(
    (await historyOf(student, teacher)).body.history,
    [
      { actor: 'staff', address: null },
      { actor: 'candidate', address: '127.0.0.1' }
    ],
    'where an admin sits is not told'
  )
  const page = (await historyOf(student, admin, '?limit=2')).body
  t.same(
    [page.history.map(({ id }) => id), page.next],
    [body.history.slice(0, 2).map(({ id }) => id), body.history[1]!.id]
  )
  t.same((await historyOf(student, admin, `?limit=3&before=${page.next}`)).body, {
    history: body.history.slice(2),
    next: null
  })
  t.match(await historyOf(student, other), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
  t.match(await historyOf(admin, teacher), { status: 403 }, 'teachers see students')
  t.match(await as(app, admin)('GET', `/users/${UNKNOWN_ID}/face/history`), {
    status: 404,
    body: { code: 'INVIGIL_ERR_USER_UNKNOWN' }
  })
  t.equal((await historyOf(student, admin, '?limit=101')).status, 400)
})

t.test('an account that is created with a face has a first entry in its history', async t => {
  const admin = await person(app, 'admin')
  const signUp = async (email: string, headers = {}) =>
    (
      await app.inject({
        method: 'POST',
        url: '/api/v1/auth/signup',
        headers,
        payload: { email, password: PASSWORD, ...FACE }
      })
    ).json<{ user: LoggedIn['user'] }>()
  t.match((await historyOf(await signUp('own@example.org'), admin)).body.history, [
    { action: 'enrolled', actor: 'candidate', address: '127.0.0.1' }
  ])
  const made = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/signup',
    headers: admin.headers,
    payload: { email: 'made@example.org', password: PASSWORD, role: 'teacher', ...FACE }
  })
  t.equal(made.statusCode, 201)
  t.match((await historyOf(made.json(), admin)).body.history, [
    { action: 'enrolled', by: admin.user.id, actor: 'staff' }
  ])
})

t.test('staff confirm faces but not their own, and a later face is not confirmed', async t => {
  const [student, teacher, admin] = [await person(app), await person(app, 'teacher'), await person(app, 'admin')]
  const confirm = async (by: LoggedIn, of: LoggedIn, body: object = { reason: 'Identity card' }) =>
    await as(app, by)('POST', `/users/${of.user.id}/face/confirm`, body)
  t.match(await confirm(teacher, student), { status: 409, body: { code: 'INVIGIL_ERR_FACE_NONE' } })
  await as(app, student)('PUT', '/auth/me/face', FACE)
  const [first] = (await historyOf(student, teacher)).body.history
  for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(201) }, { reason: 'x', more: 1 }]) {
    t.equal((await confirm(teacher, student, body)).status, 400)
  }
  t.match(await confirm(student, student), { status: 403 })
  t.match(await confirm(teacher, student), {
    status: 200,
    body: { id: first!.id, action: 'enrolled', confirmedBy: teacher.user.id }
  })
  t.match((await historyOf(student, student)).body.history, [{ confirmedBy: teacher.user.id }], 'the person sees it')
  t.match(await app.services.db.audit.list({ targetId: student.user.id, limit: 1 }), [
    { actorId: teacher.user.id, action: 'face.confirm', detail: { id: first!.id, reason: 'Identity card' } }
  ])
  await as(app, student)('PUT', '/auth/me/face', FACE)
  t.match((await historyOf(student, teacher)).body.history, [
    { action: 'replaced', confirmedBy: null },
    { action: 'enrolled', confirmedBy: teacher.user.id }
  ])
  t.match(await confirm(teacher, student, { reason: 'Looked at the first', enrollmentId: first!.id }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_CONFLICT' }
  })

  await as(app, admin)('PUT', '/auth/me/face', FACE)
  await as(app, teacher)('PUT', '/auth/me/face', FACE)
  t.match(await confirm(admin, admin), { status: 403 })
  t.match(await confirm(teacher, teacher), { status: 403 })
  t.match(await confirm(teacher, admin), { status: 403 })
  t.match(await confirm(admin, teacher), { status: 200 })
  t.match(await confirm(admin, { ...admin, user: { ...admin.user, id: UNKNOWN_ID } }), { status: 404 })
})

t.test('an account enrolls no face after a hundred changes in a day, and removes one at any time', async t => {
  const student = await person(app)
  for (let count = 0; count < 100; count++) {
    await app.faces.store(student.user.id, vector(0), faceChange(student, clock.ms))
  }
  t.match(await as(app, student)('PUT', '/auth/me/face', FACE), {
    status: 409,
    body: { code: 'INVIGIL_ERR_QUOTA', details: { quota: 'faceChangesADay' } }
  })
  t.match(await as(app, student)('DELETE', '/auth/me/face'), { status: 204 })
  clock.ms += 24 * HOUR_MS + 1
  t.match(await as(app, student)('PUT', '/auth/me/face', FACE), { status: 200 })
})

t.test('an exam that requires a face refuses the start without one that meets its policy', async t => {
  const { exam, teacher, set } = await examWith({
    identity: 'required',
    face: { enrolledBeforeMs: 24 * HOUR_MS, isConfirmed: true }
  })
  const student = await person(app)
  const mine = as(app, student)
  const start = async (query = '') =>
    await mine<Begun & { message: string, details: object }>('POST', `/exams/${exam.id}/start${query}`)
  const code = 'INVIGIL_ERR_IDENTITY_NEEDED'
  const required = { enrolledBeforeMs: 24 * HOUR_MS, isConfirmed: true }
  t.match(await start(), {
    status: 409,
    body: { code, message: /Enroll your face/, details: { missing: 'none', needs: required } }
  })
  t.match(await start('?lang=bn'), { status: 409, body: { code, message: /মুখ নিবন্ধন করুন/ } })
  t.match(
    await mine('POST', `/exam/start/${student.user.id}`, { examId: exam.id }),
    { status: 409, body: { code } },
    'nor by the old address'
  )

  const enrolledAtMs = clock.ms
  await app.faces.store(student.user.id, vector(0), faceChange(student, enrolledAtMs))
  clock.ms += 30 * 60_000
  t.match(await start(), {
    status: 409,
    body: { code, message: /23 h 30 min/, details: { missing: 'too-new', needs: required, enrolledAtMs, waitMs: 23.5 * HOUR_MS } }
  })
  t.match(await start('?lang=bn'), { body: { message: /23 ঘণ্টা 30 মিনিট/ } })
  clock.ms = enrolledAtMs + 24 * HOUR_MS - 1
  t.match(await start(), { status: 409, body: { message: /0 h 1 min/ } })
  clock.ms++
  t.match(await start(), {
    status: 409,
    body: { code, message: /confirm/, details: { missing: 'unconfirmed', enrolledAtMs } }
  })
  t.equal(await app.services.db.attempts.openByUser(student.user.id), undefined, 'no attempt is used up')
  t.match(await as(app, teacher)('POST', `/users/${student.user.id}/face/confirm`, { reason: 'Identity card' }), {
    status: 200
  })
  const begun = await start()
  t.match(begun, { status: 201 })
  t.same(await notedEvents(begun.body.session.id), [], 'there is nothing to report')
  t.match(await mine('GET', `/exam/summary/${student.user.id}`), {
    body: { identity: { demand: 'required', isCompared: true, reason: null, enrolledAtMs, isConfirmed: true } }
  })

  t.match(await mine('PUT', '/auth/me/face', FACE), { status: 409, body: { code: 'INVIGIL_ERR_FACE_IN_USE' } })
  await app.services.db.users.replacePassword(student.user.id, {
    passwordHash: 'x',
    forgetsOthers: { by: teacher.user.id, address: '' },
    atMs: 0
  })
  const { accessToken } = await app.logins.issue((await app.services.db.users.byId(student.user.id))!)
  t.equal(
    (
      await app.inject({
        method: 'POST',
        url: `/api/v1/exams/${exam.id}/start`,
        headers: { authorization: `Bearer ${accessToken}` }
      })
    ).statusCode,
    200,
    'an open attempt goes on, also without the face'
  )
  t.match(await notedEvents(begun.body.session.id), [
    {
      kind: 'identity_none',
      weight: 0,
      class: 'information',
      phase: 'instant',
      detail: { reason: 'none', action: 'removed', by: 'staff' }
    }
  ])

  await set({ identity: 'required' })
  t.match(await as(app, await person(app))('POST', `/exams/${exam.id}/start`), {
    status: 409,
    body: { details: { missing: 'none', needs: { enrolledBeforeMs: null, isConfirmed: false } } }
  })
})

t.test('a face that was sealed with another key does not count, and the refusal says so', async t => {
  const { exam, set } = await examWith({ identity: 'required' })
  const student = await person(app)
  await app.services.db.users.setFace(student.user.id, {
    embedding: new Uint8Array(64),
    change: faceChange(student, 1)
  })
  t.match(await as(app, student)('POST', `/exams/${exam.id}/start`), {
    status: 409,
    body: { details: { missing: 'none' } }
  })
  await set({ identity: 'noted' })
  const { body } = await as(app, student)<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(await notedEvents(body.session.id), [
    { kind: 'identity_none', detail: { reason: 'unreadable', action: 'enrolled', by: 'candidate' } }
  ])
  t.match(await as(app, student)('GET', `/exam/summary/${student.user.id}`), {
    body: { identity: { demand: 'noted', isCompared: false, reason: 'unreadable', enrolledAtMs: 1 } }
  })
})

t.test('the events about a face at the start are raised once, however often the start is requested', async t => {
  const { exam, set } = await examWith({ identity: 'noted' })
  /** Starts as a student whose face was changed this long before. */
  const startWith = async (...agesMs: readonly number[]) => {
    const student = await person(app)
    for (const ageMs of agesMs) await app.faces.store(student.user.id, vector(0), faceChange(student, clock.ms - ageMs))
    const start = async () => await as(app, student)<Begun>('POST', `/exams/${exam.id}/start`)
    const [one, two] = await Promise.all([start(), start()])
    t.same([one.status, two.status].sort(), [200, 201])
    t.equal((await start()).status, 200)
    const { session } = one.body
    t.equal((await app.services.live.summary(session.id))?.riskScore, 0, 'people judge')
    return { student, session, events: await notedEvents(session.id) }
  }
  const none = await startWith()
  t.match(none.events, [
    {
      kind: 'identity_none',
      phase: 'instant',
      class: 'information',
      severity: 'low',
      weight: 0,
      atMs: clock.ms,
      detail: { reason: 'none' }
    }
  ])
  t.equal(none.events.length, 1)
  t.match((await app.services.live.summary(none.session.id))?.counts, { identity_none: 1 })
  const first = await startWith(60_000)
  t.equal(first.events.length, 1)
  t.match(first.events, [
    {
      kind: 'identity_changed',
      phase: 'instant',
      class: 'information',
      weight: 0,
      detail: { action: 'enrolled', beforeMs: 60_000, by: 'candidate', isConfirmed: false }
    }
  ])
  t.match((await startWith(90 * 24 * HOUR_MS, 24 * HOUR_MS - 1)).events, [
    { kind: 'identity_changed', detail: { action: 'replaced', beforeMs: 24 * HOUR_MS - 1 } }
  ])
  t.same((await startWith(90 * 24 * HOUR_MS, 24 * HOUR_MS)).events, [])
  await set({ identity: 'noted', face: { enrolledBeforeMs: HOUR_MS, isConfirmed: false } })
  t.same((await startWith(HOUR_MS)).events, [], 'the time of the exam counts')
  t.match((await startWith(HOUR_MS - 1)).events, [{ kind: 'identity_changed' }])

  // A later session of the attempt: the face was changed in between.
  const { student, session } = await startWith(30 * 24 * HOUR_MS)
  await app.services.db.sessions.transition(session.id, ['active'], 'stopped', clock.ms, 'system')
  clock.ms += 1000
  await app.faces.store(student.user.id, vector(1), faceChange(student, clock.ms))
  clock.ms += 1000
  const later = await as(app, student)<Begun>('POST', `/exams/${exam.id}/start`)
  t.not(later.body.session.id, session.id)
  t.match(await notedEvents(later.body.session.id), [
    { kind: 'identity_changed', detail: { action: 'replaced', beforeMs: 1000 } }
  ])
})

t.test('the summary says whether the candidate was compared, also after a change of the policy', async t => {
  const { exam, set } = await examWith({})
  const student = await person(app)
  const summary = async () =>
    (await as(app, student)<{ identity: object }>('GET', `/exam/summary/${student.user.id}`)).body.identity
  const enrolledAtMs = Date.now() - 1000
  await app.faces.store(student.user.id, vector(0), faceChange(student, enrolledAtMs))
  await as(app, student)('POST', `/exam/start/${student.user.id}`)
  t.same(
    await summary(),
    { demand: null, isCompared: true, reason: null, enrolledAtMs, isConfirmed: false },
    'of no exam'
  )
  const { body } = await as(app, student)<Begun>('POST', `/exams/${exam.id}/start`)
  t.same(await summary(), { demand: 'off', isCompared: false, reason: 'off', enrolledAtMs, isConfirmed: false })
  t.same(await notedEvents(body.session.id), [])
  await set({ identity: 'noted' })
  t.same(await summary(), { demand: null, isCompared: null, reason: null, enrolledAtMs, isConfirmed: false })
  const none = await person(app)
  await as(app, none)('POST', `/exams/${exam.id}/start`)
  const { body: { identity } } = await as(app, none)<{ identity: object }>('GET', `/exam/summary/${none.user.id}`)
  t.same(identity, { demand: 'noted', isCompared: false, reason: 'none', enrolledAtMs: null, isConfirmed: false })
})
