/** Differences between the databases that must not be visible through HTTP. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { build } from '../support/app.ts'
import { as, sit, stage, type ExamBody, type QuestionBody } from '../support/exams.ts'
import { SERVERS } from '../support/servers.ts'

const NUL = 'before\u0000after'
const HALF = 'half \ud83d of a pair'
const WHOLE = 'a whole pair 😀, and a pair in the end 👩‍👧'
/** The first millisecond of the year 10000, and far beyond. */
const FAR = [253_402_300_800_000, 8.64e15, 1e30]

async function behave (t: Test, url: string): Promise<void> {
  const db = await openDatabase({ url })
  const app = await build(t, { db })
  t.teardown(() => db.close())
  const { exam, teacher, questions } = await stage(app)
  const staff = as(app, teacher)
  const { student, attempt } = await sit(app, exam)
  const request = as(app, student)
  const { body: draft } = await staff<ExamBody>('POST', '/exams', { title: 'Draft' })
  const byKind = (kind: string): string => questions.find(question => question.kind === kind)!.id

  await t.test('characters that databases store differently are refused with the name of the field, on every route', async t => {
    for (const text of [NUL, HALF, '\udc00', '\u0000']) {
      const refused: ReadonlyArray<
        readonly [typeof request, 'GET' | 'POST' | 'PATCH' | 'PUT', string, object | undefined, string]
      > = [
        [staff, 'POST', '/exams', { title: text }, 'title'],
        [staff, 'POST', '/exams', { title: 'x', description: text }, 'description'],
        [staff, 'PATCH', `/exams/${draft.id}`, { title: text }, 'title'],
        [
          staff,
          'POST',
          `/exams/${draft.id}/questions`,
          { kind: 'single', text, points: 1, body: { choices: ['1', '2'], correct: 'a' } },
          'text'
        ],
        [
          staff,
          'POST',
          `/exams/${draft.id}/questions`,
          { kind: 'single', text: 'x', points: 1, body: { choices: ['1', text], correct: 'a' } },
          'body.choices.1'
        ],
        [
          request,
          'POST',
          `/attempts/${attempt.id}/code`,
          { questionId: byKind('code'), language: 'python', code: text },
          'code'
        ],
        [request, 'PATCH', '/auth/me', { name: text }, 'name']
      ]
      for (const [who, method, path, payload, field] of refused) {
        t.match(
          await who(method, path, payload),
          { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field }] } } },
          `${method} ${path} ${field}`
        )
      }
    }
    t.equal((await staff('GET', '/exams?search=a%00b')).status, 400)
    t.match(await staff('POST', '/exams', { title: WHOLE }), { status: 201, body: { title: WHOLE } })
  })

  await t.test('an answer keeps every character and is not refused', async t => {
    let clientSeq = 1
    for (const value of [NUL, HALF, WHOLE]) {
      for (const kind of ['long', 'code']) {
        t.equal(
          (await request('PUT', `/attempts/${attempt.id}/answers/${byKind(kind)}`, { value, clientSeq })).status,
          200,
          kind
        )
        t.equal((await db.answers.list(attempt.id)).find(({ questionId }) => questionId === byKind(kind))?.value, value)
      }
      clientSeq++
    }
    t.equal(
      (await request('PUT', `/attempts/${attempt.id}/answers/${byKind('long')}`, { value: 'x', clientSeq: 9, more: NUL }))
        .status,
      400
    )
  })

  await t.test('times that a database cannot store get 400', async t => {
    for (const ms of FAR) {
      t.equal((await staff('PATCH', `/exams/${draft.id}`, { closesAtMs: ms })).status, 400, `closesAtMs ${ms}`)
      for (const path of [`/events?toMs=${ms}`, `/events?fromMs=${ms}`, `/sessions?toMs=${ms}`]) {
        const { status } = await staff('GET', path)
        t.ok(status < 500, `${path}: ${status}`)
      }
    }
    t.equal(
      await db.exams.change(draft.id, { closesAtMs: FAR[0]! - 1 }, Date.now()),
      'changed',
      'the last moment of 9999'
    )
    t.equal((await db.exams.byId(draft.id))?.closesAtMs, FAR[0]! - 1)
    await t.rejects(db.exams.change(draft.id, { closesAtMs: FAR[0]! }, Date.now()), {
      code: 'invalid',
      engineCode: 'TIME_OUT_OF_RANGE'
    })
    await t.rejects(db.exams.change(draft.id, { closesAtMs: NaN }, Date.now()), { code: 'invalid' })
  })

  await t.test(
    'questions that are added concurrently have positions without gaps, as the responses said',
    async t => {
      const { body: many } = await staff<ExamBody>('POST', '/exams', { title: 'Many' })
      const answered: string[] = []
      const added = await Promise.all(
        Array.from({ length: 24 }, async (_, at) => {
          const { status, body } = await staff<QuestionBody>('POST', `/exams/${many.id}/questions`, {
            kind: 'boolean',
            text: `So ${at}?`,
            points: 1,
            body: { correct: true }
          })
          answered.push(body.id)
          return { status, position: body.position }
        })
      )
      t.ok(added.every(({ status }) => status === 201))
      t.same(
        added.map(({ position }) => position).sort((a, b) => a - b),
        Array.from({ length: 24 }, (_, at) => at)
      )
      const {
        body: { questions: listed }
      } = await staff<{ questions: QuestionBody[] }>('GET', `/exams/${many.id}/questions`)
      t.same(
        listed.map(({ position }) => position),
        Array.from({ length: 24 }, (_, at) => at)
      )
      t.same(new Set(listed.map(({ id }) => id)), new Set(answered))
    }
  )
}

await t.test('SQLite', async t => await behave(t, `file:${join(t.testdir(), 'a.db')}`))

for (const { name, missing, start } of SERVERS) {
  await t.test(name, { skip: missing() }, async t => {
    const server = await start()
    t.teardown(() => server.stop())
    await behave(t, server.url)
  })
}
