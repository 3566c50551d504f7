import t from 'tap'
import {
  bodyOf, draftOf, freeId, inputOf, KINDS, markChoice, moved, newDraft, problemsOf, withKind, type Draft
} from '../../../web/src/teacher/questions/draft.ts'

const QUESTIONS = [
  {
    kind: 'single',
    section: 'A',
    text: '2 + 2?',
    points: 2,
    body: { choices: [{ id: 'a', text: '3' }, { id: 'b', text: '4' }], correct: 'b' }
  },
  {
    kind: 'multiple',
    section: '',
    text: 'Primes?',
    points: 4,
    body: { choices: [{ id: 'x', text: '2' }, { id: 'y', text: '4' }, { id: 'z', text: '3' }], correct: ['x', 'z'] }
  },
  { kind: 'boolean', section: '', text: 'Flat?', points: 1, body: { correct: false } },
  { kind: 'number', section: '', text: 'Pi', points: 0.5, body: { correct: 3.142, tolerance: '1e-400', unit: 'm' } },
  { kind: 'short', section: '', text: 'Capital', points: 1, body: { accepted: ['Dhaka', 'ঢাকা'], isCaseSensitive: true } },
  { kind: 'long', section: '', text: 'Why?', points: 6, body: { guidance: 'Three reasons' } },
  { kind: 'code', section: '', text: 'Print', points: 4, body: { language: 'python', starter: '# here' } }
] as const

t.test('a stored question of every kind is sent as it was read', async t => {
  for (const question of QUESTIONS) {
    const draft = draftOf(question)
    t.same(inputOf(draft), question, question.kind)
    t.same(problemsOf(draft), [], question.kind)
  }
})

t.test('a number that was typed is sent as text, an untouched one as it is stored', async t => {
  const draft = draftOf(QUESTIONS[3])
  t.same(bodyOf({ ...draft, correct: ' 2,5 ', tolerance: '' }), { correct: '2,5', unit: 'm' })
  t.same(bodyOf(draft).correct, 3.142)
})

t.test('a new question of each kind says what it lacks', async t => {
  const lacks: Record<string, string[]> = {
    single: ['noText', 'emptyChoice'],
    multiple: ['noText', 'emptyChoice'],
    boolean: ['noText'],
    number: ['noText', 'noNumber'],
    short: ['noText', 'noAccepted'],
    long: ['noText'],
    code: ['noText']
  }
  for (const kind of KINDS) t.same(problemsOf(newDraft(kind)), lacks[kind], kind)
  t.same(problemsOf({ ...newDraft('code'), text: 'x', points: '', language: ' ' }), ['noPoints', 'noLanguage'])
})

t.test('of one choice only one is right; of several any', async t => {
  const right = (draft: Draft) => draft.choices.filter(({ isCorrect }) => isCorrect).map(({ id }) => id)
  t.same(right(markChoice(draftOf(QUESTIONS[0]), 'a', true)), ['a'])
  const multiple = markChoice(draftOf(QUESTIONS[1]), 'y', true)
  t.same(right(multiple), ['x', 'y', 'z'])
  t.same(right(withKind(multiple, 'single')), ['x'])
  t.same(problemsOf({ ...withKind(multiple, 'single'), choices: multiple.choices.map(c => ({ ...c, isCorrect: false })) }),
    ['noCorrect'])
})

t.test('a new choice has the first free id', async t => {
  t.equal(freeId([{ id: 'a' }, { id: 'c' }]), 'b')
  t.equal(freeId(Array.from({ length: 26 }, (_, index) => ({ id: String.fromCharCode(97 + index) }))), 'a1')
})

t.test('an item moves to its new place', async t => {
  t.same(moved(['a', 'b', 'c', 'd'], 0, 2), ['b', 'c', 'a', 'd'])
  t.same(moved(['a', 'b', 'c', 'd'], 3, 0), ['d', 'a', 'b', 'c'])
  t.same(moved(['a', 'b'], 1, 1), ['a', 'b'])
})
