import t from 'tap'
import { clock, clockOf, closesFor, durationWith, type ClockInput } from '../../../src/exams/clock.ts'

const START = 1_000_000
const MINUTE = 60_000
const input = (more: Partial<ClockInput> = {}): ClockInput => ({
  startedAtMs: START,
  durationMs: 60 * MINUTE,
  pauses: [],
  extraTimeShare: 0,
  closesAtMs: null,
  ...more
})
const pause = (from: number, to: number | null) => ({
  startedAtMs: START + from * MINUTE,
  endedAtMs: to === null ? null : START + to * MINUTE
})
/** Minutes after the start. */
const endsAfter = (given: ClockInput, nowMinutes: number) => {
  const { endsAtMs } = clock(given, START + nowMinutes * MINUTE)
  return endsAtMs === null ? null : (endsAtMs - START) / MINUTE
}

await t.test('the time runs from the start and is over at its end', async t => {
  t.same(clock(input(), START), {
    remainingMs: 60 * MINUTE,
    endsAtMs: START + 60 * MINUTE,
    isOver: false,
    isPaused: false,
    dueAtMs: START + 60 * MINUTE
  })
  t.match(clock(input(), START + 60 * MINUTE - 1), { remainingMs: 1, isOver: false })
  t.match(clock(input(), START + 60 * MINUTE), { remainingMs: 0, isOver: true })
  t.match(clock(input(), START + 90 * MINUTE), { remainingMs: 0, isOver: true, endsAtMs: START + 60 * MINUTE })
})

await t.test('pauses stop the clock, and overlapping pauses count once', async t => {
  t.equal(endsAfter(input({ pauses: [pause(10, 20)] }), 30), 70)
  t.equal(endsAfter(input({ pauses: [pause(15, 30), pause(10, 20), pause(16, 17)] }), 40), 80)
  t.equal(endsAfter(input({ pauses: [pause(-5, 5)] }), 30), 65, 'only from the start on')
  t.equal(endsAfter(input({ pauses: [pause(10, 20), pause(10, 20)] }), 15), 65, 'a pause counts as far as it has come')
})

await t.test('a paused attempt does not run out of time', async t => {
  const paused = input({ pauses: [pause(59, null)] })
  for (const minutes of [59, 60, 600]) {
    t.match(clock(paused, START + minutes * MINUTE), { remainingMs: MINUTE, isOver: false, isPaused: true })
  }
  const { dueAtMs } = clock(paused, START + 600 * MINUTE)
  t.ok(dueAtMs !== null && dueAtMs > START + 600 * MINUTE, 'it is looked at again later, not at once')
})

await t.test('the closing time ends every attempt, paused or not', async t => {
  const closesAtMs = START + 70 * MINUTE
  t.equal(endsAfter(input({ closesAtMs }), 0), 60)
  t.equal(endsAfter(input({ closesAtMs, extraTimeShare: 0.5 }), 0), 70)
  t.match(clock(input({ closesAtMs, pauses: [pause(5, null)] }), START + 70 * MINUTE), {
    remainingMs: 0,
    isOver: true,
    isPaused: true,
    dueAtMs: closesAtMs
  })
  t.match(clock(input({ closesAtMs, pauses: [pause(5, null)] }), START + 69.9 * MINUTE), {
    isOver: false,
    dueAtMs: closesAtMs
  })
  t.equal(endsAfter(input({ closesAtMs, durationMs: null }), 5), 70)
  t.same(clock(input({ durationMs: null, pauses: [pause(5, null)] }), START), {
    remainingMs: null,
    endsAtMs: null,
    isOver: false,
    isPaused: true,
    dueAtMs: null
  })
})

await t.test('extra time lengthens the duration', async t => {
  t.equal(endsAfter(input({ extraTimeShare: 0.25 }), 0), 75)
  t.equal(endsAfter(input({ extraTimeShare: 0.25, pauses: [pause(1, 2)] }), 3), 76, 'and not the pauses')
  t.same([durationWith(null, 1), durationWith(100, 0.333)], [null, 133])
  const exam = { durationMs: 60 * MINUTE, opensAtMs: null, closesAtMs: null }
  const attempt = { startedAtMs: START, userId: 'candidate' }
  t.match(clockOf({ exam, accommodation: { extraTimeShare: 1 }, attempt, pauses: [] }, START), {
    remainingMs: 120 * MINUTE
  })
  t.match(clockOf({ exam, attempt, pauses: [] }, START), { remainingMs: 60 * MINUTE })
})

await t.test('a candidate\'s break does not stop the clock; a pause by staff or the system does', async t => {
  const exam = { durationMs: 60 * MINUTE, opensAtMs: null, closesAtMs: null }
  const attempt = { startedAtMs: START, userId: 'candidate' }
  const at = (by: string, to: number | null) =>
    clockOf({ exam, attempt, pauses: [{ ...pause(10, to), by }] }, START + 20 * MINUTE)
  t.match(at('candidate', null), { remainingMs: 40 * MINUTE, isPaused: false })
  for (const by of ['a teacher', 'system']) t.match(at(by, null), { remainingMs: 50 * MINUTE, isPaused: true })
  const pauses = [
    { ...pause(10, 15), by: 'candidate' },
    { ...pause(15, 18), by: 'a teacher' }
  ]
  t.match(
    clockOf({ exam, attempt, pauses }, START + 20 * MINUTE),
    { remainingMs: 43 * MINUTE, isPaused: false },
    'taken over by staff it counts from then on'
  )
})

await t.test('the closing time of a candidate moves by the extra time', async t => {
  const closesAtMs = START + 70 * MINUTE
  const exam = { durationMs: 60 * MINUTE, opensAtMs: START - 30 * MINUTE, closesAtMs }
  t.equal(closesFor(exam, undefined), closesAtMs)
  t.equal(closesFor(exam, { extraTimeShare: 0.5 }), closesAtMs + 30 * MINUTE)
  t.equal(
    closesFor({ ...exam, durationMs: null }, { extraTimeShare: 0.5 }),
    closesAtMs + 50 * MINUTE,
    'without a duration by a share of the window'
  )
  t.equal(
    closesFor({ ...exam, durationMs: null, opensAtMs: null }, { extraTimeShare: 0.5 }),
    closesAtMs,
    'of nothing there is no share'
  )
  t.equal(closesFor({ ...exam, closesAtMs: null }, { extraTimeShare: 0.5 }), null)
})
