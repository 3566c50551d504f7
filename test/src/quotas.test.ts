import t, { type Test } from 'tap'
import { defined } from '../../lib/defined.ts'
import { openDatabase, type Database } from '../../db/index.ts'
import { QUOTAS } from '../../src/quotas.ts'
import { build, call, person } from '../support/app.ts'
import { as, sit, stage } from '../support/exams.ts'
import { SERVERS } from '../support/servers.ts'

/** What an account may store, on one database. */
async function quotas (t: Test, open: (t: Test) => Promise<Database | undefined>): Promise<void> {
  const db = await open(t)
  const app = await build(t, { env: { REQUESTS_PER_MINUTE: '100000' }, ...defined({ db }) })

  await t.test(
    'the newest submissions of code are kept, by number and by length; the last one of each question always',
    async t => {
      const { exam, questions } = await stage(app)
      const { student, attempt } = await sit(app, exam)
      const request = as(app, student)
      const questionId = questions.find(({ kind }) => kind === 'code')!.id
      const hand = async (code: string) =>
        await request('POST', `/attempts/${attempt.id}/code`, { questionId, language: 'python', code })
      for (let at = 0; at < QUOTAS.codeOfQuestion + 10; at++) t.equal((await hand(`print(${at})`)).status, 201)
      const listed = async () => await app.services.db.answers.listCode(attempt.id, { limit: 200 })
      const stored = await listed()
      t.equal(stored.length, QUOTAS.codeOfQuestion)
      t.equal(stored[0]?.code, `print(${QUOTAS.codeOfQuestion + 9})`)
      t.equal(stored.at(-1)?.code, 'print(10)')
      for (let at = 0; at < 45; at++) t.equal((await hand(`${at}`.padEnd(100_000, 'x'))).status, 201)
      const long = await listed()
      const length = long.reduce((sum, { code }) => sum + code.length, 0)
      t.ok(length <= QUOTAS.codeCharsOfAttempt, `${length}`)
      t.match(long[0]?.code, /^44x/)
      t.equal((await request('POST', `/attempts/${attempt.id}/submit`)).status, 200)
    }
  )

  await t.test('sessions without an exam, of one day', async t => {
    const who = await person(app)
    const { sessions } = app.services.db
    for (let at = 0; at < QUOTAS.sessionsADay; at++) {
      const { session } = await sessions.open({ userId: who.user.id, atMs: Date.now() - 60_000 })
      await sessions.transition(session.id, ['active'], 'stopped', Date.now() - 30_000, who.user.id)
    }
    const start = async (user: typeof who) =>
      await call(app, 'POST', `/exam/start/${user.user.id}`, { headers: user.headers, payload: {} })
    t.match(await start(who), {
      status: 409,
      body: { code: 'INVIGIL_ERR_QUOTA', details: { quota: 'sessionsADay', max: QUOTAS.sessionsADay } }
    })
    t.equal((await start(await person(app))).status, 201, 'another account')
    const { exam } = await stage(app)
    t.equal(
      (await call(app, 'POST', `/exams/${exam.id}/start`, { headers: who.headers })).status,
      201,
      'an exam is begun all the same'
    )
  })

  await t.test('pauses of one session by its candidate; staff may go on pausing', async t => {
    const who = await person(app)
    const { sessions } = app.services.db
    const { session } = await sessions.open({ userId: who.user.id, atMs: Date.now() })
    for (let at = 0; at < QUOTAS.ownPausesOfSession; at++) {
      await sessions.transition(session.id, ['active'], 'paused', Date.now(), who.user.id)
      await sessions.transition(session.id, ['paused'], 'active', Date.now(), who.user.id)
    }
    const pause = async (by: typeof who) =>
      await call(app, 'POST', `/exam/pause/${who.user.id}`, { headers: by.headers, payload: {} })
    t.match(await pause(who), {
      status: 409,
      body: { code: 'INVIGIL_ERR_QUOTA', details: { quota: 'ownPausesOfSession' } }
    })
    t.equal((await pause(await person(app, 'admin'))).status, 200)
  })

  await t.test('rows of logins and checks before an exam: the newest', async t => {
    const who = await person(app)
    const { quotas, refreshTokens } = app.services.db
    for (let at = 0; at < 8; at++) {
      await refreshTokens.create({
        userId: who.user.id,
        tokenHash: `hash-${who.user.id}-${at}`,
        expiresAtMs: Date.now() + 1_000_000
      })
    }
    t.equal(await quotas.trimRefreshTokens(who.user.id, 5), 4, 'eight, and the one of the login')
    t.equal(await quotas.trimRefreshTokens(who.user.id, 5), 0)
    t.ok(await refreshTokens.byHash(`hash-${who.user.id}-7`))
    t.equal(await refreshTokens.byHash(`hash-${who.user.id}-2`), undefined)
    const { exam } = await stage(app)
    const { exams } = app.services.db
    for (let at = 1; at <= 4; at++) {
      await exams.addPreflight({ examId: exam.id, userId: who.user.id, isPassed: at === 4, checks: {}, atMs: at })
    }
    t.equal(await quotas.trimPreflights(exam.id, who.user.id, 3), 1)
    t.match(await exams.lastPreflight(exam.id, who.user.id), { isPassed: true })
  })
}

await t.test('quotas on SQLite', { timeout: 300_000 }, async t => await quotas(t, async () => undefined))

for (const { name, missing, start } of SERVERS) {
  await t.test(`quotas on ${name}`, { skip: missing(), timeout: 300_000 }, async t => {
    const server = await start()
    t.teardown(() => server.stop())
    await t.test('with a server', async t => await quotas(t, async t => {
      const db = await openDatabase({ url: server.url })
      t.teardown(() => db.close())
      return db
    }))
  })
}
