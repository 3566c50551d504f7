import t from 'tap'
import { newId } from '../../../db/index.ts'
import { build, person } from '../../support/app.ts'
import { as, UNKNOWN_ID, QUESTIONS, stage, type ExamBody, type QuestionBody } from '../../support/exams.ts'

t.test('an exam is created, changed, published and archived', async t => {
  const app = await build(t)
  const teacher = await person(app, 'teacher')
  const request = as(app, teacher)
  const made = await request<ExamBody>('POST', '/exams', {
    title: 'Physics',
    durationMs: 60_000,
    opensAtMs: 1000,
    closesAtMs: 2000,
    attemptsMax: 2,
    language: 'bn'
  })
  t.match(made, {
    status: 201,
    body: {
      ownerId: teacher.user.id,
      state: 'draft',
      title: 'Physics',
      description: '',
      durationMs: 60_000,
      attemptsMax: 2,
      language: 'bn',
      shuffle: false,
      isOpenToAll: false,
      needsPreflight: false,
      version: 1,
      policyVersion: 1
    }
  })
  const path = `/exams/${made.body.id}`
  t.match(await request('GET', path), { status: 200, body: made.body })

  t.match(await request('PATCH', path, { version: 1, title: 'Physics II', closesAtMs: null, durationMs: null }), {
    status: 200,
    body: { title: 'Physics II', closesAtMs: null, durationMs: null, opensAtMs: 1000, version: 2 }
  })
  t.match(
    await request('PATCH', path, { version: 1, title: 'Chemistry' }),
    { status: 409, body: { code: 'INVIGIL_ERR_CONFLICT', details: { version: 2 } } },
    'an older version overwrites nothing'
  )
  const changes = await Promise.all(['A', 'B', 'C'].map(async title => await request('PATCH', path, { version: 2, title })))
  t.same(changes.map(({ status }) => status).sort(), [200, 409, 409], 'of several changes at once one stands')

  t.match(await request('POST', `${path}/publish`), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_EMPTY' } })
  await request('POST', `${path}/questions`, QUESTIONS[0])
  t.match(await request('POST', `${path}/publish`), { status: 200, body: { state: 'published' } })
  t.match(await request('POST', `${path}/publish`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_EXAM_STATE', details: { state: 'published' } }
  })
  t.match(await request('POST', `${path}/archive`), { status: 200, body: { state: 'archived' } })
  t.match(await request('POST', `${path}/archive`), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_STATE' } })
  t.match(await request('POST', `${path}/release`, {}), { status: 200, body: { resultsReleasedAtMs: Number } })
  t.match(await request('POST', `${path}/release`, { released: false }), {
    status: 200,
    body: { resultsReleasedAtMs: null }
  })
  t.match(
    (await app.services.db.audit.list({ targetId: made.body.id, limit: 9 })).map(({ action }) => action),
    ['exam.release-back', 'exam.release', 'exam.archive', 'exam.publish']
  )
  t.equal((await request('DELETE', path)).status, 204)
  t.match(await request('GET', path), { status: 404, body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' } })
})

t.test('exams are listed page by page: teachers see their own, students those they may take, admins all', async t => {
  const app = await build(t)
  const { teacher, exam: open } = await stage(app)
  const { exam: closed } = await stage(app, { isOpenToAll: false })
  const [student, admin] = [await person(app), await person(app, 'admin')]
  const list = async (who: typeof student, query = '') =>
    (await as(app, who)<{ exams: ExamBody[], next: string | null }>('GET', `/exams${query}`)).body
  const ids = async (who: typeof student, query = '') => (await list(who, query)).exams.map(({ id }) => id)
  t.same([await ids(teacher), await ids(admin), await ids(student)], [[open.id], [closed.id, open.id], [open.id]])
  const [shown] = (await list(student)).exams
  t.match(shown, { title: 'Everything', attemptsUsed: 0, canStart: true, recording: 'none', keepsEvidence: false })
  for (const field of ['policyVersion', 'ownerId', 'version', 'shuffle']) {
    t.notOk(field in shown!, `${field} is for staff`)
  }
  t.notOk('policy' in shown!)

  await app.services.db.exams.assign(closed.id, [student.user.id])
  const first = await list(student, '?limit=1')
  t.same([first.exams[0]!.id, await ids(student, `?limit=1&before=${first.next}`)], [closed.id, [open.id]])
  t.same([await ids(admin, '?state=draft'), await ids(admin, '?search=EVERY&limit=1')], [[], [closed.id]])
  for (const query of ['?limit=0', '?state=odd', '?before=x', '?search=', '?nothing=1']) {
    t.equal((await as(app, admin)('GET', `/exams${query}`)).status, 400, query)
  }

  t.match(await as(app, student)('GET', `/exams/${closed.id}`), {
    status: 200,
    body: { id: closed.id, canStart: true }
  })
  t.equal((await as(app, await person(app))('GET', `/exams/${closed.id}`)).status, 403, 'it is not for this student')
  const { body: draft } = await as(app, teacher)<ExamBody>('POST', '/exams', { title: 'Not yet', isOpenToAll: true })
  t.equal((await as(app, student)('GET', `/exams/${draft.id}`)).status, 403, 'students cannot see drafts')
})

t.test('an exam is exported as a file and imported completely or not at all', async t => {
  const app = await build(t)
  const { teacher, exam } = await stage(app, { shuffle: true, attemptsMax: 3 })
  const request = as(app, teacher)
  await request('PUT', `/exams/${exam.id}/policy`, { rules: { phone: { enabled: false } } })
  type ExamFile = { format: string, exam: Record<string, unknown>, questions: Array<Record<string, unknown>> }
  const file = await request<ExamFile>(
    'GET',
    `/exams/${exam.id}/export`
  )
  t.match(file, {
    status: 200,
    body: {
      format: 'invigil-exam/1',
      exam: { title: 'Everything', shuffle: true, attemptsMax: 3, policy: { rules: { phone: { enabled: false } } } }
    },
    headers: { 'content-disposition': /attachment/ }
  })
  t.equal(file.body.questions.length, 7)
  const other = await person(app, 'teacher')
  const copy = await as(app, other)<ExamBody>('POST', '/exams/import', file.body)
  t.match(copy, { status: 201, body: { title: 'Everything', state: 'draft', ownerId: other.user.id, attemptsMax: 3 } })
  const again = await as(app, other)('GET', `/exams/${copy.body.id}/export`)
  t.same(again.body, file.body, 'nothing is lost')

  const before = (await app.services.db.exams.list({ limit: 100 })).length
  t.match(
    await request('POST', '/exams/import', {
      ...file.body,
      questions: [file.body.questions[0], { kind: 'single', text: '', body: {} }]
    }),
    { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field: 'questions.1.text' }] } } }
  )
  t.match(await request('POST', '/exams/import', { ...file.body, format: 'another/2' }), {
    status: 400,
    body: { details: { fields: [{ field: 'format' }] } }
  })
  t.match(await request('POST', '/exams/import', { exam: {} }), { status: 400 })
  t.match(
    await request('POST', '/exams/import', { ...file.body, exam: { title: 'x', policy: { rules: { nothing: {} } } } }),
    { status: 400 }
  )
  t.equal((await app.services.db.exams.list({ limit: 100 })).length, before, 'nothing half-written')
})

t.test('a policy is checked against the table of rules, stored by version, and audited', async t => {
  const app = await build(t)
  const { teacher, exam } = await stage(app)
  const request = as(app, teacher)
  const path = `/exams/${exam.id}/policy`
  t.match(await request('GET', path), {
    status: 200,
    body: {
      policyVersion: 1,
      policy: {
        rules: {},
        weights: {},
        riskLimits: { medium: 5, high: 10 },
        actions: { medium: 'none', high: 'none' },
        mayTerminate: false
      }
    }
  })
  const policy = {
    rules: {
      looking_away: { enterMs: 5000, limits: { headYawDegrees: 50 } },
      eye_movement: { enabled: false },
      phone: { labels: ['cell phone'] }
    },
    weights: { tab_switch: 5 },
    riskLimits: { medium: 4, high: 8 },
    actions: { medium: 'warn', high: 'ask' }
  }
  t.match(await request('PUT', path, policy), {
    status: 200,
    body: { policyVersion: 2, policy: { ...policy, mayTerminate: false } }
  })
  t.match(await app.services.db.audit.list({ targetId: exam.id, limit: 1 }), [
    { action: 'exam.policy', actorId: teacher.user.id, detail: { policyVersion: 2 } }
  ])
  const cases: Array<[object, string]> = [
    [{ rules: { nothing: {} } }, 'rules.nothing'],
    [{ rules: { phone: { limits: { headYawDegrees: 1 } } } }, 'rules.phone.limits.headYawDegrees'],
    [{ rules: { tab_switch: { enterScore: 1 } } }, 'rules.tab_switch.enterScore'],
    [{ rules: { multiple_faces: { limits: { faces: 0 } } } }, 'rules.multiple_faces.limits.faces'],
    [{ rules: { phone: { enterMs: -1 } } }, 'rules.phone.enterMs'],
    [{ rules: { phone: { enterScore: 0.5, leaveScore: 0.9 } } }, 'rules.phone.leaveScore'],
    [{ weights: { phone: 101 } }, 'weights.phone'],
    [{ riskLimits: { medium: 5 } }, 'riskLimits.high'],
    [{ riskLimits: { medium: 5, high: 4 } }, 'riskLimits'],
    [{ actions: { medium: 'shout', high: 'none' } }, 'actions.medium'],
    [{ version: 7 }, 'version']
  ]
  for (const [payload, field] of cases) {
    const answer = await request<{ details: { fields: Array<{ field: string }> } }>('PUT', path, payload)
    t.equal(answer.status, 400, field)
    t.ok(
      answer.body.details.fields.some(wrong => wrong.field.startsWith(field)),
      `${field} of ${answer.body.details.fields.map(wrong => wrong.field).join()}`
    )
  }
  t.match(await request('GET', path), { body: { policyVersion: 2 } })
})

t.test('candidates are assigned and given accommodations, which the audit log keeps', async t => {
  const app = await build(t)
  const { teacher, exam } = await stage(app, { isOpenToAll: false, durationMs: 60_000 })
  const request = as(app, teacher)
  const path = `/exams/${exam.id}`
  const [one, two] = [await person(app), await person(app)]
  t.equal((await as(app, one)('POST', `${path}/start`)).status, 403)
  t.match(await request('POST', `${path}/candidates`, { userIds: [one.user.id, two.user.id, one.user.id] }), {
    status: 200,
    body: { candidates: [{ userId: one.user.id }, { userId: two.user.id }] }
  })
  t.match(await request('POST', `${path}/candidates`, { userIds: [one.user.id, UNKNOWN_ID, teacher.user.id] }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_USER_UNKNOWN', details: { userIds: [UNKNOWN_ID, teacher.user.id] } }
  })
  const page = await request<{ candidates: Array<{ userId: string }>, next: string }>('GET', `${path}/candidates?limit=1`)
  t.match(page.body, { candidates: [{ userId: one.user.id, userName: one.user.name }], next: one.user.id })
  t.match(await request('GET', `${path}/candidates?limit=1&after=${page.body.next}`), {
    body: { candidates: [{ userId: two.user.id }], next: null }
  })
  t.equal((await request('DELETE', `${path}/candidates/${two.user.id}`)).status, 204)
  t.match(await request('DELETE', `${path}/candidates/${two.user.id}`), {
    status: 404,
    body: { code: 'INVIGIL_ERR_USER_UNKNOWN' }
  })
  for (const payload of [{}, { userIds: [] }, { userIds: ['x'] }, { userIds: [one.user.id], more: 1 }]) {
    t.equal((await request('POST', `${path}/candidates`, payload)).status, 400)
  }

  const at = `${path}/accommodations/${one.user.id}`
  t.match(
    await request('PUT', at, {
      extraTimeShare: 0.5,
      flags: { rules: { looking_away: { enabled: false } } },
      reason: 'Certificate seen'
    }),
    { status: 200, body: { extraTimeShare: 0.5, by: teacher.user.id, reason: 'Certificate seen' } }
  )
  t.match(await request('GET', `${path}/accommodations`), {
    body: { accommodations: [{ userId: one.user.id, flags: { rules: { looking_away: { enabled: false } } } }] }
  })
  t.match(await as(app, one)('GET', path), { body: { durationMs: 90_000 } }, 'the candidate sees the longer time')
  t.match(await app.services.db.audit.list({ targetId: exam.id, limit: 1 }), [
    { action: 'accommodation.set', detail: { userId: one.user.id, extraTimeShare: 0.5, reason: 'Certificate seen' } }
  ])
  t.equal((await request('DELETE', at)).status, 204)
  t.match(await app.services.db.audit.list({ targetId: exam.id, limit: 1 }), [
    { action: 'accommodation.delete', detail: { extraTimeShare: 0.5 } }
  ])
  t.match(await request('DELETE', at), { status: 404, body: { code: 'INVIGIL_ERR_USER_UNKNOWN' } })
  for (const payload of [
    {},
    { extraTimeShare: 0.5 },
    { extraTimeShare: -1, reason: 'x' },
    { extraTimeShare: 11, reason: 'x' },
    { reason: ' ' },
    { reason: 'x', flags: { actions: {} } },
    { reason: 'x', flags: { rules: { phone: { enterScore: 1, leaveScore: 2 } } } }
  ]) {
    t.equal((await request('PUT', at, payload)).status, 400, JSON.stringify(payload))
  }
  t.match(await request('PUT', `${path}/accommodations/${UNKNOWN_ID}`, { reason: 'x' }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_USER_UNKNOWN' }
  })
})

t.test('refusals name bad input, and the exams of others cannot be changed', async t => {
  const app = await build(t)
  const { teacher, exam } = await stage(app)
  const request = as(app, teacher)
  const cases: Array<[object, string]> = [
    [{}, 'title'],
    [{ title: '' }, 'title'],
    [{ title: '  ' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ title: {} }, 'title'],
    [{ title: 'x', description: 'x'.repeat(20_001) }, 'description'],
    [{ title: 'x', durationMs: 999 }, 'durationMs'],
    [{ title: 'x', durationMs: 'long' }, 'durationMs'],
    [{ title: 'x', attemptsMax: 0 }, 'attemptsMax'],
    [{ title: 'x', opensAtMs: -1 }, 'opensAtMs'],
    [{ title: 'x', opensAtMs: 2000, closesAtMs: 2000 }, 'closesAtMs'],
    [{ title: 'x', language: '<b>' }, 'language'],
    [{ title: 'x', ownerId: newId() }, 'ownerId'],
    [{ title: 'x', state: 'published' }, 'state'],
    [{ title: 'x', isOpenToAll: 'perhaps' }, 'isOpenToAll']
  ]
  for (const [payload, field] of cases) {
    t.match(
      await request('POST', '/exams', payload),
      { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field }] } } },
      JSON.stringify(payload).slice(0, 60)
    )
  }
  t.match(await request('PATCH', `/exams/${exam.id}`, { title: 'x' }), {
    status: 400,
    body: { details: { fields: [{ field: 'version' }] } }
  })
  for (const id of [UNKNOWN_ID, 'x', '%00']) {
    t.match(await request('GET', `/exams/${id}`), { status: 404, body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' } })
  }

  const stranger = as(app, await person(app, 'teacher'))
  for (const [method, path, payload] of [
    ['GET', '', undefined],
    ['PATCH', '', { version: 1 }],
    ['DELETE', '', undefined],
    ['GET', '/questions', undefined],
    ['GET', '/export', undefined],
    ['GET', '/attempts', undefined]
  ] as const) {
    t.match(
      await stranger(method, `/exams/${exam.id}${path}`, payload),
      { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } },
      `${method} ${path}`
    )
  }
  t.same((await stranger<{ exams: unknown[] }>('GET', '/exams')).body.exams, [])
  t.match(
    await as(app, await person(app, 'admin'))<{ questions: QuestionBody[] }>('GET', `/exams/${exam.id}/questions`),
    { status: 200 },
    'admins see all'
  )
})
