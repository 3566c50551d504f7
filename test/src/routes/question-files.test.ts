import t from 'tap'
import { QUESTIONS_MAX } from '../../../src/exams/exchange.ts'
import { call, person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Report {
  readonly code?: string
  readonly imported: number
  readonly isDryRun: boolean
  readonly questions: ReadonlyArray<{ readonly line: number, readonly text: string }>
  readonly problems: ReadonlyArray<{ readonly line: number, readonly reason: string, readonly text: string }>
  readonly details: Report
}
interface Questions {
  readonly questions: ReadonlyArray<Readonly<Record<string, unknown>>>
}

const AIKEN = '2 + 2 = ?\nA. 3\nB. 4\nANSWER: B\n'
const BROKEN = `${AIKEN}\nQ\nA. x\nB. y\nANSWER: C\n`

await eachDatabase(t, async (t, make) => {
  const app = await make()
  const { db } = app.services
  const teacher = await person(app, 'teacher')
  const makeExam = async (): Promise<string> =>
    (await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: Date.now() })).id
  const send = async (examId: string, query: string, payload: string | Buffer, type = 'text/plain; charset=utf-8') =>
    await call<Report>(app, 'POST', `/exams/${examId}/questions/import?${query}`, {
      headers: { ...teacher.headers, 'content-type': type },
      payload
    })
  const list = async (examId: string) =>
    (await call<Questions>(app, 'GET', `/exams/${examId}/questions`, { headers: teacher.headers })).body.questions
  const fieldsOf = (questions: Questions['questions']) =>
    questions.map(({ section, kind, text, points, body }) => ({ section, kind, text, points, body }))

  await t.test('a dry run changes nothing, and an import adds the questions in their order', async t => {
    const exam = await makeExam()
    const dry = await send(exam, 'format=aiken&dryRun=true', BROKEN)
    t.match(dry, {
      status: 200,
      body: {
        isDryRun: true,
        imported: 0,
        questions: [{ line: 1, text: '2 + 2 = ?' }],
        problems: [{ line: 9, reason: 'aikenAnswer', text: /letter of one of the choices/ }]
      }
    })
    t.same(await list(exam), [])
    const refused = await send(exam, 'format=aiken', BROKEN)
    t.match(refused, {
      status: 422,
      body: { code: 'INVIGIL_ERR_IMPORT_PROBLEMS', details: { imported: 0, problems: [{ line: 9 }] } }
    })
    t.same(await list(exam), [], 'all or nothing')
    t.match(await send(exam, 'format=aiken&skipProblems=true', BROKEN), { status: 200, body: { imported: 1 } })
    const many = Array.from({ length: 25 }, (_, index) => `${index} {T}`).join('\n\n')
    t.match(await send(exam, 'format=gift', many), { status: 200, body: { imported: 25, isDryRun: false } })
    const stored = await list(exam)
    t.same(stored.map(({ text }) => text), ['2 + 2 = ?', ...Array.from({ length: 25 }, (_, index) => `${index}`)])
    t.same(stored.map(({ position }) => position), stored.map((_, index) => index))
    const bangla = await send(exam, 'format=aiken&dryRun=true&lang=bn', BROKEN)
    t.match(bangla.body.problems[0]?.text, /[\u0980-\u09ff]/)
  })

  await t.test('every format is taken as a body of its type, and nothing else', async t => {
    const exam = await makeExam()
    const question = { kind: 'boolean', text: 'Q', body: { correct: true } }
    t.match(await send(exam, 'format=json', JSON.stringify([question]), 'application/json'), { status: 200, body: { imported: 1 } })
    t.match(await send(exam, 'format=csv', 'kind,text,correct\nboolean,Q,true\n', 'text/csv'), { body: { imported: 1 } })
    t.match(
      await send(exam, 'format=moodle-xml', '<quiz><question type="essay"><questiontext><text>Q</text></questiontext></question></quiz>', 'application/xml'),
      { body: { imported: 1 } }
    )
    t.match(
      await send(exam, 'format=moodle-xml&dryRun=true', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>', 'text/xml'),
      { status: 200, body: { problems: [{ reason: 'doctype' }], questions: [] } }
    )
    t.equal((await send(exam, 'format=word', 'x')).status, 400)
    t.equal((await send(exam, 'format=csv', 'x', 'image/png')).status, 415)
    t.match(await send(exam, 'format=csv', Buffer.from([0x61, 0x0a, 0xe9, 0x0a])), {
      status: 400,
      body: { code: 'INVIGIL_ERR_ENCODING', details: { line: 2 } }
    })
    t.equal((await send(exam, 'format=csv', Buffer.alloc(9 * 1024 * 1024, 0x61))).status, 413)
    t.match(await send(exam, 'format=csv&dryRun=true', ''), { status: 200, body: { problems: [{ line: 1 }, {}] } })
    t.match(await call(app, 'POST', `/exams/${exam}/questions`, { headers: teacher.headers, payload: question }), { status: 201 }, 'other routes read JSON as before')
  })

  await t.test('an exam has at most so many questions, and one that was begun takes none', async t => {
    const exam = await makeExam()
    const gift = (count: number) => Array.from({ length: count }, () => 'Q {T}').join('\n\n')
    t.match(await send(exam, 'format=gift', gift(QUESTIONS_MAX + 1)), {
      status: 422,
      body: { details: { problems: [{ reason: 'full', line: QUESTIONS_MAX * 2 + 1 }] } }
    })
    t.match(await send(exam, 'format=gift', gift(QUESTIONS_MAX)), { status: 200, body: { imported: QUESTIONS_MAX } })
    const student = await person(app)
    await db.attempts.start({
      examId: exam,
      userId: student.user.id,
      attemptsMax: null,
      examVersion: 1,
      policyVersion: 1,
      dueAtMs: null,
      atMs: Date.now()
    })
    t.match(await send(exam, 'format=gift&dryRun=true', gift(1)), { status: 409, body: { code: 'INVIGIL_ERR_EXAM_USED' } })
  })

  await t.test('what is exported is imported again as it was', async t => {
    const exam = await makeExam()
    const odd = 'a ~ = # { } : \\frac{1}{2} \\nu "x", <b> & \'y\'\nsecond line; =1+1'
    const questions = [
      { section: '', kind: 'single', text: odd, points: 2, body: { choices: ['=1', odd, "'tis"], correct: 'b' } },
      { section: 'Part A', kind: 'multiple', text: 'M', points: 1, body: { choices: ['x', 'y', 'z', 'w'], correct: ['a', 'c', 'd'] } },
      { section: 'Part A', kind: 'boolean', text: 'B', points: 1, body: { correct: false } },
      { section: 'Part B', kind: 'number', text: 'N', points: 0.25, body: { correct: '3.14159265358979323846', tolerance: 0.001 } },
      { section: '', kind: 'short', text: 'S', points: 1, body: { accepted: ['a|b', "'=x", '00123', 'ঢাকা'] } },
      { section: '', kind: 'long', text: 'L', points: 1, body: {} }
    ]
    for (const payload of questions) {
      t.equal((await call(app, 'POST', `/exams/${exam}/questions`, { headers: teacher.headers, payload })).status, 201)
    }
    const original = fieldsOf(await list(exam))
    const code = { kind: 'code', text: 'C', points: 3, body: { language: 'python', starter: 'x = 1\n' } }
    await call(app, 'POST', `/exams/${exam}/questions`, { headers: teacher.headers, payload: code })
    for (const format of ['csv', 'gift', 'moodle-xml']) {
      const file = await app.inject({ url: `/api/v1/exams/${exam}/questions/export?format=${format}`, headers: teacher.headers })
      t.equal(file.statusCode, 200)
      t.match(file.headers['content-disposition'], /attachment; filename="questions-/)
      const copy = await makeExam()
      const { status, body } = await send(copy, `format=${format}`, file.body)
      t.match(status === 200 ? [] : body.details.problems, [], format)
      const read = fieldsOf(await list(copy))
      const wanted = format === 'gift' ? original.map(question => ({ ...question, points: 1 })) : original
      t.same(read.slice(0, original.length), wanted, format)
      if (format === 'csv') t.match(read.at(-1), code)
      else t.match(file.body, /Question 7 is left out: questions about code/)
    }
    t.equal((await app.inject({ url: `/api/v1/exams/${exam}/questions/export?format=word`, headers: teacher.headers })).statusCode, 400)
  })
})
