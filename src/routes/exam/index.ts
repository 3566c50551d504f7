import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { accountOf, ROLES, STAFF } from '../../plugins/access.ts'
import { refusals, UserIdParams } from '../schemas.ts'
import { ClearAnswer, EmptyBody, ReasonBody, SessionSchema, StartAnswer, SummarySchema } from './schemas.ts'

const tags = ['exam']
const params = UserIdParams

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, live } = fastify.services
  /** Students on themselves, staff on anybody. */
  const config = { access: { roles: ROLES, owner: 'userId' } } as const
  const changed = { 200: SessionSchema }

  fastify.get('/summary/:userId', {
    config,
    schema: { tags, summary: 'Scores and counts of a user\'s session: the open one, else the last', params, response: { 200: SummarySchema, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE') } }
  }, async request => {
    const session = await latest(request.params.userId)
    const summary = await live.summary(session.id)
    if (summary === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return { ...summary, pauses: [...summary.pauses] }
  })

  fastify.post('/start/:userId', {
    // Nobody sits an exam for somebody else.
    config: { access: { roles: ROLES, owner: 'userId', ownerRoles: ROLES } },
    schema: {
      tags,
      summary: 'Start a session',
      description: 'Where one is open already, it is answered with 200 and nothing is started.',
      params,
      body: EmptyBody,
      response: { 200: StartAnswer, 201: StartAnswer, ...refusals('guarded') }
    }
  }, async (request, reply) => {
    const { userId } = request.params
    const { session, created } = await db.sessions.open({ userId, atMs: Date.now() })
    await live.start(session)
    const answer = { ...await named(session.id), socketPath: `/ws/${userId}` }
    return await reply.code(created ? 201 : 200).send(answer)
  })

  fastify.post('/pause/:userId', {
    config,
    schema: { tags, summary: 'Pause the running session', params, body: ReasonBody, response: { ...changed, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE', 'INVIGIL_ERR_SESSION_NOT_ACTIVE') } }
  }, async request => {
    const session = await open(request.params.userId)
    const done = await live.pause(session.id, accountOf(request).id, request.body.reason)
    if (!done) throw refuse('INVIGIL_ERR_SESSION_NOT_ACTIVE')
    return await named(session.id)
  })

  fastify.post('/resume/:userId', {
    config,
    schema: { tags, summary: 'Go on after a pause', params, body: ReasonBody, response: { ...changed, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE', 'INVIGIL_ERR_SESSION_NOT_PAUSED') } }
  }, async request => {
    const session = await open(request.params.userId)
    const done = await live.resume(session.id, accountOf(request).id, request.body.reason)
    if (!done) throw refuse('INVIGIL_ERR_SESSION_NOT_PAUSED')
    return await named(session.id)
  })

  fastify.post('/stop/:userId', {
    config,
    schema: { tags, summary: 'End the session', description: 'Everything seen until now is stored when this answers.', params, body: ReasonBody, response: { ...changed, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE') } }
  }, async request => {
    const session = await open(request.params.userId)
    // False: somebody else has just ended it, which is what was wanted.
    await live.stop(session.id, accountOf(request).id, request.body.reason)
    return await named(session.id)
  })

  fastify.post('/clear-logs/:userId', {
    config: { access: { roles: STAFF, owner: 'userId' } },
    schema: {
      tags,
      summary: 'Remove the events of a user\'s session: the open one, else the last',
      description: 'The scores and counts as they were, and who cleared them, stay in the audit log.',
      params,
      body: ReasonBody,
      response: { 200: ClearAnswer, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE') }
    }
  }, async request => {
    const session = await latest(request.params.userId)
    const summary = await live.summary(session.id)
    // Written first: a clearing that leaves no trace is worse than a trace of one that failed.
    const entry = await db.audit.append({
      actorId: accountOf(request).id,
      action: 'session.clear-logs',
      targetType: 'session',
      targetId: session.id,
      detail: {
        reason: request.body.reason ?? null,
        riskScore: summary?.riskScore ?? session.riskScore,
        trustScore: summary?.trustScore ?? session.trustScore,
        complianceScore: summary?.complianceScore ?? session.complianceScore,
        counts: summary?.counts ?? {}
      },
      atMs: Date.now()
    })
    return { sessionId: session.id, removed: await live.clear(session.id), auditId: entry.id }
  })

  async function open (userId: string): Promise<SessionWithUser> {
    const session = await db.sessions.openByUser(userId)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return session
  }

  async function latest (userId: string): Promise<SessionWithUser> {
    const session = await db.sessions.openByUser(userId) ?? await db.sessions.lastByUser(userId)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return session
  }

  async function named (id: string): Promise<SessionWithUser> {
    const session = await db.sessions.byId(id)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return session
  }
}

export default routes
