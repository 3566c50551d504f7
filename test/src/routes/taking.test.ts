import t from 'tap'
import { build, person } from '../../support/app.ts'
import { answerAll, as, UNKNOWN_ID, RIGHT, sit, stage, type Begun, type QuestionBody } from '../../support/exams.ts'

interface Result {
  readonly attempt: {
    readonly points: number | null
    readonly pointsMax: number | null
    readonly gradedAtMs: number | null
  }
  readonly questions: Array<{
    readonly kind: string
    readonly points: number | null
    readonly pointsMax: number
    readonly value: unknown
    readonly comment: string
  }>
}

t.test('an attempt runs from its start to its released result', async t => {
  const app = await build(t)
  const { teacher, exam, questions } = await stage(app, { attemptsMax: 1 })
  const student = await person(app)
  const [request, staff] = [as(app, student), as(app, teacher)]
  const begun = await request<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(begun, {
    status: 201,
    body: {
      attempt: { examId: exam.id, number: 1, state: 'open', points: null },
      session: { state: 'active', examId: exam.id, attemptId: begun.body.attempt.id },
      clock: { isPaused: false, endsAtMs: Number },
      socketPath: `/ws/${student.user.id}`
    }
  })
  t.ok(begun.body.clock.remainingMs! <= 3_600_000 && begun.body.clock.remainingMs! > 3_590_000)
  t.match(
    await request<Begun>('POST', `/exams/${exam.id}/start`),
    { status: 200, body: { attempt: { id: begun.body.attempt.id }, session: { id: begun.body.session.id } } },
    'starting again goes on'
  )
  const path = `/attempts/${begun.body.attempt.id}`

  const listed = await request<{ questions: QuestionBody[] }>('GET', `${path}/questions`)
  t.same(
    listed.body.questions.map(({ id }) => id),
    questions.map(({ id }) => id)
  )
  t.match(listed.body.questions[0], {
    choices: [
      { id: 'a', text: '3' },
      { id: 'b', text: '4' },
      { id: 'c', text: '5' }
    ],
    points: 2
  })
  for (const secret of ['"correct"', 'accepted', 'guidance', 'tolerance', 'body', 'Dhaka']) {
    t.notMatch(JSON.stringify(listed.body), secret, `${secret} is not told`)
  }

  await answerAll(app, student, begun.body.attempt.id, questions, { ...RIGHT, multiple: ['a', 'c'] })
  const code = questions.find(({ kind }) => kind === 'code')!
  for (const text of ['print(0)', 'print(1)']) {
    t.match(await request('POST', `${path}/code`, { questionId: code.id, language: 'python', code: text }), {
      status: 201,
      body: { code: text }
    })
  }
  t.match(
    await request('GET', `${path}/code?questionId=${code.id}`),
    { body: { submissions: [{ code: 'print(1)' }, { code: 'print(0)' }], next: null } },
    'the history stays'
  )
  const page = await staff<{ next: string }>('GET', `${path}/code?limit=1`)
  t.match(await staff('GET', `${path}/code?limit=1&before=${page.body.next}`), {
    body: { submissions: [{ code: 'print(0)' }], next: null }
  })
  t.equal((await staff<{ answers: unknown[] }>('GET', `${path}/answers`)).body.answers.length, 7)
  t.match(await request('GET', `${path}/result`), { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN' } })
  const long = questions.find(({ kind }) => kind === 'long')!
  t.match(await staff('PUT', `${path}/grades/${long.id}`, { points: 1 }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN' }
  })

  t.match(
    await request('POST', `${path}/submit`),
    { status: 200, body: { state: 'submitted', submittedBy: 'candidate', points: null } },
    'the points wait for the release'
  )
  t.match(await app.services.db.sessions.byId(begun.body.session.id), { state: 'stopped', endReason: 'submitted' })
  t.match(await request('GET', `${path}/result`), { status: 409, body: { code: 'INVIGIL_ERR_RESULT_UNRELEASED' } })
  const result = await staff<Result>('GET', `${path}/result`)
  t.same(
    result.body.questions.map(({ kind, points, pointsMax }) => [kind, points, pointsMax]),
    [
      ['single', 2, 2],
      ['multiple', 0, 4],
      ['boolean', 1, 1],
      ['number', 2, 2],
      ['short', 1, 1],
      ['long', null, 6],
      ['code', null, 4]
    ]
  )
  t.match(result.body, {
    attempt: { points: 6, pointsMax: 20, gradedAtMs: null },
    risk: { riskScore: 0, riskLevel: 'Low' },
    questions: [{ body: { correct: 'b' } }]
  })

  t.match(await staff('GET', `/exams/${exam.id}/attempts?needsGrading=true`), {
    body: { attempts: [{ id: begun.body.attempt.id, userName: student.user.name }] }
  })
  t.match(await staff('PUT', `${path}/grades/${long.id}`, { points: 4.5, comment: 'Two reasons' }), {
    status: 200,
    body: { points: 4.5, isAuto: false, graderId: teacher.user.id }
  })
  t.match(await staff('PUT', `${path}/grades/${code.id}`, { points: 5 }), {
    status: 422,
    body: { code: 'INVIGIL_ERR_POINTS_INVALID', details: { pointsMax: 4 } }
  })
  t.match(await staff('PUT', `${path}/grades/${code.id}`, { points: 4 }), { status: 200 })
  t.same(
    (await staff<{ attempts: unknown[] }>('GET', `/exams/${exam.id}/attempts?needsGrading=true`)).body.attempts,
    []
  )
  t.match(await app.services.db.audit.list({ targetId: begun.body.attempt.id, limit: 2 }), [
    { action: 'attempt.grade', detail: { points: 4 } },
    { detail: { points: 4.5 } }
  ])
  t.match(await staff('GET', `/exams/${exam.id}/statistics`), {
    status: 200,
    body: { open: 0, submitted: 1, graded: 1, meanShare: 0.725, risk: { low: 1, medium: 0, high: 0 } }
  })

  const byQuestion = await staff<{ questions: Array<{ kind: string, graded: number, meanShare: number | null }> }>(
    'GET', `/exams/${exam.id}/statistics/questions`
  )
  t.same(byQuestion.body.questions.map(({ kind, graded, meanShare }) => [kind, graded, meanShare]), [
    ['single', 1, 1],
    ['multiple', 1, 0],
    ['boolean', 1, 1],
    ['number', 1, 1],
    ['short', 1, 1],
    ['long', 1, 0.75],
    ['code', 1, 1]
  ])
  t.match(byQuestion.body, {
    questions: [{ questionId: questions[0]!.id, text: '2 + 2 = ?', points: 2, discrimination: null }],
    shares: { attempts: 1, tenths: [0, 0, 0, 0, 0, 0, 0, 1, 0, 0], median: 0.725 }
  })

  await staff('POST', `/exams/${exam.id}/release`, {})
  const own = await request<Result>('GET', `${path}/result`)
  t.match(own, {
    status: 200,
    body: {
      isReleased: true,
      attempt: { points: 14.5, pointsMax: 20, gradedAtMs: Number },
      questions: [{ kind: 'single', value: 'b', choices: [{ id: 'a' }], points: 2 }]
    }
  })
  t.match(own.body.questions[5], { comment: 'Two reasons', points: 4.5 })
  for (const secret of ['"correct"', 'accepted', 'guidance']) {
    t.notMatch(JSON.stringify(own.body), secret, `${secret} is not told`)
  }
  t.match(await request('GET', '/attempts'), {
    body: { attempts: [{ examTitle: 'Everything', points: 14.5, isReleased: true }], next: null }
  })
  t.match(await request('POST', `/exams/${exam.id}/start`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_ATTEMPTS_EXHAUSTED' }
  })
})

t.test('each attempt has its own order of questions and choices, the same in every response', async t => {
  const app = await build(t)
  const many = Array.from({ length: 12 }, (_, index) => ({
    kind: 'single',
    text: `${index}`,
    body: { choices: ['1', '2', '3', '4', '5'], correct: 'a' }
  }))
  const { exam } = await stage(app, { shuffle: true }, many)
  const orders = []
  for (const { student, attempt } of [await sit(app, exam), await sit(app, exam)]) {
    const read = async () =>
      (
        await as(app, student)<{ questions: Array<{ text: string, choices: Array<{ id: string }> }> }>(
          'GET',
          `/attempts/${attempt.id}/questions`
        )
      ).body.questions
    const once = await read()
    t.same(await read(), once)
    t.same(once.map(({ text }) => Number(text)).sort((a, b) => a - b), many.map((_, index) => index))
    orders.push(once.map(({ text, choices }) => [text, ...choices.map(({ id }) => id)].join()))
  }
  t.not(orders[0]!.join(';'), orders[1]!.join(';'))
})

t.test('a user cannot read or grade the attempts of others', async t => {
  const app = await build(t)
  const { exam, questions } = await stage(app)
  const { attempt } = await sit(app, exam)
  const path = `/attempts/${attempt.id}`
  for (const who of [await person(app), await person(app, 'teacher')]) {
    for (const at of ['', '/answers', '/result', '/code']) {
      t.match(await as(app, who)('GET', path + at), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } }, at)
    }
  }
  const admin = await person(app, 'admin')
  t.equal((await as(app, admin)('GET', path)).status, 200)
  // A student who became a teacher keeps the attempt, and does not grade it.
  const mine = await sit(app, exam)
  await as(app, mine.student)('POST', `/attempts/${mine.attempt.id}/submit`)
  await app.services.db.users.setRole(mine.student.user.id, 'admin')
  t.match(
    await as(app, mine.student)('PUT', `/attempts/${mine.attempt.id}/grades/${questions[0]!.id}`, { points: 1 }),
    { status: 403, body: { code: 'INVIGIL_ERR_FORBIDDEN' } }
  )
  for (const payload of [{}, { points: -1 }, { points: 'x' }, { points: 1, comment: 'x'.repeat(10_001) }]) {
    t.equal((await as(app, admin)('PUT', `${path}/grades/${questions[0]!.id}`, payload)).status, 400)
  }
  t.match(await as(app, admin)('PUT', `${path}/grades/${UNKNOWN_ID}`, { points: 1 }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_QUESTION_UNKNOWN' }
  })
  for (const query of ['?limit=0', '?limit=101', '?before=x', '?nothing=1']) {
    t.equal((await as(app, await person(app))('GET', `/attempts${query}`)).status, 400, query)
  }
})
