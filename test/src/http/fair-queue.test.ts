import t from 'tap'
import { FairQueue, LANES_MAX } from '../../../src/http/fair-queue.ts'

/** The keys of these tests have lanes of their own under it. */
const SEED = 1

function drain<T> (queue: FairQueue<T>): T[] {
  const drained: T[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) drained.push(item)
  return drained
}

t.test('lanes take turns, each in its own order', async t => {
  const queue = new FairQueue<string>(SEED)
  for (let at = 0; at < 4; at++) queue.add('a', 1, `a${at}`)
  for (let at = 0; at < 2; at++) queue.add('b', 1, `b${at}`)
  t.equal(queue.size, 6)
  t.same(drain(queue), ['a0', 'b0', 'a1', 'b1', 'a2', 'a3'])
  t.equal(queue.size, 0)
})

t.test('a lane with costlier items has fewer turns', async t => {
  const queue = new FairQueue<string>(SEED)
  for (let at = 0; at < 3; at++) queue.add('heavy', 4, 'heavy')
  for (let at = 0; at < 8; at++) queue.add('light', 1, 'light')
  t.same(drain(queue).join(' '), 'heavy light light light light heavy light light light light heavy')
})

t.test('a lane that comes later starts level with the others, without debt or credit', async t => {
  const queue = new FairQueue<string>(SEED)
  for (let at = 0; at < 100; at++) queue.add('flood', 1, 'flood')
  for (let at = 0; at < 50; at++) queue.take()
  for (let at = 0; at < 3; at++) queue.add('late', 1, 'late')
  t.same(drain(queue).slice(0, 6), ['late', 'flood', 'late', 'flood', 'late', 'flood'])
})

t.test('a sender with a new key for each item does not keep others out', async t => {
  const queue = new FairQueue<string>(SEED)
  for (let at = 0; at < 3; at++) queue.add('other', 1, 'other')
  let drained = 0
  for (let at = 0, left = 3; left > 0; at++, drained++) {
    queue.add(`made up ${at}`, 1, 'made up')
    if (queue.take() === 'other') left--
  }
  t.ok(drained < 20 * LANES_MAX, `the last of three was taken as number ${drained}`)
})
