import t from 'tap'
import { newId } from '../../../db/index.ts'
import { build, person, type LoggedIn } from '../../support/app.ts'
import { request, session } from '../../support/staff.ts'

t.test('sessions are filtered by exam, risk and time, and ended with a reason', async t => {
  const app = await build(t)
  const { db } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const exam = await db.exams.create({
    ownerId: teacher.user.id,
    title: 'Physics',
    policy: { riskLimits: { medium: 1, high: 2 } },
    atMs: 1
  })
  const foreign = await db.exams.create({ ownerId: newId(), title: 'Chemistry', atMs: 1 })
  const low = await session(app, student, { atMs: 1000, risk: 4.5, examId: exam.id })
  const medium = await session(app, student, { atMs: 2000, risk: 5 })
  const high = await session(app, student, { atMs: 3000, risk: 10, examId: foreign.id })
  const open = await session(app, student, { atMs: 4000, isOpen: true })
  const list = async (by: LoggedIn, query: string) =>
    (await request<{ sessions: Array<{ id: string }> }>(app, by, 'GET', `/sessions${query}`)).body.sessions?.map(
      ({ id }) => id
    )
  t.same(await list(admin, '?riskLevel=Low'), [open, low])
  t.same(await list(admin, '?riskLevel=Medium'), [medium])
  t.same(await list(admin, '?riskLevel=High'), [high])
  t.same(await list(admin, `?riskLevel=High&examId=${exam.id}`), [low], 'by the exam\'s own limits')
  t.same(await list(admin, '?fromMs=2000&toMs=4000'), [high, medium])
  t.same(await list(teacher, ''), [open, medium, low], 'of their own exams and of none')
  t.same(await list(student, ''), [open, high, medium, low])

  const terminate = async (by: LoggedIn, id: string, payload: object = { reason: 'help from outside' }) =>
    await request(app, by, 'POST', `/sessions/${id}/terminate`, payload)
  t.equal((await terminate(student, open)).status, 403)
  t.equal((await terminate(teacher, high)).status, 403)
  t.equal((await terminate(teacher, open, {})).status, 400)
  const both = await Promise.all([terminate(teacher, open), terminate(admin, open)])
  t.same(both.map(({ status }) => status).sort(), [200, 409])
  t.match(await db.sessions.byId(open), { state: 'terminated', endReason: 'help from outside' })
  t.match(await terminate(admin, open), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_ENDED' } })
  t.match((await db.audit.list({ targetId: open, limit: 5 })).at(-1), {
    action: 'session.terminate',
    detail: { text: 'help from outside' }
  })
})

t.test('candidates, statistics and the audit log agree', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const student = await person(app)
  const nowMs = Date.now()
  await session(app, student, {
    atMs: nowMs,
    risk: 12,
    rows: [{}, { kind: 'tab_switch' }, { kind: 'tab_switch', phase: 'end' }]
  })
  await session(app, student, { atMs: nowMs, risk: 2 })
  t.match((await request(app, admin, 'GET', '/admin/candidates?search=student')).body, {
    candidates: [{ id: student.user.id, sessionCount: 2, riskScoreMax: 12, riskScoreMean: 7, trustScoreMean: 90 }],
    next: null
  })
  const { body: one } = await request(app, admin, 'GET', `/admin/candidates/${student.user.id}`)
  t.match(one, { user: { email: student.user.email }, sessions: [{ riskScore: 2 }, { riskScore: 12 }] })
  t.same(one['attempts'], [])
  const stats = await request(app, admin, 'GET', '/admin/stats')
  t.match(stats, {
    status: 200,
    body: {
      usersByRole: { student: 1, admin: 1 },
      sessionsByState: { stopped: 2, active: 0 },
      risk: { low: 1, medium: 0, high: 1 },
      eventsByKind: { phone: 1, tab_switch: 1 }
    }
  })
  const overTime = stats.body['overTime'] as Array<{ sessions: number, incidents: number }>
  t.equal(overTime.reduce((sum, { sessions }) => sum + sessions, 0), 2)
  t.equal(overTime.reduce((sum, { incidents }) => sum + incidents, 0), 2)
  t.equal((await request(app, admin, 'GET', `/admin/stats?fromMs=${nowMs}&toMs=${nowMs - 1}`)).status, 400)
  t.equal((await request(app, admin, 'GET', '/admin/stats?fromMs=0')).status, 400, 'more than a year')
  await request(app, admin, 'POST', `/users/${student.user.id}/logout`)
  t.match((await request(app, admin, 'GET', `/admin/audit?targetId=${student.user.id}&targetType=user`)).body, {
    entries: [
      {
        actorId: admin.user.id,
        actorName: admin.user.name,
        action: 'user.logout',
        targetName: student.user.name
      }
    ],
    next: null
  })
})
