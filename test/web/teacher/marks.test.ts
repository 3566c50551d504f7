import t from 'tap'
import { actionOf, placeIn, pointsOf, queueOf, typed, type Item } from '../../../web/src/teacher/marks/queue.ts'
import {
  correlation, figuresOf, histogram, median, remarkOf, sharesOf
} from '../../../web/src/teacher/marks/statistics.ts'
import type { Result } from '../../../web/src/teacher/types.ts'

type Given = readonly [kind: 'single' | 'number' | 'long', points: number | null, max: number, isAuto?: boolean]

/** An attempt with one answer a question: its kind, its points, their maximum. */
const result = (id: string, ...answers: readonly Given[]): Result => ({
  attempt: { id, userName: `Name ${id}` },
  questions: answers.map(([kind, points, pointsMax, isAuto = true], index) =>
    ({ questionId: `q${index}`, kind, points, pointsMax, isAuto, text: `Question ${index}`, comment: '' }))
}) as unknown as Result

const said = (items: readonly Item[]) => items.map(({ attemptId, questionId }) => `${attemptId} ${questionId}`)

const TWO = [
  result('a', ['single', 2, 2], ['long', null, 6], ['number', null, 1]),
  result('b', ['single', 0, 2, false], ['long', 4, 6, false], ['number', 1, 1])
]

t.test('the queue goes through one candidate after the other, or one question after the other', async t => {
  t.same(said(queueOf(TWO, 'candidate', 'all')), ['a q0', 'a q1', 'a q2', 'b q0', 'b q1', 'b q2'])
  t.same(said(queueOf(TWO, 'question', 'all')), ['a q0', 'b q0', 'a q1', 'b q1', 'a q2', 'b q2'])
})

t.test('it holds what is not graded, or what persons grade: also a number that no rule could read', async t => {
  t.same(said(queueOf(TWO, 'question', 'open')), ['a q1', 'a q2'])
  t.same(said(queueOf(TWO, 'question', 'hand')), ['b q0', 'a q1', 'b q1', 'a q2'])
})

t.test('the grader stands where the address says, or near it', async t => {
  const queue = queueOf(TWO, 'question', 'all')
  t.equal(placeIn(queue, { attemptId: 'b', questionId: 'q1' }), 3)
  t.equal(placeIn(queue, { attemptId: null, questionId: 'q2' }), 4)
  t.equal(placeIn(queue, { attemptId: 'gone', questionId: 'gone' }), 0)
})

t.test('keys move, save and write points; with Ctrl or Alt they stay the browser\'s', async t => {
  const press = (key: string, held: object = {}) =>
    actionOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...held })
  t.same(['j', 'K', 'Enter', '7', '৭', ',', 'Backspace', 'x'].map(key => press(key)), [
    { move: 1 }, { move: -1 }, { save: true }, { type: '7' }, { type: '7' }, { type: '.' }, { erase: true }, undefined
  ])
  t.equal(press('j', { ctrlKey: true }), undefined)
})

t.test('typed points replace the old ones and lie between 0 and the maximum', async t => {
  t.equal(typed('6', '4', true), '4')
  t.equal(typed(typed('6', '.', true), '5', false), '0.5')
  t.equal(typed('1.5', '.', false), '1.5')
  t.same(['4', '6', '6.1', '2,5', '২.৫', '', '-1', '1e0', '.5'].map(text => pointsOf(text, 6)),
    [4, 6, undefined, 2.5, 2.5, undefined, undefined, undefined, 0.5])
})

t.test('shares are counted in tenths, the full one in the last', async t => {
  t.same(histogram([0, 0.05, 0.3, 0.6, 0.7, 0.99, 1]), [2, 0, 0, 1, 0, 0, 1, 1, 0, 2])
  t.same([median([]), median([3, 1, 2]), median([4, 1, 2, 3])], [null, 2, 2.5])
  t.same(sharesOf([...TWO, result('c')]), [5 / 9])
})

t.test('a question is hard or easy, and tells good candidates from others', async t => {
  const class5 = [[2, 6], [2, 5], [0, 3], [0, 2], [0, 1]]
    .map(([first, second], index) => result(String(index), ['single', first!, 2], ['long', second!, 6, false]))
  const [first, second] = figuresOf(class5)
  t.equal(first!.meanShare, 0.4)
  t.equal(first!.count, 5)
  // By hand: deviations 1.2 1.2 -.8 -.8 -.8 and 2.6 1.6 -.4 -1.4 -2.4; 8.4 / sqrt(4.8 * 17.2).
  t.ok(Math.abs(first!.discrimination! - 8.4 / Math.sqrt(4.8 * 17.2)) < 1e-12)
  t.equal(second!.discrimination, first!.discrimination, 'of two questions, each is the rest of the other')
  t.equal(remarkOf(first!), undefined)
  t.equal(remarkOf({ ...first!, discrimination: -0.2 }), 'checkKey')
  t.equal(remarkOf({ ...first!, meanShare: 0.1 }), 'hard')
  t.equal(remarkOf({ ...first!, meanShare: 0.95 }), 'easy')
  t.equal(remarkOf({ ...first!, meanShare: 0.95, count: 4 }), undefined, 'of too few')
  t.equal(remarkOf({ ...first!, discrimination: -0.2, count: 4 }), undefined)
  t.equal(figuresOf(class5.slice(0, 2))[0]!.discrimination, null)
  t.equal(correlation([1, 1, 1], [1, 2, 3]), null, 'what does not vary tells nothing')
})
