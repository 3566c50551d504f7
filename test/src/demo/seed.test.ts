import t from 'tap'
import { openDatabase, type Database } from '../../../db/index.ts'
import { loadConfig } from '../../../src/config.ts'
import { seedDemo } from '../../../src/demo/seed.ts'
import { toQuestion } from '../../../src/exams/question.ts'
import { matchPassword } from '../../../src/accounts/password-hash.ts'
import { build, call, person } from '../../support/app.ts'

const NOW = 1_774_000_000_000

async function database (t: { teardown (close: () => Promise<void>): void }): Promise<Database> {
  const db = await openDatabase({ url: 'file::memory:' })
  t.teardown(async () => { await db.close() })
  return db
}

t.test('the demo is made only where SEED_DEMO asks for it', async t => {
  t.equal(loadConfig({}).seedDemo, false)
  t.equal(loadConfig({ SEED_DEMO: '1' }).seedDemo, true)
  t.equal(loadConfig({ SEED_DEMO: 'false' }).seedDemo, false)
  t.throws(() => loadConfig({ SEED_DEMO: 'perhaps' }), /SEED_DEMO/)
  const app = await build(t)
  t.same(await app.services.db.users.list({ limit: 5 }), [])
})

t.test(
  'accounts get separate passwords, the exam has every kind of question, sessions have events and scores',
  async t => {
    const db = await database(t)
    const accounts = await seedDemo(db, NOW)
    t.match(accounts, [
      { email: 'admin@example.com', role: 'admin' },
      { email: 'teacher@example.com', role: 'teacher' },
      { email: 'student@example.com', role: 'student' }
    ])
    t.equal(new Set(accounts.map(({ password }) => password)).size, 3)
    for (const { email, password } of accounts) {
      t.equal(await matchPassword((await db.users.secretsByEmail(email))?.passwordHash, password ?? ''), 'yes', email)
    }

    const [exam] = await db.exams.list({ limit: 5 })
    t.match(exam, {
      state: 'published',
      isOpenToAll: true,
      ownerId: (await db.users.byEmail('teacher@example.com'))!.id
    })
    const questions = await db.questions.list(exam!.id)
    t.same(
      questions.map(row => toQuestion(row).kind),
      ['single', 'multiple', 'boolean', 'number', 'short', 'long', 'code']
    )

    const sessions = await db.sessions.list({ limit: 5 })
    t.match(
      sessions,
      [
        { state: 'stopped', riskScore: 19, eventCount: 7, examId: exam!.id },
        { state: 'stopped', riskScore: 2, eventCount: 3 }
      ],
      'newest first: one to look at, one quiet'
    )
    t.ok(sessions.every(({ complianceScore }) => complianceScore! < 100 && complianceScore! > 90))
    t.match(
      await db.attempts.list({ limit: 5 }),
      [
        { state: 'submitted', points: 7, pointsMax: 16, gradedAtMs: null },
        { number: 1, points: 7 }
      ],
      'what a rule can grade is graded'
    )
    const events = await db.events.listBySession(sessions[0]!.id, { limit: 50 })
    t.match(events[0], { kind: 'looking_away', phase: 'start', detail: { demo: true } })
    t.ok(events.every(({ atMs }) => atMs >= sessions[0]!.startedAtMs && atMs <= sessions[0]!.endedAtMs!))
  }
)

t.test('seeding again, at the same time or later, changes nothing', async t => {
  const db = await database(t)
  await db.users.create({
    email: 'admin@example.com',
    name: 'Somebody',
    role: 'student',
    passwordHash: 'kept',
    createdAtMs: 1
  })
  const [first] = await Promise.all([seedDemo(db, NOW), seedDemo(db, NOW + 1)])
  t.match(
    first[0],
    { email: 'admin@example.com', role: 'student', password: undefined },
    'no existing account is taken over'
  )
  t.match(await db.users.secretsByEmail('admin@example.com'), { passwordHash: 'kept', role: 'student' })
  const again = await seedDemo(db, NOW + 1000)
  t.same(again.map(({ password }) => password), [undefined, undefined, undefined])
  t.equal((await db.users.list({ limit: 9 })).length, 3)
  t.equal((await db.exams.list({ limit: 9 })).length, 1)
  t.equal((await db.questions.list((await db.exams.list({ limit: 1 }))[0]!.id)).length, 7)
  t.equal((await db.sessions.list({ limit: 9 })).length, 2)
  t.equal((await db.events.list({ limit: 99 })).length, 19)
  const [exam] = await db.exams.list({ limit: 1 })
  await db.exams.setState(exam!.id, ['published'], 'archived', NOW)
  await seedDemo(db, NOW + 2000)
  t.match(await db.exams.list({ limit: 9 }), [{ state: 'archived' }], 'later changes stay')
})

t.test('the demo student can log in and see the exam and the sessions', async t => {
  const app = await build(t)
  const accounts = await seedDemo(app.services.db, Date.now())
  const { email, password } = accounts[2]!
  const { body } = await call<{ accessToken: string }>(app, 'POST', '/auth/login/password', {
    payload: { email, password }
  })
  const headers = { authorization: `Bearer ${body.accessToken}` }
  t.match(await call(app, 'GET', '/exams', { headers }), {
    status: 200,
    body: { exams: [{ canStart: true, attemptsUsed: 2 }] }
  })
  t.match((await call<{ sessions: unknown[] }>(app, 'GET', '/sessions', { headers })).body.sessions.length, 2)
  const stranger = await person(app)
  t.same(
    (await call<{ sessions: unknown[] }>(app, 'GET', '/sessions', { headers: stranger.headers })).body.sessions,
    []
  )
})
