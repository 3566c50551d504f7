import t from 'tap'
import { BUCKET_ENDS_MS, Histogram } from '../../../detection/workers/histogram.ts'

/** How many of the values were at most `ms` long. */
function atMost (values: readonly number[], ms: number): number | undefined {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram.percentiles().cumulative[BUCKET_ENDS_MS.indexOf(ms)]
}

t.test('cumulative counts have round bounds, from far below a millisecond to over a minute', async t => {
  t.same(BUCKET_ENDS_MS.slice(3, 8), [0.5, 1, 2.5, 5, 10])
  t.same(BUCKET_ENDS_MS.slice(-2), [50_000, 100_000])
})

t.test('counts are cumulative and hold every value that has an end', async t => {
  const values = [0, 0.3, 4, 99, 101, 450, 1e9]
  t.equal(atMost(values, 0.05), 1)
  t.equal(atMost(values, 0.5), 2)
  t.equal(atMost(values, 100), 4)
  t.equal(atMost(values, 250), 5)
  t.equal(atMost(values, 100_000), 6, 'the last has no end')
})

t.test('a percentile is at most 8 % above the value, the sum exact', async t => {
  const histogram = new Histogram()
  for (let ms = 1; ms <= 1000; ms++) histogram.add(ms)
  const { count, sum, mean, p50, p95, max } = histogram.percentiles()
  t.same({ count, sum, mean, max }, { count: 1000, sum: 500_500, mean: 500.5, max: 1000 })
  t.ok(p50 >= 500 && p50 <= 500 * 1.08, `${p50}`)
  t.ok(p95 >= 950 && p95 <= 950 * 1.08, `${p95}`)
})

t.test('of nothing everything is zero', async t => {
  const { cumulative, ...rest } = new Histogram().percentiles()
  t.same(rest, { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0, sum: 0 })
  t.ok(cumulative.every(count => count === 0))
})
