import t from 'tap'
import { analysis, build, clocked, face, person } from '../../support/app.ts'
import { as, UNKNOWN_ID, stage, type Begun } from '../../support/exams.ts'
import { JPEG } from '../../support/gateway.ts'

const PICTURE = { image: Buffer.from(JPEG).toString('base64') }

t.test('an exam begins only for its candidates, in its time, and within its number of attempts', async t => {
  const { app, clock } = await clocked(t)
  const { exam: early } = await stage(app, { opensAtMs: clock.ms + 1000, closesAtMs: clock.ms + 2000 })
  const { exam, teacher } = await stage(app)
  const student = await person(app)
  const request = as(app, student)
  t.match(await request('POST', `/exams/${early.id}/start`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_EXAM_CLOSED', details: { opensAtMs: early['opensAtMs'] } }
  })
  clock.ms += 1500
  const begun = await request<Begun>('POST', `/exams/${early.id}/start`)
  t.match(
    begun,
    { status: 201, body: { clock: { endsAtMs: early['closesAtMs'] } } },
    'the window ends it before its duration'
  )
  t.match(await request('POST', `/exams/${exam.id}/start`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_EXAM_OTHER_OPEN', details: { examId: early.id } }
  })
  clock.ms += 10_000
  t.match(
    await request('POST', `/exams/${exam.id}/start`),
    { status: 201 },
    'an attempt whose time is over does not prevent a new one'
  )
  t.match(await app.services.db.attempts.byId(begun.body.attempt.id), { state: 'submitted', submittedBy: 'time' })
  t.match(await request('POST', `/exams/${early.id}/start`), { status: 409 })
  await as(app, teacher)('POST', `/exams/${exam.id}/archive`)
  t.match(await as(app, await person(app))('POST', `/exams/${exam.id}/start`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_EXAM_CLOSED', details: { state: 'archived' } }
  })
  t.match(await request('POST', `/exams/${exam.id}/start`), { status: 200 }, 'an open attempt goes on')
  t.match(await request('POST', `/exams/${UNKNOWN_ID}/start`), { status: 404, body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' } })
  t.equal((await request('POST', `/exams/${exam.id}/start`, { more: 1 })).status, 400)
})

t.test('if the exam requires it, the camera is checked before the start', async t => {
  const view = { faces: [face(), face()] }
  const { app, clock } = await clocked(t, {
    pool: { analyzeStill: async () => analysis({ ...view, persons: view.faces.length }) }
  })
  const { exam, teacher } = await stage(app, { needsPreflight: true })
  const student = await person(app)
  const request = as(app, student)
  const start = async () => await request('POST', `/exams/${exam.id}/start`)
  t.match(await start(), { status: 409, body: { code: 'INVIGIL_ERR_PREFLIGHT_MISSING' } })
  t.match(await request('POST', `/exams/${exam.id}/preflight`, PICTURE), {
    status: 200,
    body: { isPassed: false, problems: [{ kind: 'multiple_faces', event: 'Multiple faces detected' }] }
  })
  t.match(await start(), { status: 409 }, 'a failed check does not count')
  view.faces = [face()]
  const passed = await request('POST', `/exams/${exam.id}/preflight`, PICTURE)
  t.same(
    [passed.status, passed.body],
    [200, { isPassed: true, problems: [], atMs: clock.ms, validUntilMs: clock.ms + 900_000 }]
  )
  clock.ms += 901_000
  t.match(await start(), { status: 409 }, 'it was too long ago')
  await request('POST', `/exams/${exam.id}/preflight`, PICTURE)
  t.match(await start(), { status: 201 })

  view.faces = []
  const two = await person(app)
  t.match(await as(app, two)('POST', `/exams/${exam.id}/preflight`, PICTURE), {
    body: { isPassed: false, problems: [{ kind: 'face_missing' }] }
  })
  await as(app, teacher)('PUT', `/exams/${exam.id}/accommodations/${two.user.id}`, {
    reason: 'no camera',
    flags: { rules: { face_missing: { enabled: false } } }
  })
  t.match(
    await as(app, two)('POST', `/exams/${exam.id}/preflight`, PICTURE),
    { body: { isPassed: true } },
    'by the rules that hold for this candidate'
  )
  t.match(await request('POST', `/exams/${exam.id}/preflight`, {}), {
    status: 400,
    body: { code: 'INVIGIL_ERR_IMAGE_EMPTY' }
  })
  t.match(await request('POST', `/exams/${exam.id}/preflight`, { image: '%' }), {
    status: 400,
    body: { code: 'INVIGIL_ERR_FRAME_BASE64' }
  })
})

t.test('POST /exam/start also starts an exam, and replaces a session without an exam', async t => {
  const app = await build(t)
  const { exam, teacher } = await stage(app)
  const student = await person(app)
  const request = as(app, student)
  const loose = await request<{ id: string }>('POST', `/exam/start/${student.user.id}`)
  t.match(loose, { status: 201, body: { examId: null, attemptId: null } })
  const started = await request<{ id: string, attempt: { id: string } }>('POST', `/exam/start/${student.user.id}`, {
    examId: exam.id
  })
  t.match(started, {
    status: 201,
    body: {
      examId: exam.id,
      state: 'active',
      attempt: { number: 1 },
      clock: { isPaused: false },
      socketPath: `/ws/${student.user.id}`
    }
  })
  t.match(await app.services.db.sessions.byId(loose.body.id), { state: 'stopped' })
  t.match(await request('POST', `/exam/start/${student.user.id}`, { examId: exam.id }), {
    status: 200,
    body: { id: started.body.id }
  })
  t.match(await request('POST', `/exam/start/${student.user.id}`), { status: 200, body: { id: started.body.id } })
  t.match(await request('POST', `/exam/start/${student.user.id}`, { examId: UNKNOWN_ID }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' }
  })
  t.match(await as(app, teacher)('POST', `/exam/start/${teacher.user.id}`, { examId: exam.id }), { status: 403 })
  const { exam: closed } = await stage(app, { isOpenToAll: false })
  t.match(await as(app, await person(app))('POST', `/exams/${closed.id}/start`), { status: 403 })
  const outsider = await person(app)
  t.match(await as(app, outsider)('POST', `/exam/start/${outsider.user.id}`, { examId: closed.id }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS' }
  })
})
