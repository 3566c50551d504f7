/** Requests while the database accepts no writes, and the stored state afterwards. Through HTTP. */
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection, type Connection } from 'mysql2/promise'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { build, call } from '../support/app.ts'
import { as, sit, stage } from '../support/exams.ts'
import { mariadbMissing, startMariadb } from '../support/mariadb.ts'
import { until } from '../support/until.ts'

const missing = mariadbMissing()
/** The server's time limits, divided by ten. */
const QUICK = { limits: { readMs: 900, writeMs: 900, endMs: 500 }, interrupter: { connectMs: 300, retryMs: 50 } }

await t.test('MariaDB accepts no writes', { skip: missing }, async t => {
  const mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  const db = await openDatabase({ url: mariadb.url, server: QUICK })
  let reportUncertain = (): void => {}
  const app = await build(t, {
    db: {
      ...db,
      onUncertain: listener => {
        const others = reportUncertain
        reportUncertain = () => {
          others()
          listener()
        }
        db.onUncertain(listener)
      }
    }
  })
  t.teardown(() => db.close())
  const { exam, teacher, questions } = await stage(app)
  const { live } = app.services
  const staff = as(app, teacher)
  const ready = async () => (await call(app, 'GET', '/health/ready')).status

  async function locked (t: Test): Promise<Connection> {
    const locker = await createConnection(mariadb.url)
    t.teardown(() => { locker.destroy() })
    await locker.query('FLUSH TABLES WITH READ LOCK')
    return locker
  }

  await t.test(
    'a request that is refused under a read lock has no effect: submit, pause, terminate, an answer, a sign-up',
    async t => {
      const [one, two, three] = [await sit(app, exam), await sit(app, exam), await sit(app, exam)]
      const locker = await locked(t)
      const account = { email: 'late@example.org', password: 'a long enough password', name: 'Late' }
      const answers = await Promise.all([
        as(app, one.student)('POST', `/attempts/${one.attempt.id}/submit`),
        staff('POST', `/exam/pause/${two.student.user.id}`),
        staff('POST', `/sessions/${three.session.id}/terminate`, { reason: 'enough' }),
        as(app, two.student)('PUT', `/attempts/${two.attempt.id}/answers/${questions[0]!.id}`, {
          value: 'a',
          clientSeq: 1
        })
      ])
      for (const { status, body } of answers) {
        t.match({ status, body }, { status: 503, body: { code: 'INVIGIL_ERR_DATABASE' } })
      }
      t.match(await call(app, 'POST', '/auth/signup', { payload: account }), { status: 503 })
      await locker.query('UNLOCK TABLES')
      await delay(300)
      t.match(await db.attempts.byId(one.attempt.id), { state: 'open' })
      for (const { session } of [one, two, three]) t.match(await db.sessions.byId(session.id), { state: 'active' })
      for (const { session } of [two, three]) {
        t.same(await db.audit.list({ targetId: session.id, limit: 5 }), [], 'no entry for what never was')
      }
      t.equal((await as(app, one.student)('POST', `/attempts/${one.attempt.id}/submit`)).status, 200)
      t.equal((await staff('POST', `/sessions/${three.session.id}/terminate`, { reason: 'enough' })).status, 200)
      t.match(await db.audit.list({ targetId: three.session.id, limit: 5 }), [
        { action: 'session.terminate', actorId: teacher.user.id }
      ])
      t.equal((await call(app, 'POST', '/auth/signup', { payload: account })).status, 201, 'the address is free')
    }
  )

  await t.test(
    'after MariaDB was suspended, a terminated session and its attempt end together, even if the response was lost',
    async t => {
      const [one, two] = [await sit(app, exam), await sit(app, exam)]
      mariadb.freeze()
      const submitting = as(app, one.student)('POST', `/attempts/${one.attempt.id}/submit`)
      const stopping = staff('POST', `/sessions/${two.session.id}/terminate`, { reason: 'enough' })
      t.equal((await submitting).status, 503)
      t.equal((await stopping).status, 503)
      mariadb.resume()
      await until(
        async () =>
          await db.ping().then(
            () => true,
            () => false
          )
      )
      // The server may have executed the statements in its sockets; attempt and session agree in any case.
      await until(async () => {
        const [attempt, session] = [await db.attempts.byId(two.attempt.id), await db.sessions.byId(two.session.id)]
        return (attempt?.state === 'open') === (session?.state === 'active')
      }, 30_000)
      // If it has: the write was on its way when its connection was closed.
      await db.attempts.submit(one.attempt.id, 'candidate', Date.now())
      await db.sessions.transition(two.session.id, ['active'], 'terminated', Date.now() - 20_000, teacher.user.id)
      reportUncertain()
      await until(async () => (await db.sessions.byId(one.session.id))?.state === 'stopped', 30_000)
      await until(async () => (await db.attempts.byId(two.attempt.id))?.state === 'submitted')
      await until(async () => (await live.summary(two.session.id))?.state === 'terminated')
      t.match(await live.summary(one.session.id), { state: 'stopped' })
    }
  )

  await t.test(
    'readiness reports a read lock and a suspended MariaDB within 5 s, and recovers',
    async t => {
      t.equal(await ready(), 200)
      const locker = await locked(t)
      await until(async () => (await ready()) === 503, 5000)
      await locker.query('UNLOCK TABLES')
      await until(async () => (await ready()) === 200, 10_000)
      mariadb.freeze()
      await until(async () => (await ready()) === 503, 5000)
      mariadb.resume()
      await until(async () => (await ready()) === 200, 10_000)
    }
  )
})
