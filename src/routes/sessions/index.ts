import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refuse } from '../../errors.ts'
import { logEntry } from '../../gateway/log-entry.ts'
import { accountOf, ROLES, sessionOf } from '../../plugins/access.ts'
import { refusals, SessionIdParams } from '../schemas.ts'
import { EventsAnswer, EventsQuery, SessionAnswer, SessionsAnswer, SessionsQuery } from './schemas.ts'

const tags = ['sessions']

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, live } = fastify.services

  fastify.get('/', {
    prefixTrailingSlash: 'no-slash',
    config: { access: { roles: ROLES } },
    schema: { tags, summary: 'Sessions, newest first', description: 'Students see their own.', querystring: SessionsQuery, response: { 200: SessionsAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS') } }
  }, async request => {
    const { state, userId: asked, before, limit } = request.query
    const account = accountOf(request)
    if (account.role === 'student' && asked !== undefined && asked !== account.id) throw refuse('INVIGIL_ERR_NOT_YOURS')
    const userId = account.role === 'student' ? account.id : asked
    const sessions = await db.sessions.list({
      limit: limit + 1,
      ...(state !== undefined && { state }),
      ...(userId !== undefined && { userId }),
      ...(before !== undefined && { before })
    })
    const page = sessions.slice(0, limit)
    return { sessions: page, next: sessions.length > limit ? page.at(-1)!.id : null }
  })

  fastify.get('/:sessionId', {
    config: { access: { roles: ROLES, owner: 'sessionId' } },
    schema: { tags, summary: 'One session as it stands now', params: SessionIdParams, response: { 200: SessionAnswer, ...refusals('guarded', 'INVIGIL_ERR_SESSION_UNKNOWN') } }
  }, async request => {
    const session = sessionOf(request)
    const summary = await live.summary(session.id)
    if (summary === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
    return { ...session, ...summary, pauses: [...summary.pauses] }
  })

  fastify.get('/:sessionId/events', {
    config: { access: { roles: ROLES, owner: 'sessionId' } },
    schema: { tags, summary: 'The stored events of a session, oldest first', description: 'As the socket shows them. Weights and measured values are for staff.', params: SessionIdParams, querystring: EventsQuery, response: { 200: EventsAnswer, ...refusals('guarded', 'INVIGIL_ERR_SESSION_UNKNOWN') } }
  }, async request => {
    const { after, kind, limit } = request.query
    const rows = await db.events.listBySession(sessionOf(request).id, {
      limit: limit + 1,
      ...(after !== undefined && { after }),
      ...(kind !== undefined && { kind })
    })
    const page = rows.slice(0, limit)
    const reader = accountOf(request).role === 'student' ? 'candidate' : 'staff'
    return { events: page.map(row => logEntry(row, request.language, reader)), next: rows.length > limit ? page.at(-1)!.id : null }
  })
}

export default routes
