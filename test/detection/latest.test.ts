import t from 'tap'
import { LatestOnly } from '../../detection/latest.ts'

/** A mailbox whose jobs end when the test says so. */
function build () {
  const started: string[] = []
  const errors: unknown[] = []
  const ends: { resolve: () => void, reject: (error: Error) => void }[] = []
  const mailbox = new LatestOnly<string>(
    item => new Promise((resolve, reject) => {
      started.push(item)
      ends.push({ resolve, reject })
    }),
    error => { errors.push(error) }
  )
  return { mailbox, started, errors, end: async () => { ends.shift()!.resolve(); await settled() }, fail: async (error: Error) => { ends.shift()!.reject(error); await settled() } }
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

t.test('one runs, one waits, and the newest takes the waiting place', async t => {
  const { mailbox, started, end } = build()
  t.equal(mailbox.offer('a'), undefined)
  t.equal(mailbox.offer('b'), undefined)
  t.equal(mailbox.offer('c'), 'b', 'says what it replaced')
  t.equal(mailbox.offer('d'), 'c')
  t.same(started, ['a'])
  await end()
  t.same(started, ['a', 'd'])
  t.equal(mailbox.isBusy, true)
  await end()
  t.equal(mailbox.isBusy, false)
  mailbox.offer('e')
  t.same(started, ['a', 'd', 'e'], 'starts again after standing idle')
  t.same(mailbox.dropped, { replaced: 2, closed: 0 })
  t.same(mailbox.finished, { done: 2, failed: 0 })
})

t.test('a failing job is told and the next one runs', async t => {
  const { mailbox, started, errors, fail, end } = build()
  mailbox.offer('a')
  mailbox.offer('b')
  await fail(new Error('broken'))
  t.match(errors, [{ message: 'broken' }])
  t.same(started, ['a', 'b'])
  await end()
  t.same(mailbox.finished, { done: 1, failed: 1 })
})

t.test('a listener that throws does not stop the mailbox', async t => {
  let runs = 0
  const mailbox = new LatestOnly<string>(async () => { runs++; throw new Error('job') }, () => { throw new Error('listener') })
  mailbox.offer('a')
  mailbox.offer('b')
  await settled()
  mailbox.offer('c')
  await settled()
  t.equal(runs, 3)
})

t.test('clearing drops what waits and goes on', async t => {
  const { mailbox, started, end } = build()
  mailbox.clear()
  mailbox.offer('a')
  mailbox.offer('b')
  mailbox.clear()
  await end()
  mailbox.offer('c')
  t.same(started, ['a', 'c'])
  t.same(mailbox.dropped, { replaced: 0, closed: 1 })
})

t.test('closing drops what waits, waits for what runs, and takes nothing more', async t => {
  const { mailbox, started, end } = build()
  mailbox.offer('a')
  mailbox.offer('b')
  let isClosed = false
  const closing = mailbox.close().then(() => { isClosed = true })
  await settled()
  t.equal(isClosed, false)
  await end()
  await closing
  t.equal(mailbox.offer('c'), 'c')
  t.same(started, ['a'])
  t.same(mailbox.dropped, { replaced: 0, closed: 2 })
})
