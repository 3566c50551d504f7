/** A clock that is set forward by mistake hands nothing in; after half a minute the new time is trusted. */
import t from 'tap'
import { createClockWatch } from '../../../src/exams/clock-watch.ts'
import { build } from '../../support/app.ts'
import { as, sit, stage } from '../../support/exams.ts'

t.test('when the clock jumps by an hour for 12 s, attempts stay open, answers are accepted, and the deadline acts later', async t => {
  const real = Date.now
  t.teardown(() => { Date.now = real })
  const steadyNow = performance.now.bind(performance)
  let passedMs = 0
  const later = (ms: number): void => { passedMs += ms }
  t.intercept(performance, 'now', { value: () => steadyNow() + passedMs })
  let aheadMs = 0
  Date.now = () => real() + passedMs + aheadMs
  const app = await build(t, { env: { ACCESS_TOKEN_TTL: '86400' }, live: { now: () => Date.now() } })
  const { exam, questions } = await stage(app, { durationMs: 1_800_000 })
  const { student, attempt } = await sit(app, exam)
  const save = async (clientSeq: number) =>
    (await as(app, student)('PUT', `/attempts/${attempt.id}/answers/${questions[0]!.id}`, { value: 'b', clientSeq }))
      .status
  const state = async () => (await app.services.db.attempts.byId(attempt.id))?.state
  t.equal(await save(1), 200)
  aheadMs = 3_600_000
  t.equal(await app.attempts.settle(), 0)
  t.equal(await save(2), 200, 'answers are accepted meanwhile')
  later(12_000)
  t.equal(await app.attempts.settle(), 0)
  aheadMs = 0
  t.equal(await app.attempts.settle(), 0)
  later(60_000)
  t.equal(await app.attempts.settle(), 0)
  t.equal(await state(), 'open')
  t.equal(await save(3), 200)
  // Set forward permanently: after half a minute the new time counts.
  aheadMs = 3_600_000
  t.equal(await app.attempts.settle(), 0)
  later(31_000)
  t.equal(await app.attempts.settle(), 1)
  t.match(await app.services.db.attempts.byId(attempt.id), { state: 'submitted', submittedBy: 'time' })
})

t.test('a clock that runs a little unevenly is trusted', t => {
  let wallMs = 0
  let steadyMs = 0
  const watch = createClockWatch(() => wallMs, () => steadyMs)
  for (let round = 0; round < 10; round++) {
    wallMs += 5400
    steadyMs += 5000
    t.ok(watch.isStable())
  }
  wallMs -= 3_600_000
  t.notOk(watch.isStable(), 'set back')
  steadyMs += 29_000
  wallMs += 29_000
  t.notOk(watch.isStable())
  steadyMs += 2000
  wallMs += 2000
  t.ok(watch.isStable())
  t.end()
})
