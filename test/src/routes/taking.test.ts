import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { newId, openDatabase } from '../../../db/index.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { startDeadlines } from '../../../src/exams/deadline.ts'
import { analysis, build, face, person, type LoggedIn, type Overrides } from '../../support/app.ts'
import { as, RIGHT, sit, stage, type Begun, type ExamBody, type QuestionBody } from '../../support/exams.ts'
import { JPEG } from '../../support/gateway.ts'
import { mariadbMissing, startMariadb } from '../../support/mariadb.ts'

const NOBODY = '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'
const PICTURE = { image: Buffer.from(JPEG).toString('base64') }

interface Result { readonly attempt: { readonly points: number | null, readonly pointsMax: number | null, readonly gradedAtMs: number | null }, readonly questions: Array<{ readonly kind: string, readonly points: number | null, readonly pointsMax: number, readonly value: unknown, readonly comment: string }> }

/** An application on a clock that the test turns. */
async function clocked (t: Parameters<typeof build>[0], overrides: Overrides = {}): Promise<{ app: FastifyInstance, clock: { ms: number } }> {
  const clock = { ms: Date.now() }
  const app = await build(t, { ...overrides, live: { ...overrides.live, now: () => clock.ms } })
  return { app, clock }
}

/** Answers every question as in `values`, by kind. */
async function answerAll (app: FastifyInstance, who: LoggedIn, attemptId: string, questions: readonly QuestionBody[], values: Readonly<Record<string, unknown>>): Promise<void> {
  for (const { id, kind } of questions) {
    if (kind in values) await as(app, who)('PUT', `/attempts/${attemptId}/answers/${id}`, { value: values[kind], clientSeq: 1 })
  }
}

t.test('an exam is sat from its start to its released result', async t => {
  const app = await build(t)
  const { teacher, exam, questions } = await stage(app, { attemptsMax: 1 })
  const student = await person(app)
  const [ask, staff] = [as(app, student), as(app, teacher)]
  const begun = await ask<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(begun, { status: 201, body: { attempt: { examId: exam.id, number: 1, state: 'open', points: null }, session: { state: 'active', examId: exam.id, attemptId: begun.body.attempt.id }, clock: { isPaused: false, endsAtMs: Number }, socketPath: `/ws/${student.user.id}` } })
  t.ok(begun.body.clock.remainingMs! <= 3_600_000 && begun.body.clock.remainingMs! > 3_590_000)
  t.match(await ask<Begun>('POST', `/exams/${exam.id}/start`), { status: 200, body: { attempt: { id: begun.body.attempt.id }, session: { id: begun.body.session.id } } }, 'starting again goes on')
  const path = `/attempts/${begun.body.attempt.id}`

  const shown = await ask<{ questions: QuestionBody[] }>('GET', `${path}/questions`)
  t.same(shown.body.questions.map(({ id }) => id), questions.map(({ id }) => id))
  t.match(shown.body.questions[0], { choices: [{ id: 'a', text: '3' }, { id: 'b', text: '4' }, { id: 'c', text: '5' }], points: 2 })
  for (const secret of ['correct', 'accepted', 'guidance', 'tolerance', 'body', 'Dhaka']) t.notMatch(JSON.stringify(shown.body), secret, `${secret} is not told`)

  await answerAll(app, student, begun.body.attempt.id, questions, { ...RIGHT, multiple: ['a', 'c'] })
  const code = questions.find(({ kind }) => kind === 'code')!
  for (const text of ['print(0)', 'print(1)']) t.match(await ask('POST', `${path}/code`, { questionId: code.id, language: 'python', code: text }), { status: 201, body: { code: text } })
  t.match(await ask('GET', `${path}/code?questionId=${code.id}`), { body: { submissions: [{ code: 'print(1)' }, { code: 'print(0)' }], next: null } }, 'the history stays')
  const page = await staff<{ next: string }>('GET', `${path}/code?limit=1`)
  t.match(await staff('GET', `${path}/code?limit=1&before=${page.body.next}`), { body: { submissions: [{ code: 'print(0)' }], next: null } })
  t.match((await staff<{ answers: unknown[] }>('GET', `${path}/answers`)).body.answers.length, 7)
  t.match(await ask('GET', `${path}/result`), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN' } })
  const long = questions.find(({ kind }) => kind === 'long')!
  t.match(await staff('PUT', `${path}/grades/${long.id}`, { points: 1 }), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN' } })

  t.match(await ask('POST', `${path}/submit`), { status: 200, body: { state: 'submitted', submittedBy: 'candidate', points: null } }, 'the points wait for the release')
  t.match(await app.services.db.sessions.byId(begun.body.session.id), { state: 'stopped', endReason: 'submitted' })
  t.match(await ask('GET', `${path}/result`), { status: 409, body: { code: 'INVIGIL_ERR_RESULT_UNRELEASED' } })
  const result = await staff<Result>('GET', `${path}/result`)
  t.same(result.body.questions.map(({ kind, points, pointsMax }) => [kind, points, pointsMax]), [['single', 2, 2], ['multiple', 0, 4], ['boolean', 1, 1], ['number', 2, 2], ['short', 1, 1], ['long', null, 6], ['code', null, 4]])
  t.match(result.body, { attempt: { points: 6, pointsMax: 20, gradedAtMs: null }, risk: { riskScore: 0, riskLevel: 'Low' }, questions: [{ body: { correct: 'b' } }] })

  t.match(await staff('GET', `/exams/${exam.id}/attempts?needsGrading=true`), { body: { attempts: [{ id: begun.body.attempt.id, userName: student.user.name }] } })
  t.match(await staff('PUT', `${path}/grades/${long.id}`, { points: 4.5, comment: 'Two reasons' }), { status: 200, body: { points: 4.5, isAuto: false, graderId: teacher.user.id } })
  t.match(await staff('PUT', `${path}/grades/${code.id}`, { points: 5 }), { status: 422, body: { code: 'INVIGIL_ERR_POINTS_INVALID', details: { pointsMax: 4 } } })
  t.match(await staff('PUT', `${path}/grades/${code.id}`, { points: 4 }), { status: 200 })
  t.match(await staff('GET', `/exams/${exam.id}/attempts?needsGrading=true`), { body: { attempts: [] } })
  t.match(await app.services.db.audit.list({ targetId: begun.body.attempt.id, limit: 2 }), [{ action: 'attempt.grade', detail: { points: 4 } }, { detail: { points: 4.5 } }])
  t.match(await staff('GET', `/exams/${exam.id}/statistics`), { status: 200, body: { open: 0, submitted: 1, graded: 1, meanShare: 0.725, risk: { low: 1, medium: 0, high: 0 } } })

  await staff('POST', `/exams/${exam.id}/release`, {})
  const own = await ask<Result>('GET', `${path}/result`)
  t.match(own, { status: 200, body: { isReleased: true, attempt: { points: 14.5, pointsMax: 20, gradedAtMs: Number }, questions: [{ kind: 'single', value: 'b', choices: [{ id: 'a' }], points: 2 }] } })
  t.match(own.body.questions[5], { comment: 'Two reasons', points: 4.5 })
  for (const secret of ['correct', 'accepted', 'guidance']) t.notMatch(JSON.stringify(own.body), secret, `${secret} is not told`)
  t.match(await ask('GET', '/attempts'), { body: { attempts: [{ examTitle: 'Everything', points: 14.5, isReleased: true }], next: null } })
  t.match(await ask('POST', `/exams/${exam.id}/start`), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPTS_EXHAUSTED' } })
})

t.test('an answer is saved once however often it is sent, and a late one never over a newer', async t => {
  const app = await build(t)
  const { exam, questions } = await stage(app)
  const { student, attempt } = await sit(app, exam)
  const ask = as(app, student)
  const path = `/attempts/${attempt.id}/answers`
  const [single] = questions
  const save = async (value: unknown, clientSeq: number) => await ask('PUT', `${path}/${single!.id}`, { value, clientSeq })
  t.match(await save('a', 1), { status: 200, body: { questionId: single!.id, clientSeq: 1, savedAtMs: Number } })
  t.match(await save('b', 3), { status: 200 })
  t.match(await save('b', 3), { status: 200 }, 'sent again')
  t.match(await save('c', 2), { status: 409, body: { code: 'INVIGIL_ERR_ANSWER_STALE' } })
  const races = await Promise.all([7, 5, 6, 4].map(async seq => await save(seq === 7 ? 'c' : 'a', seq)))
  t.ok(races.every(({ status }) => status === 200 || status === 409))
  t.match(await ask('GET', path), { body: { answers: [{ questionId: single!.id, value: 'c', clientSeq: 7 }] } })
  t.match(await save(null, 8), { status: 200 }, 'taken back')
  t.match(await ask('GET', path), { body: { answers: [{ value: null }] } })

  const odd: Array<[string, unknown]> = [['single', 'd'], ['single', ['a']], ['multiple', 'a'], ['multiple', ['a', 'a']], ['boolean', 'true'], ['number', 'many'], ['short', 5], ['long', {}], ['long', 'x'.repeat(100_001)]]
  for (const [kind, value] of odd) {
    const { id } = questions.find(question => question.kind === kind)!
    t.match(await ask('PUT', `${path}/${id}`, { value, clientSeq: 1 }), { status: 422, body: { code: 'INVIGIL_ERR_ANSWER_INVALID', details: { kind } } }, `${kind} ${JSON.stringify(value).slice(0, 20)}`)
  }
  for (const payload of [{}, { value: 'a' }, { clientSeq: 1 }, { value: 'a', clientSeq: 0 }, { value: 'a', clientSeq: 1.5 }, { value: 'a', clientSeq: 1, more: 1 }]) t.equal((await ask('PUT', `${path}/${single!.id}`, payload)).status, 400, JSON.stringify(payload))
  t.match(await ask('PUT', `${path}/${single!.id}`, { value: 'x'.repeat(700_000), clientSeq: 9 }), { status: 413, body: { code: 'INVIGIL_ERR_TOO_LARGE' } })
  const other = await stage(app)
  for (const id of [other.questions[0]!.id, NOBODY]) t.match(await ask('PUT', `${path}/${id}`, { value: 'a', clientSeq: 1 }), { status: 404, body: { code: 'INVIGIL_ERR_QUESTION_UNKNOWN' } })
  t.match(await ask('PUT', `/attempts/${NOBODY}/answers/${single!.id}`, { value: 'a', clientSeq: 1 }), { status: 404, body: { code: 'INVIGIL_ERR_ATTEMPT_UNKNOWN' } })

  const code = { questionId: questions.find(({ kind }) => kind === 'code')!.id, language: 'python', code: 'x' }
  for (const payload of [{}, { ...code, code: '' }, { ...code, code: 'x'.repeat(100_001) }, { ...code, language: 'x'.repeat(65) }, { ...code, questionId: 'x' }]) t.equal((await ask('POST', `/attempts/${attempt.id}/code`, payload)).status, 400)
  t.match(await ask('POST', `/attempts/${attempt.id}/code`, { ...code, questionId: single!.id }), { status: 422, body: { code: 'INVIGIL_ERR_ANSWER_INVALID' } })
})

t.test('handing in succeeds whatever happens to the watching: no recording, no worker, no live side', async t => {
  const down = (): never => { throw new DetectionError('INVIGIL_ERR_WORKER_LOST', 'gone') }
  for (const [name, stop] of [['fails', async () => { throw new Error('the live side is down') }], ['never answers', () => new Promise<boolean>(() => {})], ['throws', down]] as const) {
    let isDown = false
    const app = await build(t, {
      pool: { analyze: async () => isDown ? down() : analysis(), analyzeStill: async () => isDown ? down() : analysis() },
      services: services => ({ ...services, live: { ...services.live, stop: (...args) => isDown ? stop() : services.live.stop(...args), summary: async id => isDown ? down() : await services.live.summary(id) } })
    })
    const { teacher, exam, questions } = await stage(app)
    const { student, attempt, session } = await sit(app, exam)
    await answerAll(app, student, attempt.id, questions, RIGHT)
    await as(app, teacher)('POST', `/exams/${exam.id}/release`, {})
    isDown = true
    const submitted = await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
    t.match(submitted, { status: 200, body: { state: 'submitted', points: 10, pointsMax: 20 } }, `the live side ${name}`)
    t.match(await app.services.db.sessions.byId(session.id), { state: 'active' })
    isDown = false
    await app.sittings.settle()
    t.match(await app.services.db.sessions.byId(session.id), { state: 'stopped' }, 'the session is ended later')
  }
})

t.test('handing in happens once, and what comes after it is refused', async t => {
  const app = await build(t)
  const { exam, questions } = await stage(app)
  const { student, attempt } = await sit(app, exam)
  const ask = as(app, student)
  const answers = await Promise.all([1, 2, 3, 4].map(async () => await ask('POST', `/attempts/${attempt.id}/submit`)))
  t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
  for (const { body } of answers.filter(({ status }) => status === 409)) t.equal(body['code'], 'INVIGIL_ERR_ATTEMPT_SUBMITTED')
  const [single] = questions
  for (const [method, path, payload] of [['PUT', `answers/${single!.id}`, { value: 'a', clientSeq: 1 }], ['GET', 'questions', undefined], ['POST', 'code', { questionId: single!.id, language: 'x', code: 'x' }], ['POST', 'submit', undefined]] as const) {
    t.match(await ask(method, `/attempts/${attempt.id}/${path}`, payload), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_SUBMITTED' } }, path)
  }
  t.match(await ask('POST', `/exams/${exam.id}/start`), { status: 201, body: { attempt: { number: 2 } } }, 'another attempt where there is no limit')
})

t.test('an exam begins only for whom, when and as it may', async t => {
  const { app, clock } = await clocked(t)
  const { exam: early } = await stage(app, { opensAtMs: clock.ms + 1000, closesAtMs: clock.ms + 2000 })
  const { exam, teacher } = await stage(app)
  const student = await person(app)
  const ask = as(app, student)
  t.match(await ask('POST', `/exams/${early.id}/start`), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_CLOSED', details: { opensAtMs: early['opensAtMs'] } } })
  clock.ms += 1500
  const begun = await ask<Begun>('POST', `/exams/${early.id}/start`)
  t.match(begun, { status: 201, body: { clock: { endsAtMs: early['closesAtMs'] } } }, 'the window ends it before its duration')
  t.match(await ask('POST', `/exams/${exam.id}/start`), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_OTHER_OPEN', details: { examId: early.id } } })
  clock.ms += 10_000
  t.match(await ask('POST', `/exams/${exam.id}/start`), { status: 201 }, 'what is out of time does not stand in the way')
  t.match(await app.services.db.attempts.byId(begun.body.attempt.id), { state: 'submitted', submittedBy: 'time' })
  t.match(await ask('POST', `/exams/${early.id}/start`), { status: 409 })
  await as(app, teacher)('POST', `/exams/${exam.id}/archive`)
  t.match(await as(app, await person(app))('POST', `/exams/${exam.id}/start`), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_CLOSED', details: { state: 'archived' } } })
  t.match(await ask('POST', `/exams/${exam.id}/start`), { status: 200 }, 'an open attempt goes on')
  t.match(await ask('POST', `/exams/${NOBODY}/start`), { status: 404, body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' } })
  t.equal((await ask('POST', `/exams/${exam.id}/start`, { more: 1 })).status, 400)
})

t.test('where the exam asks for it the camera is checked first', async t => {
  const seen = { faces: [face(), face()] }
  const { app, clock } = await clocked(t, { pool: { analyzeStill: async () => analysis({ ...seen, persons: seen.faces.length }) } })
  const { exam, teacher } = await stage(app, { needsPreflight: true })
  const student = await person(app)
  const ask = as(app, student)
  const start = async () => await ask('POST', `/exams/${exam.id}/start`)
  t.match(await start(), { status: 409, body: { code: 'INVIGIL_ERR_PREFLIGHT_MISSING' } })
  t.match(await ask('POST', `/exams/${exam.id}/preflight`, PICTURE), { status: 200, body: { isPassed: false, problems: [{ kind: 'multiple_faces', event: 'Multiple faces detected' }] } })
  t.match(await start(), { status: 409 }, 'a check that was not passed is none')
  seen.faces = [face()]
  t.match(await ask('POST', `/exams/${exam.id}/preflight`, PICTURE), { status: 200, body: { isPassed: true, problems: [], validUntilMs: clock.ms + 900_000 } })
  clock.ms += 901_000
  t.match(await start(), { status: 409 }, 'it was too long ago')
  await ask('POST', `/exams/${exam.id}/preflight`, PICTURE)
  t.match(await start(), { status: 201 })

  seen.faces = []
  const two = await person(app)
  t.match(await as(app, two)('POST', `/exams/${exam.id}/preflight`, PICTURE), { body: { isPassed: false, problems: [{ kind: 'face_missing' }] } })
  await as(app, teacher)('PUT', `/exams/${exam.id}/accommodations/${two.user.id}`, { reason: 'no camera', flags: { rules: { face_missing: { enabled: false } } } })
  t.match(await as(app, two)('POST', `/exams/${exam.id}/preflight`, PICTURE), { body: { isPassed: true } }, 'by the rules that hold for this candidate')
  t.match(await ask('POST', `/exams/${exam.id}/preflight`, {}), { status: 400, body: { code: 'INVIGIL_ERR_IMAGE_EMPTY' } })
  t.match(await ask('POST', `/exams/${exam.id}/preflight`, { image: '%' }), { status: 400, body: { code: 'INVIGIL_ERR_FRAME_BASE64' } })
})

t.test('the clock is the server\'s: it stands in a pause, extra time lengthens it, and its end hands in', async t => {
  const { app, clock } = await clocked(t)
  const { exam, teacher, questions } = await stage(app, { durationMs: 60_000 })
  const { student, attempt, session, clock: first } = await sit(app, exam)
  const ask = as(app, student)
  const path = `/attempts/${attempt.id}`
  const read = async () => (await ask<{ clock: Begun['clock'], state: string }>('GET', path)).body
  t.same([first.endsAtMs, first.remainingMs], [clock.ms + 60_000, 60_000])
  clock.ms += 20_000
  t.equal((await ask('POST', `/exam/pause/${student.user.id}`)).status, 200)
  clock.ms += 100_000
  t.match((await read()).clock, { isPaused: true, remainingMs: 40_000 })
  for (const [method, at, payload] of [['GET', 'questions', undefined], ['PUT', `answers/${questions[0]!.id}`, { value: 'a', clientSeq: 1 }]] as const) t.match(await ask(method, `${path}/${at}`, payload), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_PAUSED' } })
  t.equal(await app.sittings.settle(), 0, 'a pause hands nothing in')
  t.equal((await ask('POST', `/exam/resume/${student.user.id}`)).status, 200)
  clock.ms += 30_000
  t.match((await read()).clock, { isPaused: false, remainingMs: 10_000 })
  await as(app, teacher)('PUT', `/exams/${exam.id}/accommodations/${student.user.id}`, { extraTimeShare: 0.5, reason: 'more time' })
  t.match((await read()).clock, { remainingMs: 40_000 })
  clock.ms += 20_000
  t.equal((await ask('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq: 1 })).status, 200)
  t.equal(await app.sittings.settle(), 0)
  clock.ms += 21_000
  t.equal((await ask('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq: 2 })).status, 200, 'what was on its way at the end counts')
  clock.ms += 2_000
  t.equal(await app.sittings.settle(), 1)
  t.match(await app.services.db.attempts.byId(attempt.id), { state: 'submitted', submittedBy: 'time', points: 2, pointsMax: 20 })
  t.match(await app.services.db.sessions.byId(session.id), { state: 'stopped' })
  t.equal(await app.sittings.settle(), 0, 'once')
  t.match(await ask('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq: 3 }), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_SUBMITTED' } })
})

t.test('what ran out of time while no server was there is handed in when one is there again', async t => {
  const url = `file:${t.testdir()}/a.db`
  const clock = { ms: Date.now() }
  const first = await openDatabase({ url })
  const user = await first.users.create({ email: 'a@example.org', name: 'A', role: 'student', createdAtMs: clock.ms })
  const exam = await first.exams.create({ ownerId: newId(), title: 'x', durationMs: 60_000, isOpenToAll: true, atMs: clock.ms }, [{ section: '', kind: 'boolean', text: 'So?', points: 3, body: { correct: true } }])
  const begun = await first.attempts.start({ examId: exam.id, userId: user.id, attemptsMax: 1, examVersion: 1, policyVersion: 1, dueAtMs: clock.ms + 60_000, atMs: clock.ms })
  if (begun.outcome !== 'created') throw new Error('not begun')
  const { session } = await first.sessions.open({ userId: user.id, examId: exam.id, attemptId: begun.attempt.id, atMs: clock.ms })
  const [question] = await first.questions.list(exam.id)
  await first.answers.save({ attemptId: begun.attempt.id, questionId: question!.id, value: true, clientSeq: 1, savedAtMs: clock.ms })
  await first.close()

  clock.ms += 3_600_000
  const db = await openDatabase({ url })
  t.teardown(async () => await db.close())
  const [app, other] = [await clockedOn(t, db, clock), await clockedOn(t, db, clock)]
  await Promise.all([app.sittings.settle(), other.sittings.settle()])
  t.match(await db.attempts.byId(begun.attempt.id), { state: 'submitted', submittedBy: 'time', points: 3, pointsMax: 3 })
  t.match(await db.sessions.byId(session.id), { state: 'stopped' })

  // Handed in, and then the process was gone before the session ended and the grades were stored.
  const again = await db.attempts.start({ examId: exam.id, userId: user.id, attemptsMax: null, examVersion: 1, policyVersion: 1, dueAtMs: null, atMs: clock.ms })
  if (again.outcome !== 'created') throw new Error('not begun')
  const left = await db.sessions.open({ userId: user.id, examId: exam.id, attemptId: again.attempt.id, atMs: clock.ms })
  await db.attempts.submit(again.attempt.id, 'candidate', clock.ms)
  const third = await clockedOn(t, db, clock)
  await third.sittings.settle()
  t.match(await db.attempts.byId(again.attempt.id), { points: 0, pointsMax: 3, gradedAtMs: Number })
  t.match(await db.sessions.byId(left.session.id), { state: 'stopped' })
})

async function clockedOn (t: Parameters<typeof build>[0], db: Awaited<ReturnType<typeof openDatabase>>, clock: { ms: number }): Promise<FastifyInstance> {
  return await build(t, { db, live: { now: () => clock.ms } })
}

t.test('the rounds go on after a failed one, one at a time, and end when asked', async t => {
  let rounds = 0
  let running = 0
  let third = (): void => {}
  const enough = new Promise<void>(resolve => { third = resolve })
  const end = startDeadlines({
    settle: async () => {
      t.equal(++running, 1)
      await new Promise(resolve => setImmediate(resolve))
      running--
      if (++rounds === 3) third()
      if (rounds === 1) throw new Error('the database is away')
      return 0
    }
  }, { warn: () => {} }, 1)
  // The rounds alone keep no process alive.
  const alive = setInterval(() => {}, 1000)
  await enough
  await end()
  clearInterval(alive)
  const ended = rounds
  await new Promise(resolve => setTimeout(resolve, 5))
  t.equal(rounds, ended)
})

t.test('whoever ends the session hands the attempt in', async t => {
  const app = await build(t)
  const { exam, teacher } = await stage(app)
  const [one, two, three] = [await sit(app, exam), await sit(app, exam), await sit(app, exam)]
  t.equal((await as(app, one.student)('POST', `/exam/stop/${one.student.user.id}`)).status, 200)
  t.equal((await as(app, teacher)('POST', `/exam/stop/${two.student.user.id}`)).status, 200)
  await app.services.live.terminate(three.session.id, teacher.user.id, 'enough')
  const by = async (id: string) => (await app.services.db.attempts.byId(id))?.submittedBy
  t.same([await by(one.attempt.id), await by(two.attempt.id), await by(three.attempt.id)], ['candidate', 'staff', 'terminated'])

  const four = await sit(app, exam)
  await app.services.db.sessions.transition(four.session.id, ['active'], 'stopped', Date.now(), 'system')
  const ask = as(app, four.student)
  t.match(await ask('GET', `/attempts/${four.attempt.id}/questions`), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_UNWATCHED' } })
  const again = await ask<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(again, { status: 200, body: { attempt: { id: four.attempt.id } } })
  t.not(again.body.session.id, four.session.id, 'an attempt that lost its session gets a new one')
  await app.services.db.sessions.transition(again.body.session.id, ['active'], 'terminated', Date.now(), 'system')
  t.match(await ask('POST', `/exams/${exam.id}/start`), { status: 201, body: { attempt: { number: 2 } } }, 'what was terminated is handed in, not gone on with')
  t.equal(await by(four.attempt.id), 'terminated')
})

t.test('the old address starts an exam too, and a session of none gives way', async t => {
  const app = await build(t)
  const { exam, teacher } = await stage(app)
  const student = await person(app)
  const ask = as(app, student)
  const loose = await ask<{ id: string }>('POST', `/exam/start/${student.user.id}`)
  t.match(loose, { status: 201, body: { examId: null, attemptId: null } })
  const started = await ask<{ id: string, attempt: { id: string } }>('POST', `/exam/start/${student.user.id}`, { examId: exam.id })
  t.match(started, { status: 201, body: { examId: exam.id, state: 'active', attempt: { number: 1 }, clock: { isPaused: false }, socketPath: `/ws/${student.user.id}` } })
  t.match(await app.services.db.sessions.byId(loose.body.id), { state: 'stopped' })
  t.match(await ask('POST', `/exam/start/${student.user.id}`, { examId: exam.id }), { status: 200, body: { id: started.body.id } })
  t.match(await ask('POST', `/exam/start/${student.user.id}`), { status: 200, body: { id: started.body.id } })
  t.match(await ask('POST', `/exam/start/${student.user.id}`, { examId: NOBODY }), { status: 404, body: { code: 'INVIGIL_ERR_EXAM_UNKNOWN' } })
  t.match(await as(app, teacher)('POST', `/exam/start/${teacher.user.id}`, { examId: exam.id }), { status: 403 })
  const { exam: closed } = await stage(app, { isOpenToAll: false })
  t.match(await as(app, await person(app))('POST', `/exams/${closed.id}/start`), { status: 403 })
  const outsider = await person(app)
  t.match(await as(app, outsider)('POST', `/exam/start/${outsider.user.id}`, { examId: closed.id }), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
})

t.test('questions and choices come in an order of their own for each attempt, the same at every look', async t => {
  const app = await build(t)
  const many = Array.from({ length: 12 }, (_, index) => ({ kind: 'single', text: `${index}`, body: { choices: ['1', '2', '3', '4', '5'], correct: 'a' } }))
  const { exam } = await stage(app, { shuffle: true }, many)
  const orders = []
  for (const { student, attempt } of [await sit(app, exam), await sit(app, exam)]) {
    const read = async () => (await as(app, student)<{ questions: Array<{ text: string, choices: Array<{ id: string }> }> }>('GET', `/attempts/${attempt.id}/questions`)).body.questions
    const once = await read()
    t.same(await read(), once)
    t.same(once.map(({ text }) => Number(text)).sort((a, b) => a - b), many.map((_, index) => index))
    orders.push(once.map(({ text, choices }) => [text, ...choices.map(({ id }) => id)].join()))
  }
  t.not(orders[0]!.join(';'), orders[1]!.join(';'))
})

t.test('nobody reads or grades what is another\'s', async t => {
  const app = await build(t)
  const { exam, questions } = await stage(app)
  const { attempt } = await sit(app, exam)
  const path = `/attempts/${attempt.id}`
  for (const who of [await person(app), await person(app, 'teacher')]) {
    for (const at of ['', '/answers', '/result', '/code']) t.match(await as(app, who)('GET', path + at), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } }, at)
  }
  const admin = await person(app, 'admin')
  t.equal((await as(app, admin)('GET', path)).status, 200)
  // A student who became a teacher keeps the attempt, and does not grade it.
  const mine = await sit(app, exam)
  await as(app, mine.student)('POST', `/attempts/${mine.attempt.id}/submit`)
  await app.services.db.users.setRole(mine.student.user.id, 'admin')
  t.match(await as(app, mine.student)('PUT', `/attempts/${mine.attempt.id}/grades/${questions[0]!.id}`, { points: 1 }), { status: 403, body: { code: 'INVIGIL_ERR_FORBIDDEN' } })
  for (const payload of [{}, { points: -1 }, { points: 'x' }, { points: 1, comment: 'x'.repeat(10_001) }]) t.equal((await as(app, admin)('PUT', `${path}/grades/${questions[0]!.id}`, payload)).status, 400)
  t.match(await as(app, admin)('PUT', `${path}/grades/${NOBODY}`, { points: 1 }), { status: 404, body: { code: 'INVIGIL_ERR_QUESTION_UNKNOWN' } })
  for (const query of ['?limit=0', '?limit=101', '?before=x', '?nothing=1']) t.equal((await as(app, await person(app))('GET', `/attempts${query}`)).status, 400, query)
})

/** What several requests at once must not break, on the database given. */
async function races (t: Parameters<typeof build>[0], app: FastifyInstance): Promise<void> {
  const { db } = app.services
  const { exam, questions } = await stage(app, { attemptsMax: 1 })
  const student = await person(app)
  const ask = as(app, student)
  const starts = await Promise.all([1, 2, 3, 4].map(async () => await ask<Begun>('POST', `/exams/${exam.id}/start`)))
  t.same(starts.map(({ status }) => status).sort(), [200, 200, 200, 201])
  t.equal(new Set(starts.map(({ body }) => body.attempt.id)).size, 1, 'one attempt')
  t.equal(new Set(starts.map(({ body }) => body.session.id)).size, 1, 'one session')
  const path = `/attempts/${starts[0]!.body.attempt.id}`
  await answerAll(app, student, starts[0]!.body.attempt.id, questions, RIGHT)
  const ends = await Promise.all([
    ask('POST', `${path}/submit`), ask('POST', `${path}/submit`), ask('POST', `${path}/submit`),
    ask('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'a', clientSeq: 2 }), ask('POST', `/exams/${exam.id}/start`)
  ])
  t.same(ends.slice(0, 3).map(({ status }) => status).sort(), [200, 409, 409])
  for (const { status } of ends.slice(3)) t.ok(status === 200 || status === 409, `${status}`)
  t.equal((await db.attempts.list({ userId: student.user.id, limit: 9 })).length, 1)
  t.equal((await db.sessions.list({ userId: student.user.id, state: 'open', limit: 9 })).length, 0, 'nothing goes on')
  t.equal((await db.grades.list(starts[0]!.body.attempt.id)).length, 7)

  const other = await stage(app)
  const two = await person(app)
  const both = await Promise.all([exam, other.exam].map(async ({ id }: ExamBody) => await as(app, two)('POST', `/exams/${id}/start`)))
  t.same(both.map(({ status }) => status).sort(), [201, 409], 'of two exams at once one')
}

t.test('of several starts and submits at once one counts, on SQLite', async t => {
  await races(t, await build(t))
})

t.test('of several starts and submits at once one counts, on MariaDB', { skip: mariadbMissing() }, async t => {
  const mariadb = await startMariadb()
  t.teardown(async () => await mariadb.stop())
  const db = await openDatabase({ url: mariadb.url })
  t.teardown(async () => await db.close())
  const app = await build(t, { db })
  await races(t, app)
})
