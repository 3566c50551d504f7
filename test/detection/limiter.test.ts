import t from 'tap'
import { createLimiter } from '../../detection/limiter.ts'
import { until } from '../support/until.ts'

t.test('two calls run, two wait in order, a fifth is refused', async t => {
  const limit = createLimiter({ atOnce: 2, waitingMax: 2, onFull: () => new Error('full') })
  const ends: Array<() => void> = []
  const begun: number[] = []
  const work = async (number: number) => await limit(async () => {
    begun.push(number)
    await new Promise<void>(resolve => ends.push(resolve))
    if (number === 1) throw new Error('failed')
  })
  const [first, second, third, fourth] = [work(1), work(2), work(3), work(4)]
  await t.rejects(work(5), { message: 'full' })
  t.same(begun, [1, 2])
  ends[0]!()
  await t.rejects(first, { message: 'failed' }, 'a failed call frees its place')
  t.same(begun, [1, 2, 3])
  for (const index of [1, 2, 3]) {
    await until(() => ends.length > index)
    ends[index]!()
  }
  await Promise.all([second, third, fourth])
  t.same(begun, [1, 2, 3, 4])
  ends.length = 0
  const later = work(6)
  await until(() => ends.length > 0)
  ends[0]!()
  await later
})
