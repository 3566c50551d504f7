import t from 'tap'
import { newId } from '../../../db/index.ts'
import { build } from '../../support/app.ts'
import { as, QUESTIONS, sit, stage } from '../../support/exams.ts'

t.test('questions of each kind are added, changed, ordered and removed', async t => {
  const app = await build(t)
  const { teacher, exam, questions } = await stage(app)
  const request = as(app, teacher)
  const path = `/exams/${exam.id}/questions`
  t.same(
    questions.map(({ kind, position }) => [kind, position]),
    QUESTIONS.map(({ kind }, index) => [kind, index])
  )
  t.match(questions[0], {
    body: {
      choices: [
        { id: 'a', text: '3' },
        { id: 'b', text: '4' },
        { id: 'c', text: '5' }
      ],
      correct: 'b'
    }
  })

  const [first] = questions
  t.match(await request('PATCH', `${path}/${first!.id}`, { points: 3 }), {
    status: 200,
    body: { points: 3, kind: 'single', body: { correct: 'b' } }
  })
  t.match(
    await request('PATCH', `${path}/${first!.id}`, { kind: 'boolean' }),
    { status: 400, body: { details: { fields: [{ field: 'body.choices' }, { field: 'body.correct' }] } } },
    'another kind needs another body'
  )
  t.match(await request('PATCH', `${path}/${first!.id}`, { kind: 'boolean', body: { correct: true } }), {
    status: 200,
    body: { kind: 'boolean' }
  })

  const ids = questions.map(({ id }) => id).reverse()
  t.match(await request('PUT', `${path}/order`, { ids }), { status: 200, body: { questions: ids.map(id => ({ id })) } })
  for (const odd of [ids.slice(1), [...ids, newId()], [...ids.slice(1), ids[1]]]) {
    t.match(await request('PUT', `${path}/order`, { ids: odd }), {
      status: 409,
      body: { code: 'INVIGIL_ERR_QUESTIONS_MISMATCH' }
    })
  }
  t.equal((await request('DELETE', `${path}/${ids[0]}`)).status, 204)
  t.match(await request('DELETE', `${path}/${ids[0]}`), { status: 404, body: { code: 'INVIGIL_ERR_QUESTION_UNKNOWN' } })

  const other = await stage(app)
  t.match(
    await request('PATCH', `${path}/${other.questions[0]!.id}`, { points: 1 }),
    { status: 404, body: { code: 'INVIGIL_ERR_QUESTION_UNKNOWN' } },
    'a question of another exam'
  )
  t.equal(
    (await request('PATCH', `/exams/${other.exam.id}/questions/${other.questions[0]!.id}`, { points: 1 })).status,
    403
  )

  await sit(app, exam)
  for (const [method, at, payload] of [
    ['POST', path, QUESTIONS[0]],
    ['PATCH', `${path}/${ids[1]}`, { points: 1 }],
    ['DELETE', `${path}/${ids[1]}`, undefined],
    ['PUT', `${path}/order`, { ids: ids.slice(1) }],
    ['DELETE', `/exams/${exam.id}`, undefined]
  ] as const) {
    t.match(
      await request(method, at, payload),
      { status: 409, body: { code: 'INVIGIL_ERR_EXAM_USED' } },
      `${method} once a candidate has begun`
    )
  }
})

t.test('an incomplete question is refused with all of its errors', async t => {
  const app = await build(t)
  const { teacher, exam } = await stage(app)
  const cases: Array<[object, string[]]> = [
    [{}, ['kind']],
    [{ kind: 'single', text: 'x', body: { choices: ['1'], correct: 'b' } }, ['body.choices', 'body.correct']],
    [{ kind: 'single', text: 'x', body: { choices: ['1', '2'], correct: 'c' } }, ['body.correct']],
    [{ kind: 'multiple', text: 'x', body: { choices: ['1', '2'], correct: 'a' } }, ['body.correct']],
    [{ kind: 'boolean', text: 'x', body: { correct: 'yes' } }, ['body.correct']],
    [{ kind: 'number', text: 'x', body: { correct: 1, tolerance: -1 } }, ['body.tolerance']],
    [{ kind: 'short', text: 'x', body: { accepted: [] } }, ['body.accepted']],
    [{ kind: 'code', text: 'x', body: {} }, ['body.language']],
    [{ kind: 'odd', text: 'x', body: {} }, ['kind']],
    [{ kind: 'long', text: 'x'.repeat(20_001), body: {} }, ['text']],
    [{ kind: 'long', text: 'x', points: -1, body: {} }, ['points']],
    [{ kind: 'long', text: 'x', body: { answer: 1 } }, ['body.answer']],
    [{ kind: 'long', text: 'x', body: {}, id: newId() }, ['id']]
  ]
  for (const [payload, fields] of cases) {
    const answer = await as(app, teacher)<{ details: { fields: Array<{ field: string }> } }>(
      'POST',
      `/exams/${exam.id}/questions`,
      payload
    )
    t.equal(answer.status, 400)
    t.same(answer.body.details.fields.map(({ field }) => field), fields, JSON.stringify(payload).slice(0, 80))
  }
})
