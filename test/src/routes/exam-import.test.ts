import t from 'tap'
import { person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as } from '../../support/exams.ts'

await eachDatabase(t, async (t, make) => {
  const app = await make()
  const teacher = await person(app, 'teacher')
  const request = as(app, teacher)

  await t.test('a file passes the same checks as an exam that is created', async t => {
    const values: ReadonlyArray<readonly [string, readonly unknown[], readonly unknown[]]> = [
      ['title', ['x', 'Ä'.repeat(200)], ['', ' ', 'x'.repeat(201), {}]],
      ['description', ['', 'd'], ['x'.repeat(20_001), {}]],
      ['language', ['en', 'bn-BD', 'zh-Hant-TW'], ['<x>', 'e', 'en_US', 'x'.repeat(17), '', 'en ']],
      ['opensAtMs', [null, 0, 1774000000000], [-1, 1.5, 'soon', 1e300]],
      ['closesAtMs', [null, 1774000000000], [-1, 0.5, {}]],
      ['durationMs', [null, 1000, 8_640_000_000], [999, 0, 1000.5, 8_640_000_001, 'long']],
      ['attemptsMax', [null, 1, 1000], [0, 1001, 1.5, 'many']],
      ['shuffle', [true, false], ['perhaps', 2, {}]],
      ['isOpenToAll', [true], ['perhaps', {}]],
      ['needsPreflight', [false], ['perhaps', 7]],
      ['state', [], ['published']],
      ['ownerId', [], ['x']]
    ]
    for (const [field, good, bad] of values) {
      for (const value of [...good, ...bad]) {
        const exam = { title: 'Physics', [field]: value }
        const created = await request('POST', '/exams', exam)
        const imported = await request<{ details?: { fields?: ReadonlyArray<{ field: string }> } }>(
          'POST',
          '/exams/import',
          { format: 'invigil-exam/1', exam, questions: [] }
        )
        t.equal(created.status, good.includes(value) ? 201 : 400, `${field} ${JSON.stringify(value).slice(0, 30)}`)
        t.equal(imported.status, created.status, 'the same at import')
        if (imported.status === 400) t.match(imported.body.details?.fields?.[0]?.field, `exam.${field}`)
      }
    }
    const file = (exam: object) => ({ format: 'invigil-exam/1', exam: { title: 'x', ...exam }, questions: [] })
    t.match(await request('POST', '/exams/import', file({ opensAtMs: 5, closesAtMs: 5 })), {
      status: 400,
      body: { details: { fields: [{ field: 'exam.closesAtMs' }] } }
    })
    const {
      body: { id }
    } = await request<{ id: string }>('POST', '/exams', { title: 'x' })
    for (const policy of [
      {},
      { weights: { paste: 3 } },
      { actions: { medium: 'warn', high: 'ask' }, mayTerminate: true },
      { rules: { phone: { enabled: false } } },
      { actions: { medium: 'shoot', high: 'ask' } },
      { actions: {} },
      { rules: { phoney: {} } },
      { riskLimits: { medium: 9, high: 4 } },
      { weights: { paste: -1 } },
      { mayTerminate: 'perhaps' },
      { version: 3 },
      'strict'
    ]) {
      const set = await request('PUT', `/exams/${id}/policy`, policy as object)
      const imported = await request('POST', '/exams/import', file({ policy }))
      t.equal(imported.status === 201, set.status === 200, JSON.stringify(policy))
    }
  })

  await t.test('a file passes the same checks as questions that are added', async t => {
    const { body: { id } } = await request<{ id: string }>('POST', '/exams', { title: 'x' })
    const questions: readonly object[] = [
      { kind: 'long', text: 'Why?', body: {} },
      { kind: 'number', text: '?', points: 2.5, body: { correct: '1.234,5' } },
      { kind: 'single', text: '?', body: { choices: ['a', 'b'], correct: 'b' } },
      { kind: 'number', text: '?', body: { correct: '3,142' } },
      { kind: 'number', text: '?', points: 1001, body: { correct: 1 } },
      { kind: 'number', text: '?', points: -1, body: { correct: 1 } },
      { kind: 'long', text: ' ', body: {} },
      { kind: 'long', text: 'x'.repeat(20_001), body: {} },
      { kind: 'long', section: 'x'.repeat(201), text: 'x', body: {} },
      { kind: 'essay', text: 'x', body: {} },
      { kind: 'single', text: '?', body: { choices: ['a'], correct: 'a' } },
      { kind: 'short', text: '?', body: { accepted: [] } },
      { kind: 'long', text: 'x', body: {}, more: 1 }
    ]
    for (const question of questions) {
      const added = await request('POST', `/exams/${id}/questions`, question)
      const imported = await request('POST', '/exams/import', {
        format: 'invigil-exam/1',
        exam: { title: 'x' },
        questions: [question]
      })
      t.equal(imported.status, added.status, JSON.stringify(question).slice(0, 60))
    }
  })
})
