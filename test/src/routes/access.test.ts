import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { Role } from '../../../db/index.ts'
import { build, person, type LoggedIn } from '../../support/app.ts'

/** Who may: everybody, everybody logged in, students on themselves and staff on anybody, only oneself, staff. */
type Who = 'public' | 'logged in' | 'own or staff' | 'only own' | 'staff'

/** The whole table by hand: a route that is not here fails the test, and so does one that answers otherwise. */
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
  'POST /api/v1/auth/signup': 'public',
  'POST /api/v1/auth/login/password': 'public',
  'POST /api/v1/auth/refresh': 'public',
  'POST /api/v1/auth/logout': 'logged in',
  'GET /api/v1/auth/me': 'logged in',
  'POST /api/v1/exam/start/:userId': 'only own',
  'POST /api/v1/exam/pause/:userId': 'own or staff',
  'POST /api/v1/exam/resume/:userId': 'own or staff',
  'POST /api/v1/exam/stop/:userId': 'own or staff',
  'GET /api/v1/exam/summary/:userId': 'own or staff',
  'POST /api/v1/exam/clear-logs/:userId': 'staff',
  'GET /api/v1/sessions': 'logged in',
  'GET /api/v1/sessions/:sessionId': 'own or staff',
  'GET /api/v1/sessions/:sessionId/events': 'own or staff',
  'POST /api/v1/analyze': 'logged in',
  'GET /ws/:userId': 'only own',
  'GET /api/v1/proctoring/ws/:sessionId': 'only own',
  'GET /ws/monitor': 'staff'
}

/** 401, 403 or 'in': whatever the route then says of the empty body. */
function expected (who: Who, asker: Role | 'nobody', isOwn: boolean): 401 | 403 | 'in' {
  if (who === 'public') return 'in'
  if (asker === 'nobody') return 401
  const isStaff = asker !== 'student'
  switch (who) {
    case 'logged in': return 'in'
    case 'only own': return isOwn ? 'in' : 403
    case 'own or staff': return isOwn || isStaff ? 'in' : 403
    case 'staff': return isStaff ? 'in' : 403
  }
}

async function sessionOf (app: FastifyInstance, who: LoggedIn): Promise<string> {
  return (await app.services.db.sessions.open({ userId: who.user.id, atMs: Date.now() })).session.id
}

t.test('every route lets in exactly whom its line says', async t => {
  const app = await build(t)
  const other = await person(app)
  const ids = { other: { userId: other.user.id, sessionId: await sessionOf(app, other) } }
  const routes = app.accessTable.flatMap(route => route.method.split(',').map(method => `${method} ${route.url}`)).filter(route => !route.startsWith('HEAD '))
  t.same([...new Set(routes)].sort(), Object.keys(EXPECTED).sort(), 'every route has its line')

  for (const [route, who] of Object.entries(EXPECTED)) {
    const [method, url] = route.split(' ') as ['GET' | 'POST', string]
    const isOwned = url.includes('/:')
    for (const role of ['nobody', 'student', 'teacher', 'admin'] as const) {
      for (const isOwn of isOwned && role !== 'nobody' ? [true, false] : [false]) {
        // A new login for each try: logout is among the routes.
        const asker = role === 'nobody' ? undefined : await person(app, role)
        const about = isOwn && asker !== undefined ? { userId: asker.user.id, sessionId: await sessionOf(app, asker) } : ids.other
        const path = url.replace(':userId', about.userId).replace(':sessionId', about.sessionId).replace('*', 'favicon-16x16.png')
        const { statusCode } = await app.inject({ method, url: path, headers: asker?.headers ?? {} })
        const isRefused = who !== 'public' && (statusCode === 401 || statusCode === 403)
        t.equal(isRefused ? statusCode : 'in', expected(who, role, isOwn), `${route} for ${role}${isOwned ? (isOwn ? ' on oneself' : ' on another') : ''}`)
      }
    }
  }
})

t.test('the start fails on a route without a rule, and on a rule about a parameter that is not there', async t => {
  await t.rejects(build(t, { extend: async app => { app.get('/forgotten', async () => 'x') } }), /GET.* \/forgotten says not who may use it/)
  await t.rejects(build(t, { extend: async app => { app.get('/odd', { config: { access: { roles: ['admin'], owner: 'userId' } } }, async () => 'x') } }), /has no parameter :userId/)
})

t.test('a role that was taken away is gone at once', async t => {
  const app = await build(t)
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  const clear = () => app.inject({ method: 'POST', url: `/api/v1/exam/clear-logs/${student.user.id}`, headers: teacher.headers })
  t.equal((await clear()).statusCode, 404, 'there is no session yet')
  await app.services.db.users.setRole(teacher.user.id, 'student')
  t.equal((await clear()).statusCode, 403)
})

t.test('a session that does not exist is a 404, whoever asks', async t => {
  const app = await build(t)
  const student = await person(app)
  for (const id of ['0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', 'x', '%00', "' or 1=1 --"]) {
    const response = await app.inject({ url: `/api/v1/sessions/${encodeURIComponent(id)}`, headers: student.headers })
    t.equal(response.statusCode, 404, id)
    t.equal(response.json().code, 'INVIGIL_ERR_SESSION_UNKNOWN')
  }
})
