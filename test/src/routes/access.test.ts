import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { newId, type Role } from '../../../db/index.ts'
import { build, person, type LoggedIn } from '../../support/app.ts'

/**
 * The callers that a route admits. A session and an attempt have a candidate and, by their exam, a teacher; an exam
 * has an author and assigned candidates. `exam`: assigned candidates, the author, admins. `watched`: the candidate,
 * the exam's teacher, admins.
 */
type Who =
  | 'public'
  | 'logged in'
  | 'staff'
  | 'admins'
  | 'own or staff'
  | 'own or admins'
  | 'staff, not own'
  | 'only own'
  | 'watched'
  | 'watchers'
  | 'exam'
  | 'exam staff'
  | 'sitting'
  | 'own attempt'
  | 'attempt'
  | 'attempt staff'

/** The table is written by hand. A route that is missing here, or that admits other callers, fails the test. */
const EXPECTED: Readonly<Record<string, Who>> = {
  'GET /': 'public',
  'GET /docs': 'public',
  'GET /docs/static/index.html': 'public',
  'GET /docs/static/swagger-initializer.js': 'public',
  'GET /docs/json': 'public',
  'GET /docs/yaml': 'public',
  'GET /docs/static/*': 'public',
  'GET /redoc': 'public',
  'GET /redoc/redoc.js': 'public',
  'GET /redoc/start.js': 'public',
  'GET /health': 'public',
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  'GET /api/v1/health': 'public',
  'GET /api/v1/health/live': 'public',
  'GET /api/v1/health/ready': 'public',
  // From this machine, as all of this test's requests are; for others see metrics.test.ts.
  'GET /metrics': 'public',
  // By the link's signature and its viewer.
  'GET /media/:kind/:id': 'public',
  'GET /api/v1/metrics': 'public',
  'GET /api/v1/first-run': 'public',
  'GET /api/v1/privacy': 'public',
  'POST /api/v1/auth/signup': 'public',
  'POST /api/v1/auth/login/password': 'public',
  'POST /api/v1/auth/refresh': 'public',
  'POST /api/v1/auth/logout': 'logged in',
  'GET /api/v1/auth/me': 'logged in',
  'PATCH /api/v1/auth/me': 'logged in',
  'PUT /api/v1/auth/me/password': 'logged in',
  'GET /api/v1/auth/me/logins': 'logged in',
  'DELETE /api/v1/auth/me/logins/:loginId': 'logged in',
  'POST /api/v1/auth/password/reset': 'public',
  'PUT /api/v1/auth/me/face': 'logged in',
  'DELETE /api/v1/auth/me/face': 'logged in',
  'POST /api/v1/auth/login/face/challenge': 'public',
  'POST /api/v1/auth/login/face': 'public',
  'POST /api/v1/exam/start/:userId': 'only own',
  'POST /api/v1/exam/pause/:userId': 'watched',
  'POST /api/v1/exam/resume/:userId': 'watched',
  'POST /api/v1/exam/stop/:userId': 'watched',
  'GET /api/v1/exam/summary/:userId': 'watched',
  'POST /api/v1/exam/clear-logs/:userId': 'watchers',
  'GET /api/v1/exams': 'logged in',
  'POST /api/v1/exams': 'staff',
  'POST /api/v1/exams/import': 'staff',
  'GET /api/v1/exams/:examId': 'exam',
  'PATCH /api/v1/exams/:examId': 'exam staff',
  'DELETE /api/v1/exams/:examId': 'exam staff',
  'POST /api/v1/exams/:examId/publish': 'exam staff',
  'POST /api/v1/exams/:examId/archive': 'exam staff',
  'POST /api/v1/exams/:examId/release': 'exam staff',
  'GET /api/v1/exams/:examId/notice': 'exam',
  'GET /api/v1/exams/:examId/consent': 'exam',
  'PUT /api/v1/exams/:examId/consent': 'exam',
  'DELETE /api/v1/exams/:examId/consent': 'exam',
  'GET /api/v1/webhooks': 'admins',
  'POST /api/v1/webhooks': 'admins',
  'PATCH /api/v1/webhooks/:webhookId': 'admins',
  'DELETE /api/v1/webhooks/:webhookId': 'admins',
  'POST /api/v1/webhooks/:webhookId/rotate': 'admins',
  'POST /api/v1/webhooks/:webhookId/test': 'admins',
  'GET /api/v1/webhooks/:webhookId/deliveries': 'admins',
  'POST /api/v1/webhooks/deliveries/:deliveryId/redeliver': 'admins',
  'POST /api/v1/webhooks/:webhookId/replay': 'admins',
  'GET /api/v1/admin/retention': 'admins',
  'GET /api/v1/admin/holds': 'admins',
  'POST /api/v1/admin/holds': 'admins',
  'POST /api/v1/admin/holds/:holdId/release': 'admins',
  'GET /api/v1/policy/rules': 'staff',
  'GET /api/v1/exams/:examId/policy': 'exam staff',
  'PUT /api/v1/exams/:examId/policy': 'exam staff',
  'GET /api/v1/exams/:examId/statistics': 'exam staff',
  'GET /api/v1/exams/:examId/statistics/questions': 'exam staff',
  'GET /api/v1/exams/:examId/room': 'exam staff',
  'GET /api/v1/exams/:examId/attempts': 'exam staff',
  'GET /api/v1/exams/:examId/candidates': 'exam staff',
  'POST /api/v1/exams/:examId/candidates': 'exam staff',
  'DELETE /api/v1/exams/:examId/candidates/:userId': 'exam staff',
  'GET /api/v1/exams/:examId/accommodations': 'exam staff',
  'PUT /api/v1/exams/:examId/accommodations/:userId': 'exam staff',
  'DELETE /api/v1/exams/:examId/accommodations/:userId': 'exam staff',
  'GET /api/v1/exams/:examId/questions': 'exam staff',
  'POST /api/v1/exams/:examId/questions': 'exam staff',
  'POST /api/v1/exams/:examId/questions/import': 'exam staff',
  'GET /api/v1/exams/:examId/questions/export': 'exam staff',
  'GET /api/v1/exams/:examId/impact-assessment': 'exam staff',
  'PUT /api/v1/exams/:examId/questions/order': 'exam staff',
  'PATCH /api/v1/exams/:examId/questions/:questionId': 'exam staff',
  'POST /api/v1/exams/:examId/questions/:questionId/corrections': 'exam staff',
  'GET /api/v1/exams/:examId/corrections': 'exam staff',
  'DELETE /api/v1/exams/:examId/questions/:questionId': 'exam staff',
  'GET /api/v1/exams/:examId/export': 'exam staff',
  'POST /api/v1/exams/:examId/preflight': 'sitting',
  'POST /api/v1/exams/:examId/start': 'sitting',
  'GET /api/v1/attempts': 'logged in',
  'GET /api/v1/attempts/:attemptId': 'attempt',
  'GET /api/v1/attempts/:attemptId/questions': 'own attempt',
  'GET /api/v1/attempts/:attemptId/answers': 'attempt',
  'PUT /api/v1/attempts/:attemptId/answers/:questionId': 'own attempt',
  'POST /api/v1/attempts/:attemptId/submit': 'own attempt',
  'GET /api/v1/attempts/:attemptId/receipt': 'attempt',
  'POST /api/v1/attempts/:attemptId/reopen': 'attempt staff',
  'POST /api/v1/attempts/:attemptId/allow-another': 'attempt staff',
  'POST /api/v1/attempts/:attemptId/allow-unwatched': 'attempt staff',
  'GET /api/v1/attempts/:attemptId/code': 'attempt',
  'POST /api/v1/attempts/:attemptId/code': 'own attempt',
  'GET /api/v1/attempts/:attemptId/result': 'attempt',
  'PUT /api/v1/attempts/:attemptId/grades/:questionId': 'attempt staff',
  'GET /api/v1/sessions': 'logged in',
  'GET /api/v1/sessions/:sessionId': 'watched',
  'GET /api/v1/sessions/:sessionId/events': 'watched',
  'POST /api/v1/sessions/:sessionId/recordings': 'watchers',
  'POST /api/v1/sessions/:sessionId/terminate': 'watchers',
  'GET /api/v1/sessions/:sessionId/messages': 'watched',
  'POST /api/v1/sessions/:sessionId/messages': 'watched',
  'POST /api/v1/sessions/:sessionId/messages/seen': 'watched',
  'PUT /api/v1/sessions/:sessionId/hand': 'watched',
  'PUT /api/v1/sessions/:sessionId/break-request': 'only own',
  'POST /api/v1/sessions/:sessionId/break-request/answer': 'watchers',
  'GET /api/v1/sessions/:sessionId/acknowledgements': 'watchers',
  'PUT /api/v1/sessions/:sessionId/incidents/:eventId/acknowledgement': 'watchers',
  'POST /api/v1/exams/:examId/broadcast': 'exam staff',
  'GET /api/v1/sessions/:sessionId/report': 'only own',
  'POST /api/v1/sessions/:sessionId/report/comments': 'only own',
  'POST /api/v1/sessions/:sessionId/appeal': 'only own',
  'POST /api/v1/sessions/:sessionId/signed-reports': 'watched',
  'GET /api/v1/sessions/:sessionId/signed-reports': 'watched',
  'GET /api/v1/sessions/:sessionId/signed-reports/:reportId': 'watched',
  'GET /.well-known/invigil-keys.json': 'public',
  'GET /api/v1/reviews': 'staff',
  'GET /api/v1/reviews/rules': 'staff',
  'POST /api/v1/exams/:examId/dismissals': 'exam staff',
  'GET /api/v1/exams/:examId/dismissals/:dismissalId': 'exam staff',
  'POST /api/v1/exams/:examId/dismissals/:dismissalId/dismiss': 'exam staff',
  'GET /api/v1/reviews/:sessionId': 'watchers',
  'POST /api/v1/reviews/:sessionId/claim': 'watchers',
  'DELETE /api/v1/reviews/:sessionId/claim': 'watchers',
  'POST /api/v1/reviews/:sessionId/incidents/:eventId/open': 'watchers',
  'PUT /api/v1/reviews/:sessionId/incidents/:eventId': 'watchers',
  'POST /api/v1/reviews/:sessionId/notes': 'watchers',
  'POST /api/v1/reviews/:sessionId/decision': 'watchers',
  'POST /api/v1/reviews/:sessionId/appeal/answer': 'watchers',
  'POST /api/v1/reviews/:sessionId/appeal/outcome': 'watchers',
  'GET /api/v1/sessions/:sessionId/evidence': 'watched',
  'POST /api/v1/evidence/:evidenceId/link': 'watchers',
  'GET /api/v1/sessions/:sessionId/storyboard': 'watchers',
  'POST /api/v1/storyboards/:sheetId/link': 'watchers',
  'GET /api/v1/recordings': 'staff',
  'GET /api/v1/recordings/:recordingId': 'watchers',
  'POST /api/v1/recordings/:recordingId/link': 'watchers',
  'POST /api/v1/recordings/:recordingId/analyze': 'watchers',
  'GET /api/v1/recordings/:recordingId/analysis': 'watchers',
  // The body is checked first; that admins delete none of their own is in recordings.test.ts.
  'DELETE /api/v1/recordings/:recordingId': 'admins',
  'GET /api/v1/events': 'logged in',
  'POST /api/v1/events': 'logged in',
  'GET /api/v1/users': 'staff',
  'GET /api/v1/users/:userId': 'own or staff',
  'PATCH /api/v1/users/:userId': 'admins',
  'POST /api/v1/users/:userId/password': 'admins',
  'POST /api/v1/users/:userId/password-link': 'admins',
  'GET /api/v1/users/:userId/erasure': 'admins',
  'GET /api/v1/users/:userId/export': 'own or admins',
  'POST /api/v1/users/:userId/logout': 'admins',
  'DELETE /api/v1/users/:userId': 'admins',
  'GET /api/v1/users/:userId/face': 'staff',
  'GET /api/v1/users/:userId/face/history': 'own or staff',
  'POST /api/v1/users/:userId/face/confirm': 'staff, not own',
  'GET /api/v1/invitations': 'staff',
  'POST /api/v1/invitations': 'staff',
  'DELETE /api/v1/invitations/:invitationId': 'staff',
  'GET /api/v1/admin/candidates': 'admins',
  'GET /api/v1/admin/candidates/:userId': 'admins',
  'GET /api/v1/admin/stats': 'admins',
  'GET /api/v1/admin/audit': 'admins',
  'GET /api/v1/admin/system': 'admins',
  'GET /api/v1/admin/export/sessions': 'staff',
  'GET /api/v1/admin/export/events': 'staff',
  'GET /api/v1/admin/export/results': 'staff',
  'POST /api/v1/analyze': 'logged in',
  'GET /ws/:userId': 'only own',
  'GET /api/v1/proctoring/ws/:sessionId': 'only own',
  'GET /ws/monitor': 'staff'
}

/**
 * `own`: the caller is the candidate; staff were one before their role changed. `authored`: the candidate is the
 * exam's author as well. `overseen`: a teacher's exam, taken by another account. `foreign`: neither.
 */
type Relation = 'own' | 'authored' | 'overseen' | 'foreign'

/** 401, 403, or 'in' for any other response of the route to the empty body. */
function expected (who: Who, caller: Role | 'anonymous', relation: Relation): 401 | 403 | 'in' {
  if (who === 'public') return 'in'
  if (caller === 'anonymous') return 401
  const when = (isIn: boolean) => (isIn ? 'in' : 403)
  const isOwn = relation === 'own' || relation === 'authored'
  // For their own session and attempt, callers of every role are the candidate.
  const isTeacherOf = !isOwn && (caller === 'admin' || (caller === 'teacher' && relation === 'overseen'))
  switch (who) {
    case 'logged in':
      return 'in'
    case 'staff':
      return when(caller !== 'student')
    case 'admins':
      return when(caller === 'admin')
    case 'own or staff':
      return when(isOwn || caller !== 'student')
    case 'own or admins':
      return when(isOwn || caller === 'admin')
    case 'staff, not own':
      return when(!isOwn && caller !== 'student')
    case 'only own':
      return when(isOwn)
    case 'watched':
      return when(isOwn || isTeacherOf)
    case 'watchers':
      return when(isTeacherOf)
    case 'exam':
      return when(isOwn || isTeacherOf)
    case 'exam staff':
      return when(isTeacherOf)
    case 'sitting':
      return when(isOwn)
    case 'own attempt':
      return when(isOwn)
    case 'attempt':
      return when(isOwn || isTeacherOf)
    case 'attempt staff':
      return when(isTeacherOf)
  }
}

/** An exam with an open attempt in this relation to the caller; returns the values of the path's parameters. */
async function scene (
  app: FastifyInstance,
  caller: LoggedIn | undefined,
  relation: Relation
): Promise<Record<string, string>> {
  const { db } = app.services
  const atMs = Date.now()
  const candidate =
    (relation === 'own' || relation === 'authored') && caller !== undefined ? caller.user : (await person(app)).user
  const ownerId = relation === 'overseen' || relation === 'authored' ? caller!.user.id : newId()
  const exam = await db.exams.create({ ownerId, title: 'Physics', atMs }, [
    { section: '', kind: 'boolean', text: 'So?', points: 1, body: { correct: true } }
  ])
  await db.exams.setState(exam.id, ['draft'], 'published', atMs)
  await db.exams.assign(exam.id, [candidate.id])
  const begun = await db.attempts.start({
    examId: exam.id,
    userId: candidate.id,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs
  })
  if (begun.outcome !== 'created') throw new Error('not begun')
  const { session } = await db.sessions.open({
    userId: candidate.id,
    examId: exam.id,
    attemptId: begun.attempt.id,
    atMs
  })
  const recordingId = newId()
  await db.recordings.add({
    id: recordingId,
    sessionId: session.id,
    userId: candidate.id,
    examId: exam.id,
    mode: 'full',
    startedAtMs: atMs,
    mediaType: 'video/webm',
    storageKey: `${session.id}/recordings/${recordingId}.webm`
  }, atMs)
  const file = { durationMs: 1, bytes: 1, sha256: '0'.repeat(64), mediaType: 'video/webm', gaps: [], failure: null }
  await db.recordings.ready(recordingId, file, atMs, [{
    startedAtMs: atMs,
    offsetsMs: [0],
    columns: 1,
    tileWidth: 160,
    tileHeight: 120,
    bytes: 1,
    sha256: '0'.repeat(64),
    storageKey: `${session.id}/storyboards/${recordingId}-0.jpg`
  }])
  const [sheet] = await db.storyboards.list(session.id)
  const evidenceId = newId()
  await db.evidence.add({
    id: evidenceId,
    sessionId: session.id,
    eventId: newId(),
    kind: 'picture',
    atMs,
    durationMs: null,
    mediaType: 'image/jpeg',
    bytes: 1,
    sha256: '0'.repeat(64),
    storageKey: `${session.id}/evidence/${evidenceId}.jpg`,
    seen: {},
    createdAtMs: atMs,
    deletedAtMs: null
  })
  const [question] = await db.questions.list(exam.id)
  return {
    userId: candidate.id,
    examId: exam.id,
    attemptId: begun.attempt.id,
    sessionId: session.id,
    recordingId,
    evidenceId,
    sheetId: sheet!.id,
    questionId: question!.id,
    loginId: newId(),
    reportId: newId(),
    '*': 'favicon-16x16.png'
  }
}

t.test('every route admits exactly the callers of its line in the table', async t => {
  const app = await build(t)
  const routes = app.accessTable
    .flatMap(route => route.method.split(',').map(method => `${method} ${route.url}`))
    .filter(route => !route.startsWith('HEAD '))
  t.same([...new Set(routes)].sort(), Object.keys(EXPECTED).sort(), 'every route has its line')

  for (const [route, who] of Object.entries(EXPECTED)) {
    const [method, url] = route.split(' ') as ['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string]
    for (const role of ['anonymous', 'student', 'teacher', 'admin'] as const) {
      const relations: readonly Relation[] =
        !url.includes('/:') || role === 'anonymous'
          ? ['foreign']
          : role === 'teacher'
            ? ['own', 'authored', 'overseen', 'foreign']
            : role === 'admin'
              ? ['own', 'authored', 'foreign']
              : ['own', 'foreign']
      for (const relation of relations) {
        // A new login and a new exam for each request, because logout and the removal of an exam are among the routes.
        const caller = role === 'anonymous' ? undefined : await person(app, role)
        const params = await scene(app, caller, relation)
        const path = url.replaceAll(/:(\w+)|\*/g, (name, word: string | undefined) => params[word ?? name]!)
        const { statusCode } = await app.inject({ method, url: path, headers: caller?.headers ?? {} })
        const isRefused = who !== 'public' && (statusCode === 401 || statusCode === 403)
        t.equal(isRefused ? statusCode : 'in', expected(who, role, relation), `${route} for ${role}, ${relation}`)
      }
    }
  }
})

t.test('the start fails for a route without an access rule, and for a rule with a parameter that the path does not have', async t => {
  await t.rejects(
    build(t, {
      extend: async app => {
        app.get('/forgotten', async () => 'x')
      }
    }),
    /GET.* \/forgotten says not who may use it/
  )
  await t.rejects(
    build(t, {
      extend: async app => {
        app.get('/odd', { config: { access: { roles: ['admin'], owner: 'userId' } } }, async () => 'x')
      }
    }),
    /has no parameter :userId/
  )
})

t.test('a removed role has no effect any more, at once', async t => {
  const app = await build(t)
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const clear = () =>
    app.inject({ method: 'POST', url: `/api/v1/exam/clear-logs/${student.user.id}`, headers: teacher.headers })
  t.equal((await clear()).statusCode, 404, 'there is no session yet')
  await app.services.db.users.setRole(teacher.user.id, 'student')
  t.equal((await clear()).statusCode, 403)
})

t.test('a session that does not exist gets 404, for every role', async t => {
  const app = await build(t)
  const student = await person(app)
  for (const id of ['0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', 'x', '%00', "' or 1=1 --"]) {
    const response = await app.inject({ url: `/api/v1/sessions/${encodeURIComponent(id)}`, headers: student.headers })
    t.equal(response.statusCode, 404, id)
    t.equal(response.json().code, 'INVIGIL_ERR_SESSION_UNKNOWN')
  }
})
