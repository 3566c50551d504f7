import t from 'tap'
import { meaningOf, phaseOf } from '../../../web/src/teacher/exam-words.ts'
import { fromLocalInput, toLocalInput } from '../../../web/src/teacher/local-time.ts'
import { changesOf, settingsOf, timesProblem } from '../../../web/src/teacher/settings.ts'
import { spanParts, toMs, toSpan } from '../../../web/src/teacher/span.ts'
import type { Exam } from '../../../web/src/teacher/types.ts'

const HOUR = 3_600_000
const EXAM: Exam = {
  id: 'e',
  title: 'Algebra I',
  description: '',
  state: 'draft',
  // With seconds, which the input does not show.
  opensAtMs: new Date(2026, 11, 3, 10, 0, 42).getTime(),
  closesAtMs: null,
  durationMs: 90 * 60_000,
  attemptsMax: 1,
  language: 'en',
  needsPreflight: false,
  resultsReleasedAtMs: null,
  shuffle: false,
  isOpenToAll: false,
  version: 3
}

t.test('local times survive the input, and what is no time is null', async t => {
  const at = new Date(2026, 11, 3, 9, 5).getTime()
  t.equal(toLocalInput(at), '2026-12-03T09:05')
  t.equal(fromLocalInput('2026-12-03T09:05'), at)
  t.same([toLocalInput(null), fromLocalInput(''), fromLocalInput('soon')], ['', null, null])
})

t.test('a length of time is said in the greatest whole unit', async t => {
  t.same(toSpan(90 * 60_000), { count: 90, unit: 'minute' })
  t.same(toSpan(2 * HOUR), { count: 2, unit: 'hour' })
  t.same(toSpan(2 * HOUR, ['second', 'minute']), { count: 120, unit: 'minute' })
  t.same(toSpan(2500), { count: 2.5, unit: 'second' })
  t.equal(toMs({ count: 2.5, unit: 'second' }), 2500)
  t.same(spanParts(25.5 * HOUR), [
    { count: 1, unit: 'day' }, { count: 1, unit: 'hour' }, { count: 30, unit: 'minute' }
  ])
  t.same(spanParts(0), [{ count: 0, unit: 'second' }])
})

t.test('only what was changed is sent; an untouched time keeps its seconds', async t => {
  const settings = settingsOf(EXAM)
  t.same(changesOf(EXAM, settings), {})
  t.same(changesOf(EXAM, { ...settings, title: 'Algebra II', closes: '2026-12-03T12:00' }), {
    title: 'Algebra II', closesAtMs: new Date(2026, 11, 3, 12).getTime()
  })
  t.same(changesOf(EXAM, { ...settings, opens: '', durationMs: null }), { opensAtMs: null, durationMs: null })
  t.equal(timesProblem({ opens: '2026-12-03T12:00', closes: '2026-12-03T12:00' }), 'closesFirst')
  t.equal(timesProblem({ opens: '', closes: '2026-12-03T12:00' }), undefined)
})

t.test('what the settings mean is said once for each', async t => {
  const keys = (exam: Exam) => meaningOf(exam).map(({ key }) => key)
  t.same(keys(EXAM), ['means.from', 'means.duration', 'means.oneAttempt', 'means.assigned'])
  t.same(keys({ ...EXAM, opensAtMs: null, durationMs: null, attemptsMax: null, isOpenToAll: true }),
    ['means.always', 'means.endless', 'means.anyAttempts', 'means.all'])
  t.same(keys({ ...EXAM, closesAtMs: EXAM.opensAtMs! + HOUR, attemptsMax: 2, shuffle: true, needsPreflight: true }), [
    'means.window', 'means.duration', 'means.longerThanWindow', 'means.attempts', 'means.assigned', 'means.shuffled',
    'means.preflight'
  ])
})

t.test('a published exam is coming, open or over', async t => {
  const window = { opensAtMs: 10, closesAtMs: 20 }
  t.same([9, 10, 19, 20].map(now => phaseOf(window, now)), ['coming', 'open', 'open', 'over'])
  t.equal(phaseOf({ opensAtMs: null, closesAtMs: null }, 5), 'open')
})
