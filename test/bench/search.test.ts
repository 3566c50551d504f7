import t from 'tap'
import { search } from '../../bench/candidates.ts'
import { framesBetween } from '../../bench/crowd.ts'
import { jain, quantile } from '../../bench/numbers.ts'
import type { ServerReading } from '../../bench/server.ts'

/** A machine that holds `most` candidates. */
const machine = (most: number) => async (count: number) => ({ count, isHeld: count <= most })

t.test('the search ends within ten of the highest number that is held', async t => {
  for (const most of [0, 9, 10, 37, 80, 85, 119, 120, 250]) {
    const { held, steps } = await search(80, machine(most))
    t.ok(held <= most && (most < 10 || held > most - 10), `${most}: ${held}`)
    t.ok(steps.length <= 9, `${most}: ${steps.length} steps`)
    t.equal(new Set(steps.map(({ count }) => count)).size, steps.length, 'nothing is tried twice')
  }
})

t.test('the search goes up, then halves', async t => {
  const { held, steps } = await search(80, machine(107))
  t.same(steps.map(({ count }) => count), [80, 120, 100, 110])
  t.equal(held, 100)
})

t.test('the search stops if every number is held', async t => {
  const { held } = await search(80, machine(Infinity))
  t.equal(held, 400)
})

t.test('fairness and quantiles', t => {
  t.equal(jain([3, 3, 3]), 1)
  t.equal(jain([1, 0, 0, 0]), 0.25)
  t.equal(jain([1, 2]), 0.9)
  t.ok(Number.isNaN(jain([])))
  t.equal(quantile([4, 1, 3, 2], 0.5), 2)
  t.equal(quantile([1, 2, 3, 4], 1), 4)
  t.end()
})

t.test('frames between two readings are counted by cause', t => {
  const reading = (received: number, analysed: number, late: number): ServerReading =>
    ({ frames: { received, analysed, dropped: { replaced: 0, late } } }) as unknown as ServerReading
  t.same(framesBetween(reading(10, 8, 1), reading(30, 20, 9)), {
    received: 20,
    analysed: 12,
    dropped: { replaced: 0, late: 8 }
  })
  t.end()
})
