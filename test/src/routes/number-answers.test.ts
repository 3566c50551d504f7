import t from 'tap'
import { bn } from '../../../src/i18n/bn.ts'
import { as, sit, stage } from '../../support/exams.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Refusal {
  readonly code: string
  readonly message: string
  readonly understood?: string
  readonly details?: {
    readonly problem: string
    readonly readings?: readonly string[]
    readonly fields?: ReadonlyArray<{ readonly problem: string }>
  }
}
interface Result {
  readonly questions: ReadonlyArray<{
    readonly text: string
    readonly value: unknown
    readonly points: number | null
    readonly understood?: string | null
  }>
}

const number = (correct: unknown, more: object = {}) => ({
  kind: 'number',
  text: `${String(correct)}?`,
  points: 1,
  body: { correct, ...more }
})
const short = (...accepted: string[]) => ({ kind: 'short', text: accepted[0], points: 1, body: { accepted } })

await eachDatabase(t, async (t, make) => {
  const app = await make()

  await t.test('numbers are compared exactly, and the response has the number that was understood', async t => {
    const cases: ReadonlyArray<readonly [unknown, object, unknown, string, number]> = [
      [1.602e-19, {}, 0, '0', 0],
      [1.602e-19, {}, '1.602×10⁻¹⁹', '1.602e-19', 1],
      [6227020800, {}, 6227020806, '6227020806', 0],
      [2000000001, { tolerance: 0 }, '2000000002', '2000000002', 0],
      [
        1,
        { tolerance: 1e-36 },
        '1.0000000000000000000000000000000000005',
        '1.0000000000000000000000000000000000005',
        1
      ],
      [1, { tolerance: '1e-36' }, '1.00000000000000000000000000000000001', '1.00000000000000000000000000000000001', 0],
      [0.2, { tolerance: 0.1 }, '0.3', '0.3', 1],
      ['1.234,56', {}, "1'234.56", '1234.56', 1],
      ['6.02214076e23', {}, '602,214,076,000,000,000,000,000', '6.02214076e+23', 1],
      [1234567, {}, '১২,৩৪,৫৬৭', '1234567', 1],
      [0.6, {}, ',6', '0.6', 1],
      [1250, {}, '\u20661,25e3\u2069', '1250', 1]
    ]
    const { teacher, exam, questions } = await stage(
      app,
      { language: 'bn' },
      cases.map(([correct, more]) => number(correct, more))
    )
    t.equal(questions.length, cases.length)
    const { student, attempt } = await sit(app, exam)
    for (const [index, [, , value, understood]] of cases.entries()) {
      t.match(
        await as(app, student)('PUT', `/attempts/${attempt.id}/answers/${questions[index]!.id}`, {
          value,
          clientSeq: 1
        }),
        { status: 200, body: { understood } },
        String(value)
      )
    }
    const listed = await as(app, student)<{
      answers: Array<{ questionId: string, value: unknown, understood: string }>
    }>('GET', `/attempts/${attempt.id}/answers`)
    for (const { questionId, value, understood } of listed.body.answers) {
      const expected = cases[questions.findIndex(({ id }) => id === questionId)]!
      t.same([value, understood], [expected[2], expected[3]], 'the raw answer is kept beside the number')
    }
    await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
    const { body } = await as(app, teacher)<Result>('GET', `/attempts/${attempt.id}/result`)
    t.same(
      body.questions.map(({ points }) => points),
      cases.map(([, , , , points]) => points)
    )
    t.same(
      body.questions.map(({ understood }) => understood),
      cases.map(([, , , understood]) => understood)
    )
  })

  await t.test(
    'a number that can be read in two ways, or not at all, is refused with a reason, and the stored answer stays',
    async t => {
      const { exam, questions } = await stage(app, {}, [number(3142)])
      const { student, attempt } = await sit(app, exam)
      const request = as(app, student)
      const path = `/attempts/${attempt.id}/answers/${questions[0]!.id}`
      t.match(await request('PUT', path, { value: '7', clientSeq: 1 }), { status: 200, body: { understood: '7' } })
      const doubtful = await request<Refusal>('PUT', path, { value: '3,142', clientSeq: 2 })
      t.match(doubtful, {
        status: 422,
        body: { code: 'INVIGIL_ERR_NUMBER_AMBIGUOUS', details: { readings: ['3142', '3.142'] } }
      })
      t.match(doubtful.body.message, 'Write 3142 or 3.142')
      for (const [value, problem] of [
        ['10²', 'a superscript'],
        ['10,20,30', 'irregular separators'],
        ['1 5', 'irregular separators'],
        ['50%', 'a percentage'],
        ['1/2', 'a fraction'],
        ['five', 'not a number'],
        ['1e999999', 'too large or too small'],
        ['1'.repeat(99_000), 'too many digits'],
        [Number('12345678901234567890'), 'more digits than a JSON number carries']
      ] as const) {
        t.match(
          await request<Refusal>('PUT', path, { value, clientSeq: 2 }),
          {
            status: 422,
            body: {
              code: 'INVIGIL_ERR_ANSWER_INVALID',
              details: { problem, fields: [{ field: 'value', problem: String }] }
            }
          },
          String(value).slice(0, 20)
        )
      }
      t.match(
        (await request<Refusal>('PUT', `${path}?lang=bn`, { value: '10²', clientSeq: 2 })).body.details?.fields?.[0]
          ?.problem,
        bn.validation.numberSuperscript
      )
      t.match(await request('GET', `/attempts/${attempt.id}/answers`), {
        body: { answers: [{ value: '7', clientSeq: 1 }] }
      })

      const german = await stage(app, { language: 'de' }, [number('3,142')])
      t.match(german.questions[0], { body: { correct: 3.142 } }, 'a key is read in the language of the exam')
      const sitting = await sit(app, german.exam)
      const answer = `/attempts/${sitting.attempt.id}/answers/${german.questions[0]!.id}`
      t.match(await as(app, sitting.student)('PUT', answer, { value: '3,142', clientSeq: 1 }), {
        status: 200,
        body: { understood: '3.142' }
      })
      t.match(await as(app, sitting.student)('PUT', answer, { value: '3.142', clientSeq: 2 }), {
        status: 422,
        body: { details: { readings: ['3142', '3,142'] } }
      })
      t.match(
        await as(app, german.teacher)(
          'POST',
          `/exams/${(await stage(app, {}, [number(1)])).exam.id}/questions`,
          number('3,142')
        ),
        { status: 403 }
      )
      const draft = await as(app, german.teacher)<{ id: string }>('POST', '/exams', { title: 'Draft' })
      for (const body of [
        { correct: '3,142' },
        { correct: '10²' },
        { correct: true },
        { correct: 1, tolerance: '-1' },
        { correct: 1, tolerance: 'much' },
        {}
      ]) {
        t.match(
          await as(app, german.teacher)('POST', `/exams/${draft.body.id}/questions`, {
            kind: 'number',
            text: '?',
            body
          }),
          {
            status: 400,
            body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field: /^body\.(correct|tolerance)$/ }] } }
          },
          JSON.stringify(body)
        )
      }
    }
  )

  await t.test('invisible characters and composition do not matter in short answers', async t => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["don't", 'don´t'],
      ['STRASSE', 'straße'],
      ['উৎসব', 'উ\u09A4\u09CD\u200Dসব'],
      ['العربية', 'العـــربية'],
      ['istanbul', 'İstanbul'],
      ['Dhaka', '\u2066Dha\u00ADka\uFE0F\u2069\u061C'],
      ['ΟΔΟΣ', 'οδος']
    ]
    const { exam, questions } = await stage(
      app,
      {},
      cases.map(([accepted]) => short(accepted))
    )
    const { student, attempt } = await sit(app, exam)
    for (const [index, [, value]] of cases.entries()) {
      await as(app, student)('PUT', `/attempts/${attempt.id}/answers/${questions[index]!.id}`, { value, clientSeq: 1 })
    }
    const listed = await as(app, student)<{ answers: Array<{ value: string }> }>(
      'GET',
      `/attempts/${attempt.id}/answers`
    )
    t.same(
      listed.body.answers.map(({ value }) => value).sort(),
      cases.map(([, value]) => value).sort(),
      'stored as typed'
    )
    await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
    t.match(await app.services.db.attempts.byId(attempt.id), { points: cases.length, pointsMax: cases.length })
  })
})
