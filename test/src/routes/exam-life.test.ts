import { createHash } from 'node:crypto'
import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { call, clocked, person } from '../../support/app.ts'
import { answerAll, as, RIGHT, sit, stage, type Begun } from '../../support/exams.ts'

interface Receipt {
  readonly attemptId: string
  readonly submittedAtMs: number
  readonly answers: number
  readonly digest: string
}

const { app, clock } = await clocked(t)
const { db, live } = app.services

t.test('handing in returns a receipt that can be computed from the answers, and a repeated request gets the same', async t => {
  const { exam, teacher, questions } = await stage(app)
  const { student, attempt } = await sit(app, exam)
  const request = as(app, student)
  const path = `/attempts/${attempt.id}`
  await answerAll(app, student, attempt.id, questions, RIGHT)
  const code = questions.find(({ kind }) => kind === 'code')!
  for (const text of ['print(0)', 'print("১")']) {
    await request('POST', `${path}/code`, { questionId: code.id, language: 'python', code: text })
  }
  t.match(await request('GET', `${path}/receipt`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN', details: { submitPath: `/api/v1${path}/submit` } }
  })
  const submit = async (key?: string) =>
    await call<{ receipt: Receipt, state: string, code: string }>(app, 'POST', `${path}/submit`, {
      headers: { ...student.headers, ...defined({ 'idempotency-key': key }) }
    })
  for (const key of ['', 'x'.repeat(65), 'with space', 'ä']) {
    t.match(await submit(key), { status: 400, body: { details: { fields: [{ field: 'idempotency-key' }] } } }, key)
  }

  const atOnce = await Promise.all([submit('key-1'), submit('key-1'), submit('key-2'), submit()])
  const won = atOnce.filter(({ status }) => status === 200)
  t.ok(won.length === 1 || won.length === 2, 'both requests of one key, or the one of another')
  t.equal(new Set(won.map(({ body }) => body.receipt.digest)).size, 1)
  const key = (await db.attempts.byId(attempt.id))?.submitKey ?? undefined
  if (key !== undefined) {
    t.match(
      await submit(key),
      { status: 200, body: { state: 'submitted', receipt: won[0]!.body.receipt } },
      'the same key again'
    )
  }
  for (const other of ['key-3', undefined]) {
    t.match(await submit(other), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_SUBMITTED' } })
  }

  // Computed as docs/exam-life.md describes, from responses of the API.
  const {
    body: { answers }
  } = await request<{ answers: Array<{ questionId: string, value: unknown, clientSeq: number, savedAtMs: number }> }>(
    'GET',
    `${path}/answers`
  )
  const {
    body: { submissions }
  } = await request<{
    submissions: Array<{ id: string, questionId: string, language: string, code: string, atMs: number }>
  }>('GET', `${path}/code?limit=1`)
  const text = JSON.stringify({
    answers: answers
      .toSorted((a, b) => (a.questionId < b.questionId ? -1 : 1))
      .map(({ questionId, value, clientSeq, savedAtMs }) => [questionId, value, clientSeq, savedAtMs]),
    code: submissions.map(one => [one.questionId, one.id, one.language, one.code, one.atMs])
  })
  const receipt = {
    attemptId: attempt.id,
    submittedAtMs: clock.ms,
    answers: 7,
    digest: createHash('sha256').update(text).digest('hex')
  }
  t.same(won[0]!.body.receipt, receipt)
  t.same((await request('GET', `${path}/receipt`)).body, receipt)
  t.same((await as(app, teacher)('GET', `${path}/receipt`)).body, receipt)
  t.equal((await as(app, await person(app))('GET', `${path}/receipt`)).status, 403)
})

t.test('staff reopen an attempt while there is time, and its candidate continues with the same answers', async t => {
  const { exam, teacher, questions } = await stage(app, { attemptsMax: 1 })
  const { student, attempt, session } = await sit(app, exam)
  const [request, staff] = [as(app, student), as(app, teacher)]
  const path = `/attempts/${attempt.id}`
  await answerAll(app, student, attempt.id, questions, RIGHT)
  const reopen = async () => await staff('POST', `${path}/reopen`, { reason: 'pressed by mistake' })
  t.match(await reopen(), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN' } })
  const first = await request<{ receipt: Receipt }>('POST', `${path}/submit`)
  t.match(await db.attempts.byId(attempt.id), { points: 10 })
  t.equal((await staff('POST', `${path}/reopen`, { reason: ' ' })).status, 400)
  t.equal((await request('POST', `${path}/reopen`, { reason: 'mine' })).status, 403)
  await staff('POST', `/exams/${exam.id}/release`, {})
  t.match(await reopen(), { status: 409, body: { code: 'INVIGIL_ERR_RESULT_RELEASED' } })
  await staff('POST', `/exams/${exam.id}/release`, { released: false })
  clock.ms += 60_000
  t.match(await reopen(), {
    status: 200,
    body: { state: 'open', points: null, submittedBy: null, reopenedAtMs: clock.ms }
  })
  t.match(await db.audit.list({ targetId: attempt.id, limit: 1 }), [
    {
      action: 'attempt.reopen',
      actorId: teacher.user.id,
      detail: { reason: 'pressed by mistake', submittedBy: 'candidate', points: 10 }
    }
  ])
  t.match(await request('GET', `${path}/questions`), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_UNWATCHED' } })
  const again = await request<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(
    again,
    { status: 200, body: { attempt: { id: attempt.id, number: 1 }, clock: { remainingMs: 3_600_000 - 60_000 } } },
    'the clock has gone on'
  )
  t.not(again.body.session.id, session.id)
  t.equal((await request('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'a', clientSeq: 2 })).status, 200)
  const second = await request<{ receipt: Receipt }>('POST', `${path}/submit`)
  t.not(second.body.receipt.digest, first.body.receipt.digest)
  t.match(await db.attempts.byId(attempt.id), { points: 8 }, 'graded again')

  clock.ms += 3_600_000
  t.match(await reopen(), { status: 409, body: { code: 'INVIGIL_ERR_TIME_OVER' } })
  await staff('PUT', `/exams/${exam.id}/accommodations/${student.user.id}`, {
    extraTimeShare: 1,
    reason: 'a power cut'
  })
  t.equal((await reopen()).status, 200, 'with more time')
  const { exam: other } = await stage(app)
  t.match(await request('POST', `/exams/${other.id}/start`), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_OTHER_OPEN' } })
  await request('POST', `${path}/submit`)
  t.equal((await request('POST', `/exams/${other.id}/start`)).status, 201)
  t.match(await reopen(), { status: 409, body: { code: 'INVIGIL_ERR_CANDIDATE_BUSY' } })
})

t.test('after a termination no attempt begins until staff allow it or reopen the terminated one', async t => {
  const { exam, teacher } = await stage(app, { attemptsMax: 2 })
  const { student, attempt, session } = await sit(app, exam)
  const [request, staff] = [as(app, student), as(app, teacher)]
  const start = async () => await request<Begun>('POST', `/exams/${exam.id}/start`)
  const terminate = async (id: string) => await staff('POST', `/sessions/${id}/terminate`, { reason: 'enough' })
  const canStart = async () => (await request('GET', `/exams/${exam.id}`)).body['canStart']
  const allow = async () => await staff('POST', `/attempts/${attempt.id}/allow-another`, { reason: 'it was a mistake' })
  t.match(await allow(), { status: 409, body: { code: 'INVIGIL_ERR_NOT_TERMINATED' } })
  await terminate(session.id)
  t.match(await start(), { status: 409, body: { code: 'INVIGIL_ERR_TERMINATED', details: { attemptId: attempt.id } } })
  t.match(await request('POST', `/exam/start/${student.user.id}`, { examId: exam.id }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_TERMINATED' }
  })
  t.equal(await canStart(), false)

  t.equal((await staff('POST', `/attempts/${attempt.id}/reopen`, { reason: 'go on' })).status, 200)
  const reopened = await start()
  t.match(reopened, { status: 200, body: { attempt: { id: attempt.id } } }, 'the terminated session ends it no more')
  await app.attempts.settle()
  t.match(await db.attempts.byId(attempt.id), { state: 'open' })
  clock.ms += 1
  await terminate(reopened.body.session.id)
  t.match(await db.attempts.byId(attempt.id), { submittedBy: 'terminated' }, 'but a second termination does')
  t.equal((await start()).status, 409)

  t.match(await allow(), { status: 200, body: { anotherAllowedAtMs: clock.ms } })
  t.match(await db.audit.list({ targetId: attempt.id, limit: 1 }), [
    { action: 'attempt.allow-another', actorId: teacher.user.id }
  ])
  t.equal(await canStart(), true)
  const second = await start()
  t.match(second, { status: 201, body: { attempt: { number: 2 } } })
  await live.terminate(second.body.session.id, 'system')
  t.match(await start(), { status: 409, body: { code: 'INVIGIL_ERR_TERMINATED' } }, 'each termination needs a new permission')
  await staff('POST', `/attempts/${second.body.attempt.id}/allow-another`, { reason: 'again' })
  t.match(
    await start(),
    { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPTS_EXHAUSTED' } },
    'the number of attempts holds'
  )
})

t.test(
  'a preset is stored with its name and shown as a whole, and candidates read its conditions before the start',
  async t => {
    const { exam, teacher } = await stage(app)
    const [student, staff] = [as(app, await person(app)), as(app, teacher)]
    const path = `/exams/${exam.id}`
    const set = await staff('PUT', `${path}/policy`, { preset: 'high_stake', graceMs: 45_000 })
    t.match(set, {
      status: 200,
      body: {
        policy: {
          preset: 'high_stake',
          graceMs: 45_000,
          watching: 'required',
          breaks: { max: 0 },
          identity: 'required',
          actions: { high: 'ask' }
        }
      }
    })
    t.same((await staff('GET', `${path}/policy`)).body, set.body)
    t.equal((await staff('PUT', `${path}/policy`, { preset: 'highest' })).status, 400)
    const { conditions, identity } = (await student<{ conditions: string[], identity: string }>('GET', path)).body
    t.equal(identity, 'required')
    t.match(conditions[0], /does not see you for 45 seconds/)
    t.match((await student('GET', `${path}?lang=bn`)).body['conditions'], [/ক্যামেরায়/])
    t.notOk('conditions' in (await staff('GET', path)).body, 'staff read the policy')

    const file = (await staff('GET', `${path}/export`)).body
    t.match(file, { exam: { policy: { preset: 'high_stake', graceMs: 45_000, identity: 'required' } } })
    const copy = await staff<{ id: string }>('POST', '/exams/import', file)
    t.match(copy, { status: 201 })
    t.same((await staff('GET', `/exams/${copy.body.id}/policy`)).body['policy'], set.body['policy'])
    const written = await staff<{ id: string }>('POST', '/exams/import', {
      ...file,
      exam: { title: 'By hand', policy: { preset: 'normal' } }
    })
    t.match(
      (await staff('GET', `/exams/${written.body.id}/policy`)).body,
      { policy: { preset: 'normal', identity: 'noted', breaks: { max: 1 } } },
      'a file that only names one'
    )
  }
)
