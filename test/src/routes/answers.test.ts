import t from 'tap'
import { build } from '../../support/app.ts'
import { as, UNKNOWN_ID, sit, stage } from '../../support/exams.ts'

t.test('an answer is saved once however often it is sent, and a late one never replaces a newer one', async t => {
  const app = await build(t)
  const { exam, questions } = await stage(app)
  const { student, attempt } = await sit(app, exam)
  const request = as(app, student)
  const path = `/attempts/${attempt.id}/answers`
  const [single] = questions
  const save = async (value: unknown, clientSeq: number) =>
    await request('PUT', `${path}/${single!.id}`, { value, clientSeq })
  t.match(await save('a', 1), { status: 200, body: { questionId: single!.id, clientSeq: 1, savedAtMs: Number } })
  t.match(await save('b', 3), { status: 200 })
  t.match(await save('b', 3), { status: 200 }, 'sent again')
  t.match(await save('c', 2), { status: 409, body: { code: 'INVIGIL_ERR_ANSWER_STALE' } })
  const races = await Promise.all([7, 5, 6, 4].map(async seq => await save(seq === 7 ? 'c' : 'a', seq)))
  t.ok(races.every(({ status }) => status === 200 || status === 409))
  t.match(await request('GET', path), { body: { answers: [{ questionId: single!.id, value: 'c', clientSeq: 7 }] } })
  t.match(await save(null, 8), { status: 200 }, 'taken back')
  t.match(await request('GET', path), { body: { answers: [{ value: null }] } })

  const odd: Array<[string, unknown]> = [
    ['single', 'd'],
    ['single', ['a']],
    ['multiple', 'a'],
    ['multiple', ['a', 'a']],
    ['boolean', 'true'],
    ['number', 'many'],
    ['short', 5],
    ['long', {}],
    ['long', 'x'.repeat(100_001)]
  ]
  for (const [kind, value] of odd) {
    const { id } = questions.find(question => question.kind === kind)!
    t.match(
      await request('PUT', `${path}/${id}`, { value, clientSeq: 1 }),
      { status: 422, body: { code: 'INVIGIL_ERR_ANSWER_INVALID', details: { kind } } },
      `${kind} ${JSON.stringify(value).slice(0, 20)}`
    )
  }
  for (const payload of [
    {},
    { value: 'a' },
    { clientSeq: 1 },
    { value: 'a', clientSeq: 0 },
    { value: 'a', clientSeq: 1.5 },
    { value: 'a', clientSeq: 1, more: 1 }
  ]) { t.equal((await request('PUT', `${path}/${single!.id}`, payload)).status, 400, JSON.stringify(payload)) }
  t.match(await request('PUT', `${path}/${single!.id}`, { value: 'x'.repeat(700_000), clientSeq: 9 }), {
    status: 413,
    body: { code: 'INVIGIL_ERR_TOO_LARGE' }
  })
  const other = await stage(app)
  for (const id of [other.questions[0]!.id, UNKNOWN_ID]) {
    t.match(await request('PUT', `${path}/${id}`, { value: 'a', clientSeq: 1 }), {
      status: 404,
      body: { code: 'INVIGIL_ERR_QUESTION_UNKNOWN' }
    })
  }
  t.match(await request('PUT', `/attempts/${UNKNOWN_ID}/answers/${single!.id}`, { value: 'a', clientSeq: 1 }), {
    status: 404,
    body: { code: 'INVIGIL_ERR_ATTEMPT_UNKNOWN' }
  })

  const code = { questionId: questions.find(({ kind }) => kind === 'code')!.id, language: 'python', code: 'x' }
  for (const payload of [
    {},
    { ...code, code: '' },
    { ...code, code: 'x'.repeat(100_001) },
    { ...code, language: 'x'.repeat(65) },
    { ...code, questionId: 'x' }
  ]) { t.equal((await request('POST', `/attempts/${attempt.id}/code`, payload)).status, 400) }
  t.match(await request('POST', `/attempts/${attempt.id}/code`, { ...code, questionId: single!.id }), {
    status: 422,
    body: { code: 'INVIGIL_ERR_ANSWER_INVALID' }
  })
})
