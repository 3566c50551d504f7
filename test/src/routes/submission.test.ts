import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { analysis, build, clocked, person } from '../../support/app.ts'
import { answerAll, as, RIGHT, sit, stage, type Begun, type ExamBody } from '../../support/exams.ts'
import { SERVERS } from '../../support/servers.ts'

t.test('handing in succeeds even if watching fails: no recording, no worker, no session in memory', async t => {
  const down = (): never => {
    throw new DetectionError('INVIGIL_ERR_WORKER_LOST', 'gone')
  }
  for (const [name, stop] of [
    [
      'fails',
      async () => {
        throw new Error('the live side is down')
      }
    ],
    ['never answers', () => new Promise<boolean>(() => {})],
    ['throws', down]
  ] as const) {
    let isDown = false
    const app = await build(t, {
      pool: {
        analyze: async () => (isDown ? down() : analysis()),
        analyzeStill: async () => (isDown ? down() : analysis())
      },
      services: services => ({
        ...services,
        live: {
          ...services.live,
          stop: (...args) => (isDown ? stop() : services.live.stop(...args)),
          summary: async id => (isDown ? down() : await services.live.summary(id))
        }
      })
    })
    const { teacher, exam, questions } = await stage(app)
    const { student, attempt, session } = await sit(app, exam)
    await answerAll(app, student, attempt.id, questions, RIGHT)
    await as(app, teacher)('POST', `/exams/${exam.id}/release`, {})
    isDown = true
    const submitted = await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
    t.match(
      submitted,
      { status: 200, body: { state: 'submitted', points: 10, pointsMax: 20 } },
      `the live side ${name}`
    )
    t.match(await app.services.db.sessions.byId(session.id), { state: 'active' })
    isDown = false
    await app.attempts.settle()
    t.match(await app.services.db.sessions.byId(session.id), { state: 'stopped' }, 'the session is ended later')
  }
})

t.test('an attempt is handed in once, and later answers are refused', async t => {
  const app = await build(t)
  const { exam, questions } = await stage(app)
  const { student, attempt } = await sit(app, exam)
  const request = as(app, student)
  const answers = await Promise.all([1, 2, 3, 4].map(async () => await request('POST', `/attempts/${attempt.id}/submit`)))
  t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
  for (const { body } of answers.filter(({ status }) => status === 409)) {
    t.equal(body['code'], 'INVIGIL_ERR_ATTEMPT_SUBMITTED')
  }
  const [single] = questions
  for (const [method, path, payload] of [
    ['PUT', `answers/${single!.id}`, { value: 'a', clientSeq: 1 }],
    ['GET', 'questions', undefined],
    ['POST', 'code', { questionId: single!.id, language: 'x', code: 'x' }],
    ['POST', 'submit', undefined]
  ] as const) {
    t.match(
      await request(method, `/attempts/${attempt.id}/${path}`, payload),
      { status: 409, body: { code: 'INVIGIL_ERR_ATTEMPT_SUBMITTED' } },
      path
    )
  }
  t.match(
    await request('POST', `/exams/${exam.id}/start`),
    { status: 201, body: { attempt: { number: 2 } } },
    'another attempt where there is no limit'
  )
})

t.test('ending a session never hands in; terminating it does', async t => {
  const app = await build(t)
  const { db, live } = app.services
  const { exam, teacher } = await stage(app)
  const [one, two, three] = [await sit(app, exam), await sit(app, exam), await sit(app, exam)]
  const submitPath = `/api/v1/attempts/${one.attempt.id}/submit`
  for (const who of [one.student, teacher]) {
    t.match(await as(app, who)('POST', `/exam/stop/${one.student.user.id}`), {
      status: 409,
      body: { code: 'INVIGIL_ERR_ATTEMPT_OPEN', details: { attemptId: one.attempt.id, submitPath } }
    })
  }
  t.match(await db.sessions.byId(one.session.id), { state: 'active' })
  t.match(await as(app, one.student)('POST', submitPath), { status: 200 })
  const { body: free } = await as(app, one.student)<{ id: string }>('POST', `/exam/start/${one.student.user.id}`, {})
  t.match(
    await as(app, one.student)('POST', `/exam/stop/${one.student.user.id}`),
    { status: 200, body: { id: free.id, state: 'stopped' } },
    'a session of no attempt'
  )

  await live.stop(two.session.id, 'system', 'abandoned')
  await live.terminate(three.session.id, teacher.user.id, 'enough')
  const by = async (id: string) => (await db.attempts.byId(id))?.submittedBy
  t.same(
    [await by(one.attempt.id), await by(two.attempt.id), await by(three.attempt.id)],
    ['candidate', null, 'terminated']
  )

  const four = await sit(app, exam)
  await db.sessions.transition(four.session.id, ['active'], 'stopped', Date.now(), 'system')
  const request = as(app, four.student)
  t.match(await request('GET', `/attempts/${four.attempt.id}/questions`), {
    status: 409,
    body: { code: 'INVIGIL_ERR_ATTEMPT_UNWATCHED' }
  })
  const again = await request<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(again, { status: 200, body: { attempt: { id: four.attempt.id } } })
  t.not(again.body.session.id, four.session.id, 'an attempt that lost its session gets a new one')
  await db.sessions.transition(again.body.session.id, ['active'], 'terminated', Date.now(), 'system')
  t.match(await request('POST', `/exams/${exam.id}/start`), { status: 409, body: { code: 'INVIGIL_ERR_TERMINATED' } })
  t.equal(await by(four.attempt.id), 'terminated', 'what was terminated is handed in, not gone on with')
})

t.test('after an interruption only attempts of terminated sessions are handed in', async t => {
  const { app, clock } = await clocked(t)
  const { db } = app.services
  const { exam } = await stage(app)
  const [stopped, terminated] = [await sit(app, exam), await sit(app, exam)]
  await db.sessions.transition(stopped.session.id, ['active'], 'stopped', clock.ms, stopped.student.user.id)
  await db.sessions.transition(terminated.session.id, ['active'], 'terminated', clock.ms, 'system')
  clock.ms += 10_000
  await app.attempts.settle()
  t.match(
    await db.attempts.byId(terminated.attempt.id),
    { state: 'open' },
    'the process that ended it may still be about to'
  )
  clock.ms += 10_000
  await app.attempts.settle()
  t.match(await db.attempts.byId(terminated.attempt.id), { state: 'submitted', submittedBy: 'terminated' })
  t.match(await db.attempts.byId(stopped.attempt.id), { state: 'open' })
  clock.ms += 3_700_000
  await app.attempts.settle()
  t.match(await db.attempts.byId(stopped.attempt.id), { state: 'submitted', submittedBy: 'time' })
})

/** Checks concurrent requests on the given database. */
async function races (t: Parameters<typeof build>[0], app: FastifyInstance): Promise<void> {
  const { db } = app.services
  const { exam, questions } = await stage(app, { attemptsMax: 1 })
  const student = await person(app)
  const request = as(app, student)
  const starts = await Promise.all([1, 2, 3, 4].map(async () => await request<Begun>('POST', `/exams/${exam.id}/start`)))
  t.same(starts.map(({ status }) => status).sort(), [200, 200, 200, 201])
  t.equal(new Set(starts.map(({ body }) => body.attempt.id)).size, 1, 'one attempt')
  t.equal(new Set(starts.map(({ body }) => body.session.id)).size, 1, 'one session')
  const path = `/attempts/${starts[0]!.body.attempt.id}`
  await answerAll(app, student, starts[0]!.body.attempt.id, questions, RIGHT)
  const ends = await Promise.all([
    request('POST', `${path}/submit`),
    request('POST', `${path}/submit`),
    request('POST', `${path}/submit`),
    request('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'a', clientSeq: 2 }),
    request('POST', `/exams/${exam.id}/start`)
  ])
  t.same(ends.slice(0, 3).map(({ status }) => status).sort(), [200, 409, 409])
  for (const { status } of ends.slice(3)) t.ok(status === 200 || status === 409, `${status}`)
  t.equal((await db.attempts.list({ userId: student.user.id, limit: 9 })).length, 1)
  t.equal((await db.sessions.list({ userId: student.user.id, state: 'open', limit: 9 })).length, 0, 'nothing goes on')
  t.equal((await db.grades.list(starts[0]!.body.attempt.id)).length, 7)

  const other = await stage(app)
  const two = await person(app)
  const both = await Promise.all(
    [exam, other.exam].map(async ({ id }: ExamBody) => await as(app, two)('POST', `/exams/${id}/start`))
  )
  t.same(both.map(({ status }) => status).sort(), [201, 409], 'of two exams at once one')
}

t.test('of concurrent starts and submits one counts, on SQLite', async t => {
  await races(t, await build(t))
})

for (const { name, missing, start } of SERVERS) {
  t.test(`of concurrent starts and submits one counts, on ${name}`, { skip: missing() }, async t => {
    const server = await start()
    t.teardown(async () => await server.stop())
    const db = await openDatabase({ url: server.url })
    t.teardown(async () => await db.close())
    const app = await build(t, { db })
    await races(t, app)
  })
}
