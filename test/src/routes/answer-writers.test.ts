import t from 'tap'
import { as, sit, stage, type QuestionBody } from '../../support/exams.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Saved {
  readonly code?: string
  readonly savedAtMs?: number
  readonly details?: { readonly value: unknown, readonly clientSeq: number }
}
interface Result {
  readonly questions: ReadonlyArray<{
    readonly kind: string
    readonly value: unknown
    readonly points: number | null
    readonly submission?: { readonly code: string, readonly language: string }
  }>
}

const byKind = (questions: readonly QuestionBody[], kind: string): string =>
  questions.find(question => question.kind === kind)!.id

await eachDatabase(t, async (t, make) => {
  const app = await make()
  const { teacher, exam, questions } = await stage(app)

  await t.test('if writers send different values with one clientSeq, only one response says that the answer is stored', async t => {
    const { student, attempt } = await sit(app, exam)
    const request = as(app, student)
    const path = `/attempts/${attempt.id}/answers`
    const id = byKind(questions, 'long')
    for (let clientSeq = 1; clientSeq <= 6; clientSeq++) {
      const values = ['one', 'two', 'three', 'four', 'five']
      const responses = await Promise.all(
        values.map(async value => await request<Saved>('PUT', `${path}/${id}`, { value, clientSeq }))
      )
      const {
        body: {
          answers: [stored]
        }
      } = await request<{ answers: Array<{ value: string, savedAtMs: number }> }>('GET', path)
      t.same(responses.map(({ status }) => status).sort(), [200, 409, 409, 409, 409])
      t.equal(responses[values.indexOf(stored!.value)]?.status, 200, 'the winner is the one that is stored')
      for (const { status, body } of responses) {
        if (status === 200) t.equal(body.savedAtMs, stored!.savedAtMs)
        else t.match(body, { code: 'INVIGIL_ERR_ANSWER_CONFLICT', details: { value: stored!.value, clientSeq } })
      }
      const again = await request<Saved>('PUT', `${path}/${id}`, { value: stored!.value, clientSeq })
      t.match(
        again,
        { status: 200, body: { savedAtMs: stored!.savedAtMs } },
        'the same value once more changes nothing'
      )
    }
    t.match(await request('PUT', `${path}/${id}`, { value: 'late', clientSeq: 2 }), {
      status: 409,
      body: { code: 'INVIGIL_ERR_ANSWER_STALE', details: { clientSeq: 6 } }
    })
    const equal = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => await request('PUT', `${path}/${id}`, { value: 'same', clientSeq: 7 }))
    )
    t.same(
      equal.map(({ status }) => status),
      [200, 200, 200, 200, 200]
    )
    t.match(
      await request('PUT', `${path}/${id}`, { value: null, clientSeq: 7 }),
      { status: 409, body: { code: 'INVIGIL_ERR_ANSWER_CONFLICT' } },
      'no answer is another value, too'
    )
  })

  await t.test('the grader sees the newest submitted code of each question, even without an answer', async t => {
    const { student, attempt } = await sit(app, exam)
    const request = as(app, student)
    const questionId = byKind(questions, 'code')
    for (const code of ['print(0)', 'print(1)']) {
      t.equal((await request('POST', `/attempts/${attempt.id}/code`, { questionId, language: 'python', code })).status, 201)
    }
    await request('POST', `/attempts/${attempt.id}/submit`)
    const { body } = await as(app, teacher)<Result>('GET', `/attempts/${attempt.id}/result`)
    t.match(
      body.questions.find(({ kind }) => kind === 'code'),
      { value: 'print(1)', points: null, submission: { code: 'print(1)', language: 'python' } }
    )
    t.match(
      body.questions.find(({ kind }) => kind === 'long'),
      { value: null, points: 0, submission: undefined }
    )

    const other = await sit(app, exam)
    const otherAsk = as(app, other.student)
    await otherAsk('POST', `/attempts/${other.attempt.id}/code`, { questionId, language: 'c', code: 'int main;' })
    await otherAsk('PUT', `/attempts/${other.attempt.id}/answers/${questionId}`, { value: 'print(2)', clientSeq: 1 })
    await otherAsk('POST', `/attempts/${other.attempt.id}/submit`)
    const both = await as(app, teacher)<Result>('GET', `/attempts/${other.attempt.id}/result`)
    t.match(
      both.body.questions.find(({ kind }) => kind === 'code'),
      { value: 'print(2)', submission: { code: 'int main;', language: 'c' } },
      'a saved answer is shown beside it'
    )
  })
})
