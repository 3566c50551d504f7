import t from 'tap'
import { grouped } from '../../db/grouped.ts'

t.test('calls of one turn go together, so many at most, and each gets its own result', async t => {
  const groups: Array<readonly number[]> = []
  const double = grouped(3, async (items: readonly number[]) => {
    groups.push([...items])
    return items.map(item => item * 2)
  })
  t.same(await Promise.all([1, 2, 3, 4].map(double)), [2, 4, 6, 8])
  t.equal(await double(5), 10)
  t.same(groups, [[1, 2, 3], [4], [5]])
})

t.test('a failure rejects every call of its group and no call of the next', async t => {
  let fails = true
  const load = grouped(9, async (items: readonly string[]) => {
    if (fails) throw new Error('away')
    return items
  })
  t.same((await Promise.allSettled([load('a'), load('b')])).map(({ status }) => status), ['rejected', 'rejected'])
  fails = false
  t.equal(await load('c'), 'c')
})
