import t from 'tap'
import { createPasswordTurns } from '../../../src/accounts/password-queue.ts'
import { build, call, PASSWORD, person } from '../../support/app.ts'

const OPTIONS = { atOnce: 2, waitingMax: 6, networkWaitingMax: 4, waitMsMax: 60_000 }

/** Work that lasts until `release`, and the highest number of pieces that ran at once. */
function blockedQueue () {
  let running = 0
  let most = 0
  const waiting: Array<() => void> = []
  return {
    work: async (): Promise<void> => {
      most = Math.max(most, ++running)
      await new Promise<void>(resolve => waiting.push(resolve))
      running--
    },
    get most () {
      return most
    },
    /** Settles when as many pieces of work run as may run. */
    full: async (): Promise<void> => {
      for (; most < OPTIONS.atOnce;) await new Promise(resolve => setImmediate(resolve))
    },
    release: async (): Promise<void> => {
      // Work begins in a later turn of the event loop than the call that asked for it.
      await new Promise(resolve => setImmediate(resolve))
      while (waiting.length > 0) {
        waiting.shift()!()
        await new Promise(resolve => setImmediate(resolve))
      }
    }
  }
}

t.test('two passwords at a time; strangers of one network fill their own part of the queue only', async t => {
  const turns = createPasswordTurns(OPTIONS)
  const passwords = blockedQueue()
  const { work, release } = passwords
  const flood = Array.from({ length: 2 }, () => turns({ address: '10.0.0.1' }, work))
  // The gate starts work in slices of 8 ms: on a slow machine the second one begins in a later turn of the event loop.
  await passwords.full()
  flood.push(...Array.from({ length: 4 }, () => turns({ address: '10.0.0.1' }, work)))
  await t.rejects(turns({ address: '10.0.0.1' }, work), {
    code: 'INVIGIL_ERR_TOO_MANY_REQUESTS',
    details: { retryAfterSeconds: 5 }
  })
  const others = [turns({ address: '10.0.0.2' }, work), turns({ address: '10.0.0.3' }, work)]
  await t.rejects(turns({ address: '10.0.0.4' }, work), {
    code: 'INVIGIL_ERR_OVERLOADED',
    details: { retryAfterSeconds: 5 }
  })
  const known = turns({ address: '10.0.0.1', knownAccount: 'a@example.org' }, work)
  await release()
  await Promise.all([...flood, ...others, known])
  t.equal(passwords.most, 2)
})

t.test('a known device goes before strangers, and another network waits for one turn only', async t => {
  const turns = createPasswordTurns({ ...OPTIONS, atOnce: 1, waitingMax: 100, networkWaitingMax: 50 })
  const order: string[] = []
  const record = (name: string) => async (): Promise<void> => {
    order.push(name)
  }
  const { work, release } = blockedQueue()
  const first = turns({ address: '10.0.0.1' }, work)
  const all = Array.from({ length: 40 }, () => turns({ address: '10.0.0.1' }, record('flood')))
  all.push(
    turns({ address: '10.0.0.2' }, record('other')),
    turns({ address: '10.0.0.1', knownAccount: 'a@example.org' }, record('known'))
  )
  await release()
  await Promise.all([first, ...all])
  t.equal(order[0], 'known')
  t.ok(order.indexOf('other') <= 2, `at ${order.indexOf('other')}`)
})

t.test(
  'a flood of logins is refused early with the time to wait, and a known device logs in meanwhile',
  { timeout: 180_000 },
  async t => {
    const app = await build(t, { env: { REQUESTS_PER_MINUTE: '100000' } })
    const { user } = await person(app)
    const login = async (email: string, remoteAddress: string) =>
      await call(app, 'POST', '/auth/login/password', { payload: { email, password: PASSWORD }, remoteAddress })
    t.match(await login(user.email, '10.9.0.1'), { status: 200 }, 'the device is known from here on')
    const flood = Array.from({ length: 420 }, async (_, at) => await login(`stranger-${at}@example.org`, '10.9.0.1'))
    const known = await login(user.email, '10.9.0.1')
    t.match(known, { status: 200 })
    const answers = await Promise.all(flood)
    const refused = answers.filter(({ status }) => status !== 401)
    t.ok(refused.length >= 50, `${refused.length} of ${answers.length} refused`)
    for (const { status, body, headers } of refused) {
      t.match(
        { status, code: body['code'] },
        status === 429 ? { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS' } : { status: 503, code: 'INVIGIL_ERR_OVERLOADED' }
      )
      t.match(headers, { 'retry-after': '5' })
    }
  }
)
