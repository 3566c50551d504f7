import t from 'tap'
import { remainingAt, warningBetween } from '../../web/src/candidate/room/exam-clock.ts'
import { countOpen, isAnswered, questionIndex } from '../../web/src/candidate/room/question-state.ts'
import { mergeLog, type LogEntry } from '../../web/src/live/protocol.ts'
import { createSilence } from '../../web/src/live/silence.ts'
import { sortExams } from '../../web/src/candidate/exam-list.ts'
import type { AttemptRow, Exam } from '../../web/src/candidate/types.ts'

t.test('the clock counts down by the page, stands in a pause, and may have no end', async t => {
  const reading = { nowMs: 0, endsAtMs: 90_000, remainingMs: 90_000, isPaused: false, readAtMs: 500 }
  t.equal(remainingAt(reading, 10_500), 80_000)
  t.equal(remainingAt(reading, 200_000), 0)
  t.equal(remainingAt({ ...reading, isPaused: true }, 60_000), 90_000)
  t.equal(remainingAt({ ...reading, remainingMs: null }, 60_000), null)
})

t.test('ten, five and one minutes are said once each, and of several only the last', async t => {
  t.equal(warningBetween(600_500, 599_800), 10)
  t.equal(warningBetween(599_800, 599_000), undefined)
  t.equal(warningBetween(301_000, 300_000), 5)
  t.equal(warningBetween(700_000, 59_000), 1, 'after sleep')
  t.equal(warningBetween(undefined, 59_000), undefined, 'the first look')
  t.equal(warningBetween(240_000, 540_000), undefined, 'more time was given')
})

t.test('what counts as answered', async t => {
  t.equal(isAnswered({ kind: 'boolean' }, false), true)
  t.equal(isAnswered({ kind: 'short' }, '  '), false)
  t.equal(isAnswered({ kind: 'multiple' }, []), false)
  t.equal(isAnswered({ kind: 'number' }, '0'), true)
  t.equal(isAnswered({ kind: 'code', starter: '# here' }, '# here'), false)
  t.equal(isAnswered({ kind: 'code', starter: '# here' }, '# here\nprint(1)'), true)
  t.equal(countOpen([{ id: 'a', kind: 'single' }, { id: 'b', kind: 'long' }], id => id === 'a' ? 'x' : null), 1)
})

t.test('the number in the address finds a question, whatever it is', async t => {
  t.same(['1', '7', '8', '0', 'x', undefined].map(text => questionIndex(text, 7)), [0, 6, 6, 0, 0, 0])
  t.equal(questionIndex('3', 0), 0)
})

t.test('a line is dead when frames have no answer for ten seconds, and then for longer', async t => {
  const silence = createSilence()
  t.equal(silence.isDead(100_000), false, 'nothing was sent')
  silence.sent(1000)
  silence.sent(9000)
  t.equal(silence.isDead(10_900), false)
  t.equal(silence.isDead(11_000), true)
  silence.heard(false)
  silence.sent(20_000)
  t.equal(silence.isDead(30_000), false, 'the next one waits for twenty')
  silence.heard(true)
  silence.sent(50_000)
  t.equal(silence.isDead(60_000), true)
})

t.test('exams are open, coming or past', async t => {
  const exam = (id: string, values: Partial<Exam>): Exam => ({
    id,
    title: id,
    state: 'published',
    opensAtMs: null,
    closesAtMs: null,
    attemptsMax: 1,
    attemptsUsed: 0,
    canStart: false,
    ...values
  } as Exam)
  const attempt = (examId: string, state: 'open' | 'submitted') => ({ id: `${examId}'`, examId, examTitle: examId, state }) as AttemptRow
  const exams = [
    exam('now', { canStart: true }),
    exam('later', { opensAtMs: 2000 }),
    exam('soon', { opensAtMs: 1500 }),
    exam('missed', { closesAtMs: 900 }),
    exam('taken', { attemptsUsed: 1 })
  ]
  const list = sortExams(exams, [attempt('taken', 'submitted')], 1000)
  t.same(list.open.map(({ exam: { id } }) => id), ['now'])
  t.same(list.coming.map(({ id }) => id), ['soon', 'later'])
  t.same(list.past.map(({ title, attempt }) => [title, attempt?.state]), [['taken', 'submitted'], ['missed', undefined]])

  const running = sortExams([exam('now', {}), exam('taken', { canStart: true, attemptsUsed: 1 })], [attempt('taken', 'open')], 1000)
  t.same(
    running.open.map(({ exam: { id }, attempt, isBlocked }) => [id, attempt !== undefined, isBlocked]),
    [['taken', true, false], ['now', false, true]]
  )
})

t.test('an entry of the log comes once, and in the language in which it came last', async t => {
  const entry = (id: string, event: string): LogEntry => ({
    id, event, time: '', kind: 'paste', phase: 'instant', class: 'integrity', severity: 'low'
  })
  const first = mergeLog([], [entry('1', 'one'), entry('2', 'two')], 10)
  t.same(first.map(({ event }) => event), ['two', 'one'], 'the newest first')
  const again = mergeLog(first, [entry('1', 'এক'), entry('2', 'দুই'), entry('3', 'তিন')], 10)
  t.same(again.map(({ id, event }) => [id, event]), [['3', 'তিন'], ['2', 'দুই'], ['1', 'এক']])
  t.equal(mergeLog(again, [entry('4', 'four')], 3).length, 3)
})
