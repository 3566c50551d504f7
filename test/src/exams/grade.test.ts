import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { foldText } from '../../../src/exams/fold.ts'
import { answerProblem, ANSWER_CHARACTERS_MAX, grade, gradeAttempt } from '../../../src/exams/grade.ts'
import { toQuestion, type Bodies, type Question } from '../../../src/exams/question.ts'
import { shuffled, withoutAnswers } from '../../../src/exams/view.ts'

function question<K extends keyof Bodies> (kind: K, body: Bodies[K], points = 4): Question {
  return { id: `q-${kind}`, section: '', text: '?', points, kind, body } as unknown as Question
}

const choices = ['a', 'b', 'c', 'd', 'e'].map(id => ({ id, text: `Choice ${id}` }))
const points = (of: Question, answer: unknown, language = 'en') => grade(of, answer, language).points
const SECRET = 'SECRET'

await t.test('a single choice and true or false earn all or nothing', async t => {
  const single = question('single', { choices, correct: 'b' })
  t.same(grade(single, 'b'), { points: 4, max: 4, isAuto: true, outcome: 'right' })
  t.same(grade(single, 'a'), { points: 0, max: 4, isAuto: true, outcome: 'wrong' })
  t.same(grade(single, 'z'), { points: 0, max: 4, isAuto: true, outcome: 'unreadable' })
  for (const empty of [undefined, null, '']) t.match(grade(single, empty), { points: 0, outcome: 'empty' })
  const no = question('boolean', { correct: false })
  t.same([points(no, false), points(no, true), points(no, null), points(no, 'false')], [4, 0, 0, 0])
})

await t.test('in a multiple choice each right choice earns its share and each wrong one subtracts a share', async t => {
  const two = question('multiple', { choices, correct: ['a', 'b'] })
  t.same(grade(two, ['b', 'a']), { points: 4, max: 4, isAuto: true, outcome: 'right' })
  t.same(grade(two, ['a']), { points: 2, max: 4, isAuto: true, outcome: 'partly' })
  t.same(points(two, ['a', 'c']), 0)
  t.same(points(two, ['a', 'b', 'c']), 2)
  t.same(points(two, ['c', 'd', 'e']), 0, 'never below nothing')
  t.same(points(two, choices.map(({ id }) => id)), 0, 'ticking everything earns nothing')
  t.same(grade(two, []), { points: 0, max: 4, isAuto: true, outcome: 'empty' })
  const three = question('multiple', { choices, correct: ['a', 'b', 'c'] }, 1)
  t.equal(points(three, ['a']), 0.333333)
  const none = question('multiple', { choices, correct: [] })
  t.same(
    [points(none, []), points(none, undefined), points(none, ['a'])],
    [4, 4, 0],
    'where none is right, ticking none is'
  )
  t.same(grade(two, ['a', 'a']).outcome, 'unreadable')
})

await t.test('a number is right within its tolerance, in any of our scripts', async t => {
  const half = question('number', { correct: 0.3, tolerance: 0.1 })
  for (const right of [0.2, 0.4, '0,3', '০.৩', ' .25 ', '+0.3', '3e-1']) t.equal(points(half, right), 4, String(right))
  for (const wrong of [0.19, 0.41, '-0.3', '']) t.equal(points(half, wrong), 0, String(wrong))
  for (const misfit of [Number.NaN, true]) t.match(grade(half, misfit), { points: 0, outcome: 'unreadable' })
  for (const unread of ['about 0.3', '3,142', '10²']) {
    t.match(
      grade(half, unread),
      { points: null, isAuto: false, outcome: 'unreadable' },
      `${unread} is a person's to judge`
    )
  }
  t.same(
    [points(question('number', { correct: 1234567 }), '12,34,567'), points(question('number', { correct: 0 }), 0)],
    [4, 4]
  )
})

await t.test('only the stated tolerance is allowed', async t => {
  const exactly = (correct: number | string, answer: unknown, tolerance?: number | string) =>
    points(question('number', { correct, ...defined({ tolerance }) }), answer, 'en')
  for (const [key, wrong] of [
    [1.602e-19, 0],
    [6227020800, 6227020806],
    [2000000001, 2000000002],
    [1e15, '1000000000000001'],
    [0.1, '0.1000000000000000055'],
    ['0.12345678901234567890', 0.12345678901234568]
  ] as const) {
    t.equal(exactly(key, wrong), 0, `${wrong} is not ${key}`)
    t.equal(exactly(key, wrong, 0), 0)
    t.equal(exactly(key, key), 4)
  }
  t.same([exactly(0.3, '0.30'), exactly(0.3, '3e-1'), exactly(100, '1e2'), exactly(-0, 0)], [4, 4, 4, 4])
  t.same(
    [
      exactly(1, '1.000000000000000000000000000000000001', 1e-36),
      exactly(1, '1.0000000000000000000000000000000000011', 1e-36)
    ],
    [4, 0]
  )
  for (const [key, tolerance, inside, outside] of [
    [0.2, 0.1, '0.3', '0.30000000000000001'],
    [9.81, 0.01, '9.82', '9.8200001'],
    [1e300, 1e299, '1.1e300', '1.10001e300']
  ] as const) {
    t.same([exactly(key, inside, tolerance), exactly(key, outside, tolerance)], [4, 0], `${key} ± ${tolerance}`)
  }
})

await t.test('full marks are exactly the maximum, parts never exceed it, and sums are those of decimals', async t => {
  for (const max of [0, 0.1, 1 / 3, 0.1234567, 1, 2.5, 999.999999, 1000]) {
    t.equal(grade(question('single', { choices, correct: 'b' }, max), 'b').points, max)
    for (let right = 1; right <= 5; right++) {
      const correct = choices.slice(0, right).map(({ id }) => id)
      const parts = [0, 1, 2, 3, 4, 5].map(ticked =>
        points(
          question('multiple', { choices, correct }, max),
          choices.slice(0, ticked).map(({ id }) => id)
        )!
      )
      t.ok(
        parts.every(part => part >= 0 && part <= max && !Object.is(part, -0)),
        `${max}: ${parts.join(' ')}`
      )
      t.equal(parts[right], max)
    }
  }
})

await t.test('spaces, case, script of digits and composition do not matter in a short answer', async t => {
  const short = question('short', { accepted: ['Café au lait', 'ঢাকা ১৯৭১'] })
  for (const right of [
    'café au lait',
    '  CAFÉ  AU\u00A0LAIT\n',
    'Cafe\u0301 au lait',
    'ঢাকা 1971',
    'ঢাকা\u200C ১৯৭১',
    'ｃａｆé au lait'
  ]) { t.equal(points(short, right), 4, right) }
  for (const wrong of ['cafe au lait', 'café aulait', 'ঢাকা ১৯৭২']) {
    t.match(grade(short, wrong), { points: 0, outcome: 'wrong' })
  }
  t.equal(grade(short, ' \u200B ').outcome, 'empty')
  t.equal(grade(short, 5).outcome, 'unreadable')
  const strict = question('short', { accepted: ['pH'], isCaseSensitive: true })
  t.same([points(strict, ' pH '), points(strict, 'PH')], [4, 0])
  t.equal(foldText('‘a’ – “b”'), "'a' - \"b\"")
  // Two code points or one for the letter য়: the same letter to the eye.
  t.equal(foldText('\u09AF\u09BC'), foldText('\u09DF'))
  t.equal(foldText('İ'), foldText(foldText('İ')))
})

await t.test('long texts and code wait for a person, unless empty', async t => {
  for (const of of [question('long', {}), question('code', { language: 'c' })]) {
    t.same(grade(of, 'something'), { points: null, max: 4, isAuto: false, outcome: 'manual' })
    t.match(grade(of, ' \n'), { points: 0, isAuto: true, outcome: 'empty' })
  }
})

await t.test('an attempt is graded question by question; code handed in counts without an answer', async t => {
  const questions = [
    question('single', { choices, correct: 'b' }),
    question('long', {}),
    question('code', { language: 'c' }),
    question('short', { accepted: ['x'] })
  ]
  t.same(
    gradeAttempt(
      questions,
      [
        { questionId: 'q-single', value: 'b' },
        { questionId: 'gone', value: 1 }
      ],
      [{ questionId: 'q-code', code: 'int main;' }]
    ),
    [
      { questionId: 'q-single', points: 4, pointsMax: 4 },
      { questionId: 'q-long', points: 0, pointsMax: 4 },
      { questionId: 'q-code', points: null, pointsMax: 4 },
      { questionId: 'q-short', points: 0, pointsMax: 4 }
    ]
  )
  t.equal(gradeAttempt(questions, [])[2]?.points, 0)
})

await t.test('each kind of question accepts its own kind of value', async t => {
  const cases: Array<[Question, unknown[], unknown[]]> = [
    [question('single', { choices, correct: 'b' }), ['a', null], ['z', 1, ['a']]],
    [question('multiple', { choices, correct: ['b'] }), [[], ['a', 'e'], null], ['a', ['z'], ['a', 'a'], [1], {}]],
    [question('boolean', { correct: true }), [true, false, null], ['true', 1]],
    [question('number', { correct: 1 }), [0, '5', '৫', '', null], ['five', true, Number.NaN]],
    [question('short', { accepted: ['x'] }), ['', 'x', null], [1, ['x'], 'x'.repeat(ANSWER_CHARACTERS_MAX + 1)]],
    [question('long', {}), ['x'], [{}]],
    [question('code', { language: 'c' }), ['x'], [false]]
  ]
  for (const [of, good, bad] of cases) {
    for (const value of good) t.equal(answerProblem(of, value), undefined, `${of.kind} ${JSON.stringify(value)}`)
    for (const value of bad) {
      t.type(answerProblem(of, value)?.problem, 'string', `${of.kind} ${JSON.stringify(value)?.slice(0, 20)}`)
    }
  }
})

await t.test('a candidate does not see answers, tolerances and guidance', async t => {
  const noted = { id: 'a', text: 'A', note: SECRET }
  const all = [
    question('single', { choices, correct: 'b' }),
    question('multiple', {
      choices: [noted, ...choices.slice(1)],
      correct: ['b', SECRET]
    }),
    question('boolean', { correct: true }),
    question('number', { correct: 424242, tolerance: 424242, unit: 'm' }),
    question('short', { accepted: [SECRET] }),
    question('long', { guidance: SECRET }),
    question('code', { language: 'c', starter: 'int', guidance: SECRET })
  ]
  const views = all.map(withoutAnswers)
  t.notMatch(JSON.stringify(views), new RegExp(`${SECRET}|424242|correct|accepted|guidance|body`))
  t.same(views[0], { id: 'q-single', section: '', kind: 'single', text: '?', points: 4, choices })
  t.same(views[3], { id: 'q-number', section: '', kind: 'number', text: '?', points: 4, unit: 'm' })
  t.same(views[6], { id: 'q-code', section: '', kind: 'code', text: '?', points: 4, language: 'c', starter: 'int' })
  const row = {
    id: 'r',
    examId: 'e',
    position: 3,
    section: 's',
    kind: 'boolean',
    text: 't',
    points: 1,
    body: { correct: true }
  } as const
  t.same(toQuestion(row), { id: 'r', section: 's', kind: 'boolean', text: 't', points: 1, body: { correct: true } })
})

await t.test(
  'the order is the same for one attempt, differs between attempts, and keeps sections together',
  async t => {
    const questions = Array.from({ length: 12 }, (_, index) => ({
      ...withoutAnswers(question('single', { choices, correct: 'b' })),
      id: `q${index}`,
      section: index < 4 ? 'One' : 'Two'
    }))
    const one = shuffled(questions, 'attempt-1')
    t.same(shuffled(questions, 'attempt-1'), one)
    t.same(
      shuffled(
        [...questions].reverse().sort((a, b) => (a.section < b.section ? -1 : 1)),
        'attempt-1'
      ),
      one,
      'also when they come in another order'
    )
    t.same(
      one.map(({ section }) => section),
      questions.map(({ section }) => section)
    )
    t.same(one.map(({ id }) => id).sort(), questions.map(({ id }) => id).sort())
    t.same(
      one[0]?.choices?.map(({ id }) => id).sort(),
      choices.map(({ id }) => id)
    )
    const orders = new Set(
      Array.from({ length: 50 }, (_, index) => JSON.stringify(shuffled(questions, `attempt-${index}`)))
    )
    t.equal(orders.size, 50)
    const firsts = new Map<string, number>()
    for (let index = 0; index < 4000; index++) {
      const first = shuffled(questions, `seed-${index}`)[0]!.id
      firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    for (const id of ['q0', 'q1', 'q2', 'q3']) {
      t.ok(Math.abs((firsts.get(id) ?? 0) - 1000) < 120, `${id} comes first as often as the others`)
    }
  }
)
