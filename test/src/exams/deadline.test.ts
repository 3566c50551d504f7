import t from 'tap'
import { newId, openDatabase } from '../../../db/index.ts'
import { startDeadlines } from '../../../src/exams/deadline.ts'
import { clocked, person } from '../../support/app.ts'
import { as, sit, stage, type Begun } from '../../support/exams.ts'

t.test('the server\'s clock counts: a pause by staff stops it, extra time lengthens it, and its end hands in', async t => {
  const { app, clock } = await clocked(t)
  const { exam, teacher, questions } = await stage(app, { durationMs: 60_000 })
  const { student, attempt, session, clock: first } = await sit(app, exam)
  const request = as(app, student)
  const path = `/attempts/${attempt.id}`
  const read = async () => (await request<{ clock: Begun['clock'], state: string }>('GET', path)).body
  t.same([first.endsAtMs, first.remainingMs], [clock.ms + 60_000, 60_000])
  clock.ms += 20_000
  t.equal((await as(app, teacher)('POST', `/exam/pause/${student.user.id}`)).status, 200)
  clock.ms += 100_000
  t.match((await read()).clock, { isPaused: true, remainingMs: 40_000 })
  for (const [method, at, payload] of [
    ['GET', 'questions', undefined],
    ['PUT', `answers/${questions[0]!.id}`, { value: 'a', clientSeq: 1 }]
  ] as const) {
    t.match(await request(method, `${path}/${at}`, payload), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_PAUSED' } })
  }
  t.equal(await app.attempts.settle(), 0, 'a pause hands nothing in')
  t.equal((await as(app, teacher)('POST', `/exam/resume/${student.user.id}`)).status, 200)
  clock.ms += 30_000
  t.match((await read()).clock, { isPaused: false, remainingMs: 10_000 })
  await as(app, teacher)('PUT', `/exams/${exam.id}/accommodations/${student.user.id}`, {
    extraTimeShare: 0.5,
    reason: 'more time'
  })
  t.match((await read()).clock, { remainingMs: 40_000 })
  clock.ms += 20_000
  t.equal((await request('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq: 1 })).status, 200)
  t.equal(await app.attempts.settle(), 0)
  clock.ms += 21_000
  t.equal(
    (await request('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq: 2 })).status,
    200,
    'what was on its way at the end counts'
  )
  clock.ms += 2_000
  t.equal(await app.attempts.settle(), 1)
  t.match(await app.services.db.attempts.byId(attempt.id), {
    state: 'submitted',
    submittedBy: 'time',
    points: 2,
    pointsMax: 20
  })
  t.match(await app.services.db.sessions.byId(session.id), { state: 'stopped' })
  t.equal(await app.attempts.settle(), 0, 'once')
  t.match(await request('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq: 3 }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_ATTEMPT_SUBMITTED' }
  })
})

t.test('extra time moves the closing time for this candidate alone', async t => {
  const { app, clock } = await clocked(t)
  const closesAtMs = clock.ms + 100_000
  const { exam, teacher } = await stage(app, { durationMs: 60_000, opensAtMs: clock.ms - 1_000, closesAtMs })
  const [slow, other] = [await person(app), await person(app)]
  await as(app, teacher)('PUT', `/exams/${exam.id}/accommodations/${slow.user.id}`, {
    extraTimeShare: 0.5,
    reason: 'more time'
  })
  clock.ms = closesAtMs + 1
  t.match(await as(app, other)('POST', `/exams/${exam.id}/start`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_EXAM_CLOSED', details: { closesAtMs } }
  })
  t.match((await as(app, slow)('GET', `/exams/${exam.id}`)).body, {
    closesAtMs: closesAtMs + 30_000,
    durationMs: 90_000
  })
  const begun = await as(app, slow)<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(begun, { status: 201, body: { clock: { endsAtMs: closesAtMs + 30_000 } } })
  clock.ms += 29_000
  t.equal(await app.attempts.settle(), 0)
  clock.ms += 3_100
  t.equal(await app.attempts.settle(), 1)
  t.match(await app.services.db.attempts.byId(begun.body.attempt.id), { submittedBy: 'time' })

  // Without a duration the extra time is a share of the time from opening to closing.
  const { exam: whole, teacher: author } = await stage(app, {
    durationMs: null,
    opensAtMs: clock.ms - 100_000,
    closesAtMs: clock.ms + 100_000
  })
  const { student, attempt } = await sit(app, whole)
  await as(app, author)('PUT', `/exams/${whole.id}/accommodations/${student.user.id}`, {
    extraTimeShare: 0.25,
    reason: 'more time'
  })
  t.match((await as(app, student)('GET', `/attempts/${attempt.id}`)).body, {
    clock: { endsAtMs: Number(whole['closesAtMs']) + 50_000 }
  })
})

t.test('an attempt whose time ends while no server runs is handed in at the next start', async t => {
  const url = `file:${t.testdir()}/a.db`
  const clock = { ms: Date.now() }
  const first = await openDatabase({ url })
  const user = await first.users.create({ email: 'a@example.org', name: 'A', role: 'student', createdAtMs: clock.ms })
  const exam = await first.exams.create(
    { ownerId: newId(), title: 'x', durationMs: 60_000, isOpenToAll: true, atMs: clock.ms },
    [{ section: '', kind: 'boolean', text: 'So?', points: 3, body: { correct: true } }]
  )
  const begun = await first.attempts.start({
    examId: exam.id,
    userId: user.id,
    attemptsMax: 1,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: clock.ms + 60_000,
    atMs: clock.ms
  })
  if (begun.outcome !== 'created') throw new Error('not begun')
  const { session } = await first.sessions.open({
    userId: user.id,
    examId: exam.id,
    attemptId: begun.attempt.id,
    atMs: clock.ms
  })
  const [question] = await first.questions.list(exam.id)
  await first.answers.save({
    attemptId: begun.attempt.id,
    questionId: question!.id,
    value: true,
    clientSeq: 1,
    savedAtMs: clock.ms
  })
  await first.close()

  clock.ms += 3_600_000
  const db = await openDatabase({ url })
  t.teardown(async () => await db.close())
  const [{ app }, { app: other }] = [await clocked(t, { db }, clock), await clocked(t, { db }, clock)]
  await Promise.all([app.attempts.settle(), other.attempts.settle()])
  t.match(await db.attempts.byId(begun.attempt.id), {
    state: 'submitted',
    submittedBy: 'time',
    points: 3,
    pointsMax: 3
  })
  t.match(await db.sessions.byId(session.id), { state: 'stopped' })

  // The state after a process was killed between the hand-in and the end of the session with its grades.
  const again = await db.attempts.start({
    examId: exam.id,
    userId: user.id,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs: clock.ms
  })
  if (again.outcome !== 'created') throw new Error('not begun')
  const left = await db.sessions.open({ userId: user.id, examId: exam.id, attemptId: again.attempt.id, atMs: clock.ms })
  await db.attempts.submit(again.attempt.id, 'candidate', clock.ms)
  const { app: third } = await clocked(t, { db }, clock)
  await third.attempts.settle()
  t.match(await db.attempts.byId(again.attempt.id), { points: 0, pointsMax: 3, gradedAtMs: Number })
  t.match(await db.sessions.byId(left.session.id), { state: 'stopped' })
})

t.test('periodic checks continue after a failed one, run one at a time, and stop on request', async t => {
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
  // The periodic checks alone do not keep a process alive.
  const alive = setInterval(() => {}, 1000)
  await enough
  await end()
  clearInterval(alive)
  const ended = rounds
  await new Promise(resolve => setTimeout(resolve, 5))
  t.equal(rounds, ended)
})
