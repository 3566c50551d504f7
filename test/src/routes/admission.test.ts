import t from 'tap'
import type { PoolStats } from '../../../detection/workers/pool.ts'
import { createAdmission } from '../../../src/live/load/admission.ts'
import { build, call, person, scriptedPool } from '../../support/app.ts'
import { as, sit, stage } from '../../support/exams.ts'
import { connect } from '../../support/gateway.ts'

const idle = scriptedPool().stats()

/** Stats that a test changes. */
function load (about: Partial<PoolStats> = {}): { value: PoolStats } {
  return { value: { ...idle, ...about } }
}

const code = (run: () => void): string => {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'in'
}

t.test('sessions are admitted by the load, and by the expected load of those just admitted', t => {
  const stats = load({
    workers: 2,
    workerMs: { ...idle.workerMs, count: 100, mean: 18 },
    listenMs: { ...idle.listenMs, count: 100, mean: 2 }
  })
  let nowMs = 0
  const admission = createAdmission({
    stats: () => stats.value,
    loadMax: 0.705,
    elapsedMs: () => nowMs,
    random: () => 0.5
  })
  // Two frames of 18 ms and two sounds of 2 ms a second are a fiftieth of two workers.
  const burst = Array.from({ length: 1000 }, (_, at) => { nowMs = at * 5; return code(() => admission.admit()) })
  t.equal(burst.filter(outcome => outcome === 'in').length, 35, 'of a thousand starts in five seconds')
  t.equal(burst.at(-1), 'INVIGIL_ERR_BUSY')
  t.same(admission.state(), { load: 0, admitting: false, draining: false })
  stats.value = { ...stats.value, load: 0.5 }
  nowMs += 10_000
  t.equal(
    Array.from({ length: 50 }, () => code(() => admission.admit())).filter(outcome => outcome === 'in').length,
    10,
    'what shows in the load is not counted twice'
  )
  stats.value = { ...stats.value, load: 0.71 }
  nowMs += 10_000
  t.equal(code(() => admission.admit()), 'INVIGIL_ERR_BUSY')
  stats.value = { ...stats.value, load: 0.69 }
  t.equal(
    code(() => admission.admit()),
    'in',
    'one at least, where there is room at all'
  )
  t.match(
    (() => {
      try {
        admission.admit()
      } catch (error) {
        return error
      }
      return undefined
    })(),
    { details: { retryAfterSeconds: 15 }, statusCode: 503 }
  )
  admission.drain()
  stats.value = { ...stats.value, load: 0 }
  nowMs += 10_000
  t.equal(code(() => admission.admit()), 'INVIGIL_ERR_DRAINING')
  t.end()
})

t.test('without a limit every session is admitted, until the server drains', t => {
  const admission = createAdmission({ stats: () => ({ ...idle, load: 1 }), loadMax: 0, elapsedMs: () => 0 })
  t.equal(
    Array.from({ length: 5000 }, () => code(() => admission.admit())).filter(outcome => outcome === 'in').length,
    5000
  )
  admission.drain()
  t.equal(code(() => admission.admit()), 'INVIGIL_ERR_DRAINING')
  t.end()
})

t.test('a full gateway refuses new sessions with 503 and Retry-After, and no running session', async t => {
  const stats = load()
  const app = await build(t, { env: { ADMIT_LOAD_MAX: '0.7' }, pool: { stats: () => stats.value } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [anna, ben] = [await person(app), await person(app)]
  const start = (who: typeof anna) =>
    call(app, 'POST', `/exam/start/${who.user.id}`, { headers: who.headers, payload: {} })
  const ready = (query = '') => call<Record<string, unknown>>(app, 'GET', `/health/ready${query}`)
  t.equal((await start(anna)).status, 201)
  t.match((await ready('?for=new')).body, { status: 'ready', load: 0, admitting: true, draining: false })

  stats.value = { ...idle, load: 0.9 }
  const refused = await start(ben)
  t.match(refused, {
    status: 503,
    body: { code: 'INVIGIL_ERR_BUSY', message: /full right now.*again in \d+ seconds/ }
  })
  const seconds = Number(refused.headers['retry-after'])
  t.ok(seconds >= 10 && seconds <= 20)
  t.same((refused.body as { details?: unknown }).details, { retryAfterSeconds: seconds })
  t.equal(await app.services.db.sessions.openByUser(ben.user.id), undefined)
  t.equal((await start(anna)).status, 200, 'who has a session goes on')
  const { port } = app.server.address() as { port: number }
  const client = await connect(t, `ws://127.0.0.1:${port}/ws/${anna.user.id}?token=${anna.accessToken}`)
  t.match(await client.next('status'), { state: 'active' })
  t.equal((await call(app, 'POST', `/exam/pause/${anna.user.id}`, { headers: anna.headers, payload: {} })).status, 200)

  t.match(
    await ready(),
    { status: 200, body: { status: 'ready', load: 0.9, admitting: false } },
    'sockets that come back are welcome'
  )
  t.match(await ready('?for=new'), {
    status: 503,
    body: { code: 'INVIGIL_ERR_BUSY', status: 'not_ready', admitting: false }
  })
  t.equal((await ready('?for=old')).status, 400)
  stats.value = { ...idle, load: 0.3 }
  t.equal((await start(ben)).status, 201)
  app.admission.drain()
  t.match(await ready(), { status: 503, body: { code: 'INVIGIL_ERR_DRAINING', draining: true, admitting: false } })
  t.match(await start(await person(app)), {
    status: 503,
    body: { code: 'INVIGIL_ERR_DRAINING', details: { retryAfterSeconds: Number } }
  })
  t.equal((await start(ben)).status, 200)
})

t.test('attempts are admitted in the same way; an open attempt continues, with a new session if needed', async t => {
  const stats = load()
  const app = await build(t, { env: { ADMIT_LOAD_MAX: '0.7' }, pool: { stats: () => stats.value } })
  const { exam } = await stage(app)
  const { student } = await sit(app, exam)
  const other = await person(app)
  stats.value = { ...idle, load: 0.9 }
  t.match(await as(app, other)('POST', `/exams/${exam.id}/start`), { status: 503, body: { code: 'INVIGIL_ERR_BUSY' } })
  t.match(await as(app, other)('POST', `/exam/start/${other.user.id}`, { examId: exam.id }), {
    status: 503,
    body: { code: 'INVIGIL_ERR_BUSY' }
  })
  t.equal((await as(app, student)('POST', `/exams/${exam.id}/start`)).status, 200)
})
