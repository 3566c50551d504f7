import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { exportExam, FORMAT, importExam, QUESTIONS_MAX } from '../../../src/exams/exchange.ts'
import { readQuestion } from '../../../src/exams/read-question.ts'

const BODIES = {
  single: { choices: [{ id: 'a', text: 'Dhaka' }, { id: 'b', text: 'ঢাকা' }], correct: 'a' },
  multiple: { choices: [{ id: 'a', text: '2' }, { id: 'b', text: '3' }, { id: 'c', text: '4' }], correct: ['a', 'b'] },
  boolean: { correct: true },
  number: { correct: 9.81, tolerance: 0.01, unit: 'm/s²' },
  short: { accepted: ['Padma', 'পদ্মা'], isCaseSensitive: false },
  long: { guidance: 'Three reasons.' },
  code: { language: 'python', starter: 'def f():\n', guidance: 'Recursion.' }
}

const file = (more: object = {}, exam: object = {}) => ({
  format: FORMAT,
  exam: { title: 'Physics', ...exam },
  questions: Object.entries(BODIES).map(([kind, body]) => ({
    section: 'One',
    kind,
    text: 'Which?',
    points: 2.5,
    body
  })),
  ...more
})
const fieldsOf = (read: { readonly problems?: ReadonlyArray<{ readonly field: string, readonly problem: string }> }) =>
  read.problems?.map(({ field, problem }) => `${field} ${problem}`)

await t.test('an exported exam can be imported again, from the database and as JSON', async t => {
  const db = await openDatabase({ url: 'file::memory:' })
  t.teardown(() => db.close())
  const policy = {
    rules: { phone: { enabled: false } },
    weights: { paste: 3 },
    riskLimits: { medium: 4, high: 9 },
    actions: { medium: 'warn', high: 'terminate' },
    mayTerminate: true
  }
  const imported = importExam(
    file(
      {},
      {
        description: 'd',
        opensAtMs: 1,
        closesAtMs: 2,
        durationMs: 60_000,
        attemptsMax: 1,
        language: 'bn',
        shuffle: true,
        isOpenToAll: true,
        needsPreflight: true,
        policy
      }
    )
  )
  if (imported.problems !== undefined) return t.fail(JSON.stringify(imported.problems))
  const exam = await db.exams.create({ ...imported.exam, ownerId: 'o', atMs: 5 }, imported.questions)
  const exported = exportExam(exam, await db.questions.list(exam.id))
  t.same(importExam(JSON.parse(JSON.stringify(exported))), imported)
  t.same(Object.keys(exported.exam).includes('state'), false)
  t.notMatch(JSON.stringify(exported), new RegExp(exam.id))
  const plain = await db.exams.create({ title: 'x', ownerId: 'o', atMs: 5 })
  t.equal(importExam(exportExam(plain, [])).problems, undefined, 'with null for unset fields')
})

await t.test('each problem of a file is named with its place', async t => {
  t.same(fieldsOf(importExam(null)), ['body type', 'format required', 'exam required', 'questions required'])
  t.same(fieldsOf(importExam(file({ format: 'other/1', more: 1 }))), ['more unknown', 'format enum'])
  t.same(fieldsOf(importExam(file({ questions: [] }, { opensAtMs: 5, closesAtMs: 5, id: 'x' }))), [
    'exam.id unknown',
    'exam.closesAtMs minimum'
  ])
  const questions = [
    { kind: 'essay', text: 'x', body: {} },
    { kind: 'single', text: 'x', body: { choices: ['a', { id: 'a', text: 'b' }], correct: 'z' } },
    { kind: 'multiple', text: 'x', body: { choices: ['x', 'y'], correct: ['a', 'a', 3] } },
    { kind: 'number', text: 'x', points: -1, body: { correct: 'five', tolerance: -1 } },
    { kind: 'short', text: 'x', body: { accepted: ['\u200B', ' '] } },
    { kind: 'boolean', body: { correct: true, hint: 1 } },
    { kind: 'code', text: 'x' },
    'a question'
  ]
  t.same(fieldsOf(importExam(file({ questions }))), [
    'questions.0.kind enum',
    'questions.1.body.choices.1.id other',
    'questions.1.body.correct enum',
    'questions.2.body.correct.2 type',
    'questions.2.body.correct.1 other',
    'questions.3.points minimum',
    'questions.3.body.correct numberLetters',
    'questions.3.body.tolerance minimum',
    'questions.4.body.accepted.0 pattern',
    'questions.4.body.accepted.1 minLength',
    'questions.5.text required',
    'questions.5.body.hint unknown',
    'questions.6.body.language required',
    'questions.7 type',
    'questions.7.kind required',
    'questions.7.text required'
  ])
  t.same(fieldsOf(importExam(file({ questions: Array.from({ length: QUESTIONS_MAX + 1 }, () => ({})) }))), [
    'questions maximum'
  ])
  t.equal(
    importExam(file({ questions: Array.from({ length: QUESTIONS_MAX }, () => ({})) })).problems?.length,
    20,
    'a hopeless file is not answered in full'
  )
})

await t.test('a policy in a file is checked by the judge\'s rules', async t => {
  const fields = (policy: unknown) => fieldsOf(importExam(file({ questions: [] }, { policy })))
  t.same(fields({}), undefined)
  t.same(fields('strict'), ['exam.policy type'])
  t.same(fields({ rules: { phoney: {} }, riskLimits: { medium: 9, high: 4 }, version: 3 }), [
    'exam.policy.version unknown',
    'exam.policy.rules.phoney unknown',
    'exam.policy.riskLimits other'
  ])
})

await t.test('a single question is read in the same way, and choices may be plain texts', async t => {
  t.same(readQuestion({ kind: 'single', text: 'Which?', body: { choices: ['x', 'y'], correct: 'b' } }), {
    question: {
      section: '',
      kind: 'single',
      text: 'Which?',
      points: 1,
      body: {
        choices: [
          { id: 'a', text: 'x' },
          { id: 'b', text: 'y' }
        ],
        correct: 'b'
      }
    }
  })
  t.same(readQuestion({ kind: 'long', text: 'Why?' }), {
    question: { section: '', kind: 'long', text: 'Why?', points: 1, body: {} }
  })
  t.same(fieldsOf(readQuestion({ kind: 'long', text: 'Why?', body: [] }, 'question')), ['question.body type'])
  t.equal(
    readQuestion(JSON.parse('{"kind":"long","text":"x","__proto__":{"body":{}}}')).problems?.[0]?.field,
    '__proto__'
  )
})
