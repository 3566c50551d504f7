import t from 'tap'
import { defined } from '../../lib/defined.ts'
import { withTimeout } from '../../lib/with-timeout.ts'

t.test('defined drops undefined values only, and keeps the order of the others', async t => {
  const kept = defined({ b: 1, a: undefined, d: null, c: 0, e: '', f: false })
  t.same(Object.entries(kept), [['b', 1], ['d', null], ['c', 0], ['e', ''], ['f', false]])
  t.same(Object.keys(defined({ a: undefined })), [])
})

t.test('the type of a property that may be undefined is optional, without undefined', async t => {
  const asked: { readonly limit: number, readonly before: string | undefined } = { limit: 1, before: undefined }
  const page: { limit: number, before?: string } = defined(asked)
  t.notOk('before' in page)
  // @ts-expect-error A property that may be undefined may be missing.
  const before: string = defined(asked).before
  t.equal(before, undefined)
})

t.test('withTimeout gives the value, undefined when it comes too late, and rejects with the error', async t => {
  t.equal(await withTimeout(Promise.resolve(7), 60_000), 7)
  t.equal(await withTimeout(new Promise<number>(() => {}), 1), undefined)
  t.equal(await withTimeout(undefined, 60_000), undefined)
  await t.rejects(withTimeout(Promise.reject(new Error('no')), 60_000), /no/)
})
