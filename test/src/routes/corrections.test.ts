import t from 'tap'
import { person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { answerAll, as, RIGHT, sit, stage, type QuestionBody } from '../../support/exams.ts'
import { until } from '../../support/until.ts'

interface Correction {
  readonly id: string
  readonly code?: string
  readonly number: number
  readonly finishedAtMs: number | null
  readonly attempts: number
  readonly changed: number
  readonly before: { readonly body: object }
  readonly after: { readonly body: object }
}
interface Result {
  readonly attempt: { readonly points: number, readonly pointsMax: number, readonly correctedAtMs: number | null }
  readonly questions: ReadonlyArray<{
    readonly questionId: string
    readonly points: number | null
    readonly pointsMax: number
    readonly isAuto: boolean
    readonly correction?: { readonly reason: string, readonly pointsBefore: number | null }
  }>
}
const idOf = (questions: readonly QuestionBody[], kind: string): string =>
  questions.find(question => question.kind === kind)!.id

await eachDatabase(t, async (t, make) => {
  const app = await make()
  const { db } = app.services

  await t.test('a corrected key grades every attempt again, and candidates see when', async t => {
    const { teacher, exam, questions } = await stage(app)
    const request = as(app, teacher)
    const path = (kind: string) => `/exams/${exam.id}/questions/${idOf(questions, kind)}/corrections`
    const [wrong, right, open] = [await sit(app, exam), await sit(app, exam), await sit(app, exam)]
    for (const { student, attempt } of [right, open]) {
      await answerAll(app, student, attempt.id, questions, { ...RIGHT, single: 'c' })
    }
    await answerAll(app, wrong.student, wrong.attempt.id, questions, RIGHT)
    for (const { student, attempt } of [wrong, right]) await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
    await request('POST', `/exams/${exam.id}/release`, {})
    const points = async ({ attempt }: { attempt: { id: string } }) => (await db.attempts.byId(attempt.id))?.points
    t.same([await points(wrong), await points(right)], [10, 8])

    t.match(
      await request('PATCH', `/exams/${exam.id}/questions/${idOf(questions, 'single')}`, {
        body: { choices: ['3', '4', '5'], correct: 'c' }
      }),
      { status: 409, body: { code: 'INVIGIL_ERR_EXAM_USED' } }
    )
    const corrected = await request<Correction>('POST', path('single'), {
      body: { correct: 'c' },
      reason: 'Five is right.'
    })
    t.match(corrected, {
      status: 201,
      body: {
        number: 1,
        finishedAtMs: Number,
        attempts: 2,
        changed: 2,
        before: { points: 2, body: { correct: 'b' } },
        after: { points: 2, body: { correct: 'c' } }
      }
    })
    t.same([await points(wrong), await points(right)], [8, 10])
    await as(app, open.student)('POST', `/attempts/${open.attempt.id}/submit`)
    t.equal(await points(open), 10, 'an open attempt is graded by the new key when it is handed in')

    const result = await as(app, wrong.student)<Result>('GET', `/attempts/${wrong.attempt.id}/result`)
    t.match(result.body.attempt, { correctedAtMs: Number, points: 8 })
    t.match(
      result.body.questions.find(({ questionId }) => questionId === idOf(questions, 'single')),
      { points: 0, correction: { reason: 'Five is right.', pointsBefore: 2 } }
    )
    t.notOk(
      result.body.questions.some(
        ({ questionId, correction }) => questionId !== idOf(questions, 'single') && correction !== undefined
      )
    )
    const other = await as(app, open.student)<Result>('GET', `/attempts/${open.attempt.id}/result`)
    t.match(other.body.attempt, { correctedAtMs: null }, 'an attempt with the same result is not marked')

    const [done, begun] = await db.audit.list({ targetType: 'exam', targetId: exam.id, limit: 2 })
    t.match(begun, {
      actorId: teacher.user.id,
      action: 'question.correct',
      detail: { reason: 'Five is right.', before: { body: { correct: 'b' } }, after: { body: { correct: 'c' } } }
    })
    t.match(done, { action: 'question.regraded', detail: { attempts: 2, changed: 2 } })

    t.match(await request('POST', path('short'), { body: { accepted: ['Khulna'] }, points: 3, reason: 'Worth more' }), {
      status: 201,
      body: { number: 2, attempts: 3, changed: 3 }
    })
    t.match(await db.attempts.byId(right.attempt.id), { points: 9, pointsMax: 22 })
    t.match(await request('POST', path('number'), { body: { correct: '3,1', tolerance: 0.05 }, reason: 'Two places' }), {
      status: 201,
      body: { after: { body: { correct: 3.1, tolerance: 0.05 } }, changed: 0 }
    })
    t.match(await request('GET', `/exams/${exam.id}/corrections?limit=2`), {
      body: { corrections: [{ number: 3 }, { number: 2 }], next: 2 }
    })
    t.match(await request('GET', `/exams/${exam.id}/corrections?limit=2&before=2`), {
      body: { corrections: [{ number: 1 }], next: null }
    })
  })

  await t.test('grades that a person gave stay, within the new maximum, unless regradeManual is true', async t => {
    const { teacher, exam, questions } = await stage(app)
    const request = as(app, teacher)
    const { student, attempt } = await sit(app, exam)
    await answerAll(app, student, attempt.id, questions, { ...RIGHT, short: 'Khulna' })
    await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
    for (const [kind, points] of [
      ['short', 0.5],
      ['long', 5],
      ['code', 4]
    ] as const) {
      t.equal((await request('PUT', `/attempts/${attempt.id}/grades/${idOf(questions, kind)}`, { points })).status, 200)
    }
    t.match(await db.attempts.byId(attempt.id), { points: 18.5, pointsMax: 20, gradedAtMs: Number })
    const correct = async (kind: string, body: object) =>
      await request<Correction>('POST', `/exams/${exam.id}/questions/${idOf(questions, kind)}/corrections`, {
        reason: 'x',
        ...body
      })
    t.match(await correct('short', { body: { accepted: ['Khulna'] } }), { status: 201, body: { changed: 0 } })
    t.equal((await db.attempts.byId(attempt.id))?.points, 18.5)
    t.match(await correct('short', { regradeManual: true }), { status: 201, body: { changed: 1 } })
    t.match(await db.attempts.byId(attempt.id), { points: 19 })
    t.match(await correct('long', { points: 3 }), { status: 201, body: { changed: 1 } })
    t.match(await db.attempts.byId(attempt.id), { points: 17, pointsMax: 17 })
    t.match(
      (await db.grades.list(attempt.id)).find(({ questionId }) => questionId === idOf(questions, 'long')),
      { points: 3, pointsMax: 3, pointsBefore: 5, isAuto: false, graderId: teacher.user.id }
    )
    t.match(await correct('code', { regradeManual: true }), { status: 201, body: { changed: 1 } })
    t.match(
      await db.attempts.byId(attempt.id),
      { points: 13, gradedAtMs: null },
      'what only a person can grade waits for one again'
    )
  })

  await t.test('changes of visible parts, empty changes and strangers are refused', async t => {
    const { teacher, exam, questions } = await stage(app)
    const request = as(app, teacher)
    const path = (kind: string) => `/exams/${exam.id}/questions/${idOf(questions, kind)}/corrections`
    await sit(app, exam)
    const refused: ReadonlyArray<readonly [string, object, number]> = [
      ['single', { body: { correct: 'z' }, reason: 'x' }, 400],
      ['single', { body: { choices: ['1', '2'], correct: 'a' }, reason: 'x' }, 400],
      ['number', { body: { unit: 'm' }, reason: 'x' }, 400],
      ['code', { body: { starter: 'else' }, reason: 'x' }, 400],
      ['single', { body: { correct: 'c' } }, 400],
      ['single', { body: { correct: 'c' }, reason: ' ' }, 400],
      ['single', { text: 'x', reason: 'x' }, 400],
      ['single', { points: -1, reason: 'x' }, 400],
      ['number', { body: { correct: '10²' }, reason: 'x' }, 400],
      ['single', { reason: 'x' }, 409],
      ['single', { body: { correct: 'b' }, points: 2, reason: 'x' }, 409]
    ]
    for (const [kind, body, status] of refused) {
      t.equal((await request('POST', path(kind), body)).status, status, JSON.stringify(body))
    }
    const body = { body: { correct: 'c' }, reason: 'x' }
    t.equal((await as(app, await person(app, 'teacher'))('POST', path('single'), body)).status, 403)
    t.equal((await as(app, await person(app))('POST', path('single'), body)).status, 403)
    t.equal((await as(app, await person(app, 'teacher'))('GET', `/exams/${exam.id}/corrections`)).status, 403)
    const risen = await sit(app, exam)
    await db.users.setRole(risen.student.user.id, 'admin')
    t.match(
      await as(app, risen.student)('POST', path('single'), body),
      { status: 403 },
      'a candidate of the exam, whatever the role by now'
    )
    t.equal((await db.corrections.list(exam.id, { limit: 5 })).length, 0)
    const both = await Promise.all(
      ['a', 'c'].map(async correct => await request('POST', path('single'), { body: { correct }, reason: correct }))
    )
    t.ok(
      both.every(({ status }) => status === 201 || status === 409),
      both.map(({ status }) => status).join(' ')
    )
    t.equal(
      (await as(app, await person(app, 'admin'))('POST', path('boolean'), { body: { correct: true }, reason: 'x' }))
        .status,
      201
    )
  })

  await t.test('an interrupted correction continues, and every attempt is graded once', async t => {
    const { teacher, exam, questions } = await stage(app, {}, [
      { kind: 'single', text: '?', points: 2, body: { choices: ['3', '4', '5'], correct: 'b' } },
      { kind: 'boolean', text: '?', points: 1, body: { correct: true } }
    ])
    const [question] = questions
    const ids: string[] = []
    for (let index = 0; index < 45; index++) {
      const user = await db.users.create({
        email: `sitter-${index}-${exam.id}@example.org`,
        name: 'Sitter',
        role: 'student',
        createdAtMs: 1
      })
      const begun = await db.attempts.start({
        examId: exam.id,
        userId: user.id,
        attemptsMax: 1,
        examVersion: 1,
        policyVersion: 1,
        dueAtMs: null,
        atMs: 1
      })
      if (begun.outcome !== 'created') return t.fail('not begun')
      ids.push(begun.attempt.id)
      await db.answers.save({
        attemptId: begun.attempt.id,
        questionId: question!.id,
        value: index % 3 === 0 ? 'b' : 'c',
        clientSeq: 1,
        savedAtMs: 1
      })
      await db.attempts.submit(begun.attempt.id, 'candidate', 2)
      // Some are handed in and not graded yet.
      if (index % 10 !== 9) {
        await db.grades.setAuto(
          begun.attempt.id,
          [
            { questionId: question!.id, points: index % 3 === 0 ? 2 : 0, pointsMax: 2 },
            { questionId: questions[1]!.id, points: 0, pointsMax: 1 }
          ],
          3
        )
      }
    }
    const row = (await db.questions.byId(question!.id))!
    // The state after a process ended right after it stored the correction, and in the middle of the grading.
    const stored = await db.corrections.add({
      examId: exam.id,
      questionId: row.id,
      before: { points: 2, body: row.body },
      after: { points: 2, body: { ...row.body, correct: 'c' } },
      regradesManual: false,
      by: teacher.user.id,
      reason: 'x',
      atMs: 4
    })
    if (typeof stored === 'string') return t.fail(stored)
    await db.grades.regrade(
      [
        {
          attemptId: ids[0]!,
          grades: [{ questionId: row.id, points: 0, pointsMax: 2, correctionId: stored.id, regradesManual: false }]
        }
      ],
      1,
      5
    )
    t.same(await db.corrections.unfinishedExams(5), [exam.id])
    await Promise.all([app.attempts.settle(), app.attempts.settle(), app.attempts.regrade(exam.id, 1)])
    await until(async () => (await db.corrections.byId(stored.id))?.finishedAtMs !== null)
    for (const [index, id] of ids.entries()) {
      t.match(
        await db.attempts.byId(id),
        { points: index % 3 === 0 ? 0 : 2, pointsMax: 3, keyVersion: 1 },
        `attempt ${index}`
      )
    }
    const { attempts, changed } = (await db.corrections.byId(stored.id))!
    // The application's periodic checks may have graded some of the attempts that were left out above.
    t.ok(
      attempts >= 41 && attempts <= 45 && changed === attempts,
      `of those graded before each once: ${attempts}, ${changed}`
    )
    t.same(await db.corrections.unfinishedExams(5), [])
    t.equal(
      (await db.audit.list({ targetType: 'exam', targetId: exam.id, limit: 50 })).filter(
        ({ action }) => action === 'question.regraded'
      ).length,
      1
    )
    t.equal(await db.grades.setAuto(ids[1]!, [{ questionId: row.id, points: 0, pointsMax: 2 }], 9, 0), true)
    t.equal((await db.attempts.byId(ids[1]!))?.points, 2, 'a slow grader with the old key does not win')
  })
})
