import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { defined } from '../../../lib/defined.ts'
import { refuse } from '../../errors.ts'
import { logEntry } from '../../protocol/log-entry.ts'
import { accountOf, readerOf, ROLES, sessionOf, STAFF } from '../../plugins/access.ts'
import { SessionSchema } from '../exam/schemas.ts'
import { readPage } from '../page.ts'
import { SessionIdParams } from '../schemas.ts'
import { filterFor } from './filter.ts'
import { EventsAnswer, EventsQuery, SessionAnswer, SessionsAnswer, SessionsQuery, TerminateBody } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['sessions']
const params = SessionIdParams

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, live } = fastify.services
  const config = { access: { roles: ROLES, owner: 'sessionId' } } as const
  const named = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN'] as const

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Sessions, newest first',
        description: 'Students see their own sessions; teachers see sessions of their own exams and sessions without an exam.',
        querystring: SessionsQuery,
        response: { 200: SessionsAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS') }
      }
    },
    async request => {
      const { lang: _lang, limit, ...asked } = request.query
      const filter = await filterFor(db, accountOf(request), asked)
      const { rows, next } = await readPage(limit, limit => db.sessions.list({ ...filter, limit }))
      return { sessions: await live.currentRows(rows), next }
    }
  )

  fastify.get(
    '/:sessionId',
    {
      config,
      schema: {
        tags,
        summary: 'The current state of one session',
        params,
        response: { 200: SessionAnswer, ...refusals('guarded', ...named) }
      }
    },
    async request => {
      const session = sessionOf(request)
      const [summary, camera, microphone] = await Promise.all([
        live.summary(session.id),
        device('camera_off', session.id),
        device('microphone_off', session.id)
      ])
      if (summary === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
      return { ...session, ...summary, pauses: [...summary.pauses], gaps: [...summary.gaps], camera, microphone }
    }
  )

  fastify.get(
    '/:sessionId/events',
    {
      config,
      schema: {
        tags,
        summary: 'The stored events of a session, oldest first',
        description: 'The same entries that the socket sends. Only staff see weights and measured values.',
        params,
        querystring: EventsQuery,
        response: { 200: EventsAnswer, ...refusals('guarded', ...named) }
      }
    },
    async request => {
      const { after, kind, limit } = request.query
      const { rows, next } = await readPage(limit, limit =>
        db.events.listBySession(sessionOf(request).id, { limit, ...defined({ after, kind }) })
      )
      const reader = readerOf(accountOf(request), sessionOf(request).userId)
      return { events: rows.map(row => logEntry(row, request.language, reader)), next }
    }
  )

  fastify.post(
    '/:sessionId/terminate',
    {
      config: { access: { roles: STAFF, owner: 'sessionId', notOwn: true } },
      schema: {
        tags,
        summary: "End a session against the candidate's will",
        description:
          'When this responds, all events until now are stored. The reason is sent to the candidate and written to the audit log.',
        params,
        body: TerminateBody,
        response: { 200: SessionSchema, ...refusals('guarded', ...named, 'INVIGIL_ERR_SESSION_ENDED') }
      }
    },
    async request => {
      const session = sessionOf(request)
      const { reason } = request.body
      if (session.state !== 'active' && session.state !== 'paused') throw refuse('INVIGIL_ERR_SESSION_ENDED')
      const { id } = accountOf(request)
      const audit = {
        actorId: id,
        action: 'session.terminate',
        targetType: 'session',
        targetId: session.id,
        detail: { text: reason },
        atMs: Date.now()
      }
      // If two requests arrive at once, one ends the session and the other is refused.
      if (!(await live.terminate(session.id, id, reason, audit))) throw refuse('INVIGIL_ERR_SESSION_ENDED')
      return (await db.sessions.byId(session.id)) ?? session
    }
  )

  /** Returns the state that the page last reported for a device. */
  async function device (kind: 'camera_off' | 'microphone_off', sessionId: string): Promise<'on' | 'off'> {
    const [last] = await db.events.list({ sessionId, kind, limit: 1 })
    return last === undefined || last.phase === 'end' ? 'on' : 'off'
  }
}

export default routes
