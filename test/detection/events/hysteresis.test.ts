import t from 'tap'
import {
  expire, hold, IDLE, step, stop, type HysteresisOptions, type HysteresisState, type Transition
} from '../../../detection/events/hysteresis.ts'
import { extend, firstHigh, firstLow, median, type Score } from '../../../detection/events/median.ts'

const OPTIONS: HysteresisOptions = {
  enterScore: 0.6, leaveScore: 0.4, enterMs: 200, leaveMs: 500, enterCount: 2, gapMs: 1000, cooldownMs: 0
}

type Played = number | 'hold' | readonly [atMs: number, score: number | 'hold' | 'tick']

/** Plays scores 100 ms apart, or at the time they name; returns the transitions and the last state. */
function run (
  scores: readonly Played[],
  options: HysteresisOptions = OPTIONS
): { state: HysteresisState, transitions: Transition[] } {
  const transitions: Transition[] = []
  let state = IDLE
  let atMs = -100
  for (const played of scores) {
    const score = typeof played === 'object' ? played[1] : played
    atMs = typeof played === 'object' ? played[0] : atMs + 100
    const next = score === 'hold'
      ? hold(state, atMs, options)
      : score === 'tick' ? expire(state, atMs, options) : step(state, { score, atMs }, options)
    state = next.state
    if (next.transition !== undefined) transitions.push(next.transition)
  }
  return { state, transitions }
}

const play = (scores: readonly Played[], options?: HysteresisOptions): Transition[] => run(scores, options).transitions

const started = (atMs: number): Transition => ({ kind: 'started', atMs })
const ended = (atMs: number, durationMs: number, reason: 'score' | 'gap' | 'stop' = 'score', heldMs = 0): Transition =>
  ({ kind: 'ended', atMs, durationMs, heldMs, reason })

t.test('a blip shorter than enterMs starts nothing', async t => {
  t.same(play([0, 0.9, 0.9, 0, 0, 0]), [])
  t.same(play([0.9, 0.9, 0, 0.9, 0.9, 0]), [], 'however often')
})

t.test('start and end are dated back to the first score of their side', async t => {
  t.same(play([0, 0.9, 0.9, 0.9, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]), [started(100), ended(400, 300)])
})

t.test('between the two thresholds nothing changes', async t => {
  t.same(play([0.5, 0.5, 0.5, 0.5]), [])
  t.same(play([0.9, 0.9, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), [started(0)])
})

t.test('a dropout shorter than leaveMs does not end it', async t => {
  t.same(play([0.9, 0.9, 0.9, 0, 0, 0, 0, 0.9, 0.9]), [started(0)])
})

t.test('too few scores start nothing, however long they take', async t => {
  t.same(play([[0, 0.9], [900, 0.9]], { ...OPTIONS, enterCount: 3 }), [])
  t.same(play([[0, 0.9], [900, 0.9], [1800, 0.9]], { ...OPTIONS, enterCount: 3 }), [started(0)])
  t.same(play([0.9], { ...OPTIONS, enterMs: 0, enterCount: 1 }), [started(0)], 'one is enough where the rule says so')
})

t.test('a gap is no evidence that it went on', async t => {
  t.same(
    play([
      [0, 0.9],
      [1500, 0.9]
    ]),
    [],
    'the two sides of a gap start nothing'
  )
  t.same(play([0.9, 0.9, 0.9, [5000, 0.9], [5100, 0.9], [5200, 0.9]]), [
    started(0),
    ended(200, 200, 'gap'),
    started(5000)
  ])
  t.same(play([0.9, 0.9, 0.9, 0, [5000, 0]]), [started(0), ended(300, 300, 'gap')])
  t.same(
    play([0.9, 0.9, 0.9, [1200, 'tick'], [1201, 'tick'], [9000, 'tick']]),
    [started(0), ended(200, 200, 'gap')],
    'noticed without a score, once'
  )
  t.same(play([0.9, [1200, 'tick'], [1300, 0.9], [1400, 0.9]]), [], 'a rising signal is forgotten')
})

t.test('a suspended signal neither starts nor ends', async t => {
  t.same(play([0.9, 'hold', 'hold', 'hold', 0.9, 0]), [], 'held time is no evidence')
  t.same(play([0.9, 'hold', 'hold', 'hold', 0.9, 0.9, 0.9, 0.9]), [started(0)])
  const suspended = ([0.9, 0.9, 0.9] as Played[]).concat(Array<Played>(30).fill('hold'))
  t.same(play(suspended), [started(0)], 'however long, while frames come')
  t.same(play([...suspended, 0.9, 0, 0, 0, 0, 0, 0]), [started(0), ended(3400, 3400, 'score', 3100)])
  t.same(
    play([...suspended, 0]),
    [started(0), ended(200, 200)],
    'a signal that is low after a suspension ended when the suspension began'
  )
  t.same(play([...suspended, [9000, 'hold']]), [started(0), ended(200, 200, 'gap')], 'a gap ends it even so')
  t.same(run([0.9, ...Array<Played>(12).fill('hold')]).state, IDLE, 'one that has not started is forgotten')
  t.same(run(['hold']).state, IDLE)
})

t.test('after an end the next start waits for the cooldown, and loses nothing by it', async t => {
  const options = { ...OPTIONS, leaveMs: 100, cooldownMs: 1000 }
  const once: Played[] = [0.9, 0.9, 0.9, 0, 0]
  t.same(play([...once, 0.9, 0.9, 0.9, 0], options), [started(0), ended(300, 300)], 'over before the cooldown is')
  t.same(play([...once, ...Array<Played>(9).fill(0.9)], options), [started(0), ended(300, 300), started(500)])
})

t.test('stopping ends an open event at its last evidence', async t => {
  const at = (scores: readonly Played[], atMs: number): Transition | undefined =>
    stop(run(scores).state, atMs, OPTIONS).transition
  t.same(at([0.9, 0.9, 0.9], 700), ended(700, 700, 'stop'))
  t.same(at([0.9, 0.9, 0.9], 9000), ended(200, 200, 'stop'))
  t.same(at([0.9, 0.9, 0.9, 0], 700), ended(300, 300, 'stop'))
  t.same(at([0.9, 0.9, 0.9, 'hold'], 700), ended(200, 200, 'stop'))
  t.equal(at([0.9], 700), undefined)
  t.equal(at([0], 700), undefined)
})

t.test('a median needs most of its window, and what has not come counts as the lowest', async t => {
  const at = (scores: readonly number[]): Score[] => scores.map((score, index) => ({ score, atMs: index * 100 }))
  t.equal(median(at([0.9]), 3), 0)
  t.equal(median(at([0.9, 0.8]), 3), 0.8)
  t.equal(median(at([0.9, 0, 0.8]), 3), 0.8)
  t.equal(median(at([0.9, 0, 0]), 3), 0)
  t.equal(median(at([0.2, 0.4]), 2), 0.30000000000000004)
  t.equal(median([], 3), 0)

  t.equal(firstHigh(at([0.9, 0, 0.8]), 0.6), 0)
  t.equal(firstHigh(at([0, 0]), 0.6), undefined)
  t.equal(firstLow(at([0, 0.9, 0, 0]), 0.4), 200)
  t.equal(firstLow(at([0, 0.9]), 0.4), undefined)
})

t.test('a window drops scores that are too old or too many', async t => {
  const one = { score: 1, atMs: 0 }
  t.same(extend([one], { score: 2, atMs: 100 }, 3, 1000), [one, { score: 2, atMs: 100 }])
  t.same(extend([one, one, one], { score: 2, atMs: 100 }, 3, 1000), [one, one, { score: 2, atMs: 100 }])
  t.same(extend([one], { score: 2, atMs: 1001 }, 3, 1000), [{ score: 2, atMs: 1001 }])
})
