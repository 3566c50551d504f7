import t from 'tap'
import { actionOf, placeIn, pointsOf, queueOf, typed, type Item } from '../../../web/src/teacher/marks/queue.ts'
import { remarkOf } from '../../../web/src/teacher/marks/statistics.ts'
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

t.test('a question is hard, easy, or to be checked, and of too few answers nothing is said', async t => {
  const figures = { graded: 5, meanShare: 0.4, discrimination: 0.9 }
  t.equal(remarkOf(figures), undefined)
  t.equal(remarkOf({ ...figures, discrimination: -0.2 }), 'checkKey')
  t.equal(remarkOf({ ...figures, meanShare: 0.1 }), 'hard')
  t.equal(remarkOf({ ...figures, meanShare: 0.95 }), 'easy')
  t.equal(remarkOf({ ...figures, meanShare: 0.95, graded: 4 }), undefined, 'of too few')
  t.equal(remarkOf({ ...figures, discrimination: -0.2, graded: 4 }), undefined)
  t.equal(remarkOf({ graded: 5, meanShare: null, discrimination: null }), undefined)
})
