import t from 'tap'
import { SerialQueue } from '../../detection/serial-queue.ts'

/** A queue whose jobs the test ends one by one. */
function build (waitingMax = 2) {
  const begun: number[] = []
  const errors: unknown[] = []
  const ends: Array<(error?: Error) => void> = []
  const queue = new SerialQueue<number>(item => new Promise((resolve, reject) => {
    begun.push(item)
    ends.push(error => error === undefined ? resolve() : reject(error))
  }), { waitingMax, onError: error => { errors.push(error) } })
  const settle = async (): Promise<void> => await new Promise(resolve => setImmediate(resolve))
  return { queue, begun, errors, end: async (error?: Error) => { ends.shift()!(error); await settle() } }
}

t.test('jobs run one by one, in the order in which they came', async t => {
  const { queue, begun, end } = build()
  t.same([1, 2, 3].map(item => queue.offer(item)), [true, true, true])
  t.same(begun, [1])
  await end()
  t.same(begun, [1, 2])
  await end()
  await end()
  t.same(begun, [1, 2, 3])
  t.ok(queue.offer(4), 'it starts again')
  t.same(begun, [1, 2, 3, 4])
})

t.test('what finds no room is not taken; what waits stays', async t => {
  const { queue, begun, end } = build()
  t.same([1, 2, 3, 4].map(item => queue.offer(item)), [true, true, true, false])
  t.equal(queue.clear(), 2)
  t.ok(queue.offer(5))
  await end()
  t.same(begun, [1, 5])
})

t.test('a failed job is told of, and the next one runs', async t => {
  const { queue, begun, errors, end } = build()
  queue.offer(1)
  queue.offer(2)
  await end(new Error('broken'))
  t.match(errors, [{ message: 'broken' }])
  t.same(begun, [1, 2])
  const deaf = new SerialQueue<number>(
    async () => {
      throw new Error('broken')
    },
    {
      waitingMax: 1,
      onError: () => {
        throw new Error('worse')
      }
    }
  )
  deaf.offer(1)
  t.equal(await deaf.close(), 0, 'a listener that throws stops nothing')
})

t.test('closing waits for the running job and counts what it drops', async t => {
  const { queue, begun, end } = build()
  for (const item of [1, 2, 3]) queue.offer(item)
  const closed = queue.close()
  t.notOk(queue.offer(4))
  await end()
  t.equal(await closed, 2)
  t.same(begun, [1])
})
