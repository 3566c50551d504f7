import t from 'tap'
import { bn } from '../../../src/i18n/bn.ts'
import { build, call, faceChange, PASSWORD, person, type LoggedIn } from '../../support/app.ts'
import { request, session } from '../../support/staff.ts'

t.test('accounts are listed, searched and paged; teachers see students', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const students = [await person(app), await person(app), await person(app)]
  const list = async (by: LoggedIn, query = '') =>
    await request<{ users: Array<{ id: string, email: string, role: string }>, next: string | null }>(
      app,
      by,
      'GET',
      `/users${query}`
    )
  t.equal((await list(admin)).body.users.length, 5)
  const first = await list(admin, '?role=student&limit=2')
  t.same(
    first.body.users.map(({ id }) => id),
    [students[2]!.user.id, students[1]!.user.id]
  )
  t.match((await list(admin, `?role=student&limit=2&before=${first.body.next}`)).body, {
    users: [{ id: students[0]!.user.id }],
    next: null
  })
  t.match((await list(admin, `?search=${encodeURIComponent(teacher.user.email.toUpperCase())}`)).body.users, [
    { role: 'teacher' }
  ])
  t.ok((await list(teacher)).body.users.every(({ role }) => role === 'student'))
  t.equal((await list(teacher, '?role=admin')).status, 403)
  t.equal((await request(app, teacher, 'GET', `/users/${admin.user.id}`)).status, 403)
  t.match(await request(app, teacher, 'GET', `/users/${students[0]!.user.id}`), {
    status: 200,
    body: { email: students[0]!.user.email, disabledAtMs: null }
  })
  t.notOk('passwordHash' in (await request(app, admin, 'GET', `/users/${teacher.user.id}`)).body)
  t.match(await request(app, admin, 'GET', '/users/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'), {
    status: 404,
    body: { code: 'INVIGIL_ERR_USER_UNKNOWN' }
  })
  for (const query of ['?limit=0', '?role=odd', '?before=x', '?odd=1']) {
    t.equal((await list(admin, query)).status, 400, query)
  }
})

t.test('a role changes and an account is disabled at once, with an entry in the audit log', async t => {
  const app = await build(t)
  const { db } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const path = `/users/${teacher.user.id}`
  t.match(await request(app, admin, 'PATCH', path, { role: 'student', name: ' Ms Rahman ' }), {
    status: 200,
    body: { role: 'student', name: 'Ms Rahman' }
  })
  t.equal((await request(app, teacher, 'GET', '/users')).status, 403, "the token of a teacher is a student's now")
  t.match(await request(app, admin, 'PATCH', path, { disabled: true }), { status: 200, body: { disabledAtMs: Number } })
  t.match(await request(app, teacher, 'GET', '/auth/me'), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_REVOKED' } })
  t.match(
    await call(app, 'POST', '/auth/login/password', { payload: { email: teacher.user.email, password: PASSWORD } }),
    { status: 403, body: { code: 'INVIGIL_ERR_ACCOUNT_DISABLED' } }
  )
  await request(app, admin, 'PATCH', path, { disabled: false, role: 'student' })
  t.equal(
    (await call(app, 'POST', '/auth/login/password', { payload: { email: teacher.user.email, password: PASSWORD } }))
      .status,
    200
  )
  const entries = await db.audit.list({ limit: 10 })
  t.same(
    entries.map(({ action }) => action),
    ['user.enable', 'user.disable', 'user.role', 'user.rename'],
    'what stays as it is leaves none'
  )
  t.match(entries[2], {
    actorId: admin.user.id,
    targetId: teacher.user.id,
    detail: { role: 'student', was: 'teacher' }
  })
  for (const payload of [{ role: 'student' }, { disabled: true }]) {
    t.match(await request(app, admin, 'PATCH', `/users/${admin.user.id}`, payload), {
      status: 409,
      body: { code: 'INVIGIL_ERR_SELF' }
    })
  }
  for (const payload of [{ role: 'king' }, { name: ' ' }, { email: 'a@b.c' }]) {
    t.equal((await request(app, admin, 'PATCH', path, payload)).status, 400)
  }
})

t.test('of two admins who remove each other\'s role one stays an admin', async t => {
  const app = await build(t)
  const [a, b] = [await person(app, 'admin'), await person(app, 'admin')]
  const answers = await Promise.all([
    request(app, a, 'PATCH', `/users/${b.user.id}`, { role: 'student' }),
    request(app, b, 'PATCH', `/users/${a.user.id}`, { role: 'student' })
  ])
  t.same(answers.map(({ status }) => status).sort(), [200, 403])
  t.equal((await app.services.db.users.countByRole()).admin, 1)
})

t.test('a reset of the password removes the enrolled face, which could also log in', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const [enrolled, other] = [await person(app), await person(app)]
  await app.faces.store(enrolled.user.id, Float32Array.of(1, 0), faceChange(enrolled))
  for (const { user } of [enrolled, other]) {
    t.equal((await request(app, admin, 'POST', `/users/${user.id}/password`, {})).status, 200)
  }
  t.match(await app.services.db.users.byId(enrolled.user.id), { hasFace: false })
  const traces = (await app.services.db.audit.list({ limit: 20 })).filter(({ action }) => action === 'face.remove')
  t.match(traces, [{ actorId: admin.user.id, targetId: enrolled.user.id }], 'and it is in the audit log')
})

t.test('a reset of the password ends every login; a generated password is returned once', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const student = await person(app)
  const { status, body } = await request<{ password: string }>(app, admin, 'POST', `/users/${student.user.id}/password`, {})
  t.equal(status, 200)
  t.equal((await request(app, student, 'GET', '/auth/me')).status, 401)
  t.equal(
    (
      await call(app, 'POST', '/auth/login/password', {
        payload: { email: student.user.email, password: body.password }
      })
    ).status,
    200
  )
  t.same(
    (await request(app, admin, 'POST', `/users/${student.user.id}/password`, { password: 'another long password' })).body,
    {}
  )
  t.equal((await request(app, admin, 'POST', `/users/${student.user.id}/password`, { password: 'short' })).status, 400)
  const again = await person(app)
  t.equal((await request(app, admin, 'POST', `/users/${again.user.id}/logout`)).status, 204)
  t.equal((await request(app, again, 'GET', '/auth/me')).status, 401)
  t.notMatch(JSON.stringify(await app.services.db.audit.list({ limit: 10 })), body.password)
})

t.test('an erased account leaves nothing but ids in the audit log', async t => {
  const app = await build(t)
  const { db, live } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const { id } = student.user
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', isOpenToAll: true, atMs: 1 }, [
    { section: '', kind: 'long', text: 'Why?', points: 1, body: {} }
  ])
  await db.exams.assign(exam.id, [id])
  await db.exams.setAccommodation({
    examId: exam.id,
    userId: id,
    extraTimeShare: 0.5,
    flags: {},
    by: teacher.user.id,
    reason: 'x',
    atMs: 1
  })
  await db.exams.addPreflight({ examId: exam.id, userId: id, isPassed: true, checks: {}, atMs: 1 })
  const begun = await db.attempts.start({
    examId: exam.id,
    userId: id,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs: 1
  })
  if (begun.outcome !== 'created') throw new Error('not begun')
  const [question] = await db.questions.list(exam.id)
  await db.answers.save({
    attemptId: begun.attempt.id,
    questionId: question!.id,
    value: 'because',
    clientSeq: 1,
    savedAtMs: 1
  })
  await db.answers.addCode({ attemptId: begun.attempt.id, questionId: question!.id, language: 'c', code: 'x', atMs: 1 })
  const sessionId = await session(app, student, {
    examId: exam.id,
    attemptId: begun.attempt.id,
    isOpen: true,
    rows: [{}]
  })
  await live.start((await db.sessions.byId(sessionId))!)
  await live.pause(sessionId, admin.user.id)
  t.equal((await request(app, admin, 'POST', '/events', { sessionId, kind: 'phone' })).status, 201)

  t.match(await request(app, admin, 'DELETE', `/users/${admin.user.id}`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_SELF' }
  })
  t.equal((await request(app, admin, 'DELETE', `/users/${id}`)).status, 204)
  t.match(await request(app, admin, 'DELETE', `/users/${id}`), { status: 404, body: { code: 'INVIGIL_ERR_USER_UNKNOWN' } })
  t.equal((await request(app, student, 'GET', '/auth/me')).status, 401)
  t.equal(await db.users.byId(id), undefined)
  t.equal(await db.sessions.byId(sessionId), undefined)
  t.same(await db.sessions.pauses(sessionId), [])
  t.same(await db.events.list({ userId: id, limit: 5 }), [])
  t.same(await db.events.listBySession(sessionId, { limit: 5 }), [])
  t.equal(await db.attempts.byId(begun.attempt.id), undefined)
  t.same(await db.answers.list(begun.attempt.id), [])
  t.same(await db.answers.listCode(begun.attempt.id, { limit: 5 }), [])
  t.same(await db.grades.list(begun.attempt.id), [])
  t.same(await db.exams.assigned(exam.id, { limit: 5 }), [])
  t.equal(await db.exams.accommodation(exam.id, id), undefined)
  t.equal(await db.exams.lastPreflight(exam.id, id), undefined)
  t.equal(await live.open(sessionId), undefined)
  const log = JSON.stringify(await db.audit.list({ limit: 50 }))
  t.match(log, 'user.erase')
  t.notMatch(log, student.user.email)
})

t.test('the language of the account takes precedence over that of the request', async t => {
  const app = await build(t)
  const student = await person(app)
  const refused = async (headers: Record<string, string>, query = '') =>
    (await call<{ message: string }>(app, 'GET', `/users${query}`, { headers: { ...student.headers, ...headers } }))
      .body.message
  const { en } = await import('../../../src/i18n/en.ts')
  t.equal(await refused({ 'accept-language': 'bn' }), bn.errors.INVIGIL_ERR_FORBIDDEN, 'nothing chosen yet')
  t.match(await request(app, student, 'PATCH', '/auth/me', { locale: 'en', name: ' Rahim ' }), {
    status: 200,
    body: { locale: 'en', name: 'Rahim' }
  })
  t.equal(await refused({ 'accept-language': 'bn' }), en.errors.INVIGIL_ERR_FORBIDDEN)
  t.equal(await refused({ 'accept-language': 'bn' }, '?lang=bn'), bn.errors.INVIGIL_ERR_FORBIDDEN)
  await request(app, student, 'PATCH', '/auth/me', { locale: 'bn' })
  t.equal(await refused({ 'accept-language': 'en' }), bn.errors.INVIGIL_ERR_FORBIDDEN)
  await request(app, student, 'PATCH', '/auth/me', { locale: 'auto' })
  t.equal(await refused({}), en.errors.INVIGIL_ERR_FORBIDDEN)
  t.equal((await request(app, student, 'PATCH', '/auth/me', { locale: 'fr' })).status, 400)
  t.equal((await request(app, student, 'PATCH', '/auth/me', { role: 'admin' })).status, 400)
})
