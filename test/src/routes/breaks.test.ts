import t from 'tap'
import type { LiveSummary } from '../../../src/live/session/live-summary.ts'
import { clocked, person, type LoggedIn } from '../../support/app.ts'
import { as, sit, stage, type Begun } from '../../support/exams.ts'

const MINUTE = 60_000
let unseenMs = 0
let cause: LiveSummary['unseenCause'] = 'camera_off'
let summary: 'known' | 'unknown' | 'real' = 'known'
const { app, clock } = await clocked(t, {
  services: services => ({
    ...services,
    live: {
      ...services.live,
      summary: async id => {
        if (summary === 'unknown') throw new Error('no gateway answers')
        const known = await services.live.summary(id)
        return known === undefined || summary === 'real'
          ? known
          : { ...known, unseenMs, unseenCause: unseenMs === 0 ? null : cause }
      }
    }
  })
})
const { db } = app.services

async function staged (policy: object) {
  const set = await stage(app)
  const { status } = await as(app, set.teacher)('PUT', `/exams/${set.exam.id}/policy`, policy)
  if (status !== 200) throw new Error(`policy refused: ${status}`)
  const { student, attempt, session } = await sit(app, set.exam)
  return {
    ...set,
    student,
    attempt,
    session,
    path: `/attempts/${attempt.id}`,
    request: as(app, student),
    staff: as(app, set.teacher)
  }
}
const pause = async (by: LoggedIn, of: LoggedIn = by) =>
  await as(app, by)('POST', `/exam/pause/${of.user.id}`, { reason: 'why' })
const resume = async (by: LoggedIn, of: LoggedIn = by) => await as(app, by)('POST', `/exam/resume/${of.user.id}`)

t.test('by default an open attempt has no breaks, and a session without an attempt can be paused', async t => {
  const { student, request, path, teacher } = await staged({})
  t.match(await pause(student), {
    status: 409,
    body: { code: 'INVIGIL_ERR_BREAK_REFUSED', message: /does not allow breaks/, details: { why: 'none', left: 0, nextAtMs: null } }
  })
  t.match((await request('GET', `${path}?lang=bn`)).body, { breaks: { max: 0, left: 0 } })
  t.equal((await pause(teacher, student)).status, 200, 'staff can')
  t.equal((await resume(student)).status, 403)
  t.equal((await resume(teacher, student)).status, 200)
  const free = await person(app)
  await as(app, free)('POST', `/exam/start/${free.user.id}`, {})
  t.equal((await pause(free)).status, 200)
})

t.test('breaks are limited in number and spacing, the clock goes on, and a break ends after its length', async t => {
  const { student, request, path, session } = await staged({
    breaks: { max: 2, lengthMs: 5 * MINUTE, apartMs: 10 * MINUTE }
  })
  const left = async () => (await request<{ breaks: object }>('GET', path)).body.breaks
  t.same(await left(), { max: 2, left: 2, lengthMs: 5 * MINUTE, nextAtMs: null })
  t.match(await pause(student), { status: 200, body: { state: 'paused' } })
  t.match((await request<{ clock: Begun['clock'] }>('GET', path)).body.clock, { isPaused: false, remainingMs: 60 * MINUTE })
  clock.ms += 4 * MINUTE
  t.match(
    (await request<{ clock: Begun['clock'] }>('GET', path)).body.clock,
    { remainingMs: 56 * MINUTE },
    'the clock goes on'
  )
  await app.attempts.settle()
  t.match(await db.sessions.byId(session.id), { state: 'paused' })
  clock.ms += MINUTE
  await app.attempts.settle()
  t.match(await db.sessions.byId(session.id), { state: 'active' }, 'ended by the system')
  t.match(await db.sessions.pauses(session.id), [{ by: student.user.id, endedAtMs: clock.ms }])

  const nextAtMs = clock.ms + 10 * MINUTE
  clock.ms += MINUTE
  t.match(await pause(student), {
    status: 409,
    body: { message: /9 min/, details: { why: 'too-soon', nextAtMs, left: 1 } }
  })
  t.match(await left(), { left: 1, nextAtMs })
  clock.ms += 9 * MINUTE
  t.equal((await pause(student)).status, 200)
  t.equal((await resume(student)).status, 200, 'one may come back earlier')
  clock.ms += 11 * MINUTE
  t.match(await pause(student), {
    status: 409,
    body: { message: /all of the breaks.*2/, details: { why: 'used', left: 0, nextAtMs: null } }
  })
})

t.test('of concurrent requests for a break only the allowed number succeeds', async t => {
  const { student, session } = await staged({ breaks: { max: 1, lengthMs: 5 * MINUTE, apartMs: 0 } })
  const responses = await Promise.all(
    [pause(student), resume(student), pause(student), resume(student), pause(student)]
  )
  t.ok(responses.some(({ status }) => status === 200))
  if ((await db.sessions.byId(session.id))?.state === 'paused') await resume(student)
  t.match(await pause(student), { status: 409, body: { details: { why: 'used' } } })
  t.match(await db.sessions.byId(session.id), { state: 'active' })
})

t.test('staff take a break over: then the clock stops, and only staff can resume', async t => {
  const { student, teacher, staff, exam, attempt, request, path, session } = await staged({
    breaks: { max: 1, lengthMs: 5 * MINUTE, apartMs: 0 }
  })
  await pause(student)
  clock.ms += 2 * MINUTE
  t.match(await pause(teacher, student), { status: 200, body: { state: 'paused' } })
  t.match(
    (await db.sessions.pauses(session.id)).map(({ by, startedAtMs, endedAtMs }) => ({ by, startedAtMs, endedAtMs })),
    [
      { by: student.user.id, startedAtMs: clock.ms - 2 * MINUTE, endedAtMs: clock.ms },
      { by: teacher.user.id, startedAtMs: clock.ms, endedAtMs: null }
    ]
  )
  t.match(await db.audit.list({ targetId: session.id, limit: 1 }), [
    { action: 'session.pause', actorId: teacher.user.id, detail: { text: 'why' } }
  ])
  t.match(await app.services.live.summary(session.id), {
    state: 'paused',
    pauses: [
      { by: student.user.id, endedAtMs: clock.ms },
      { by: teacher.user.id, endedAtMs: null }
    ]
  })
  t.match(await pause(teacher, student), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_NOT_ACTIVE' } }, 'once')
  t.equal((await resume(student)).status, 403)
  clock.ms += 10 * MINUTE
  await app.attempts.settle()
  t.match(await db.sessions.byId(session.id), { state: 'paused' }, 'it is no break any more')
  t.match((await request('GET', path)).body, { clock: { isPaused: true, remainingMs: 58 * MINUTE } })
  const waiting = await person(app)
  await staff('POST', `/exams/${exam.id}/candidates`, { userIds: [student.user.id, waiting.user.id] })
  t.match(
    await staff('GET', `/exams/${exam.id}/room`),
    {
      status: 200,
      body: {
        nowMs: clock.ms,
        assigned: 2,
        notBegun: 1,
        candidates: [{ userId: waiting.user.id, userName: waiting.user.name }],
        clocks: [
          {
            attemptId: attempt.id,
            userId: student.user.id,
            remainingMs: 58 * MINUTE,
            endsAtMs: clock.ms + 58 * MINUTE,
            isPaused: true
          }
        ]
      }
    },
    'as the console shows it'
  )
  t.equal((await resume(teacher, student)).status, 200)
})

t.test(
  'with watching: required, questions and answers are refused after the grace time, and accepted again once seen',
  async t => {
    const { questions, request, staff, path, teacher, attempt } = await staged({ watching: 'required', graceMs: 30_000 })
    const answer = async (clientSeq: number) =>
      await request('PUT', `${path}/answers/${questions[0]!.id}`, { value: 'b', clientSeq })
    unseenMs = 32_000
    t.equal((await answer(1)).status, 200, 'within the grace time, and what was on its way')
    unseenMs = 32_001
    const code = questions.find(({ kind }) => kind === 'code')!
    for (const refused of [
      await answer(2),
      await request('GET', `${path}/questions`),
      await request('POST', `${path}/code`, { questionId: code.id, language: 'x', code: 'x' })
    ]) {
      t.match(refused, {
        status: 409,
        body: { code: 'INVIGIL_ERR_NOT_SEEN', message: /32 s/, details: { unseenMs: 32_001, graceMs: 30_000 } }
      })
    }
    t.equal((await request('GET', path)).status, 200, 'the clock can be read')
    unseenMs = 0
    t.equal((await answer(2)).status, 200, 'the same again once seen')

    unseenMs = 600_000
    t.match(await staff('POST', `${path}/allow-unwatched`, { reason: 'a broken camera' }), {
      status: 200,
      body: { unwatchedAllowedAtMs: clock.ms }
    })
    t.match(await db.audit.list({ targetId: attempt.id, limit: 1 }), [
      { action: 'attempt.allow-unwatched', actorId: teacher.user.id, detail: { reason: 'a broken camera' } }
    ])
    t.equal((await answer(3)).status, 200, 'by exception')
    t.match(await staff('POST', `${path}/allow-unwatched`, { reason: 'another camera', isAllowed: false }), {
      status: 200,
      body: { unwatchedAllowedAtMs: null }
    })
    t.equal((await answer(4)).status, 409)
    summary = 'unknown'
    const { watching } = app.services.live.counters
    const before = watching.unknown
    t.equal((await answer(4)).status, 200, 'what the servers do not know is not held against the candidate')
    t.equal(watching.unknown, before + 1, 'and is counted')
    summary = 'known'
    cause = 'overloaded'
    t.equal((await answer(5)).status, 409)
    unseenMs = 120_000
    t.equal((await answer(5)).status, 200, 'nor is a server without time for pictures, for two minutes')
    cause = 'camera_off'
    t.equal((await request('POST', `${path}/submit`)).status, 200, 'handing in needs no watching')
    t.match(await staff('POST', `${path}/allow-unwatched`, { reason: 'late' }), {
      status: 409,
      body: { code: 'INVIGIL_ERR_ATTEMPT_SUBMITTED' }
    })
    unseenMs = 0
  }
)

t.test('a candidate who never connects sees the questions for the grace time only', async t => {
  summary = 'real'
  const { request, path } = await staged({ watching: 'required', graceMs: 30_000 })
  const read = async () => await request('GET', `${path}/questions`)
  t.equal((await read()).status, 200)
  clock.ms += 32_000
  t.equal((await read()).status, 200)
  clock.ms += 2_000
  t.match(await read(), { status: 409, body: { code: 'INVIGIL_ERR_NOT_SEEN', details: { unseenMs: 34_000 } } })
  summary = 'known'
})

t.test('with watching: wanted nothing is refused', async t => {
  for (const watching of ['wanted', 'none']) {
    const { request, path } = await staged({ watching })
    unseenMs = 3_600_000
    t.equal((await request('GET', `${path}/questions`)).status, 200, watching)
    unseenMs = 0
  }
})
