import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { NewAuditEntry, SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { accountOf, examOf, ROLES, sessionOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { candidateRequests, threadMessage } from '../../protocol/thread.ts'
import { ExamIdParams, SessionIdParams } from '../schemas.ts'
import {
  AcknowledgementBody, AcknowledgementParams, AcknowledgementsAnswer, AcknowledgementSchema, BreakAnswerBody, BreakBody,
  BroadcastAnswer, BroadcastBody, BroadcastHeaders, HandBody, MessageAnswer, MessageBody, MessagesAnswer, MessagesQuery,
  RequestsAnswer, SeenBody
} from './conversation-schemas.ts'

const tags = ['conversation']
const params = SessionIdParams
const NAMED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN'] as const
const OPEN = [...NAMED, 'INVIGIL_ERR_SESSION_ENDED'] as const
const OWN = ['INVIGIL_ERR_MESSAGES_FULL', 'INVIGIL_ERR_MESSAGES_FAST'] as const

/** Threads between candidates and staff, requests of candidates, and what staff say of incidents. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const watched = { access: { roles: ROLES, owner: 'sessionId' } } as const
  const watchers = { access: { roles: STAFF, owner: 'sessionId', notOwn: true } } as const

  fastify.get(
    '/sessions/:sessionId/messages',
    {
      config: watched,
      schema: {
        tags,
        summary: 'The thread of a session, oldest first',
        description: 'For the candidate and for staff, also after the session has ended.',
        params,
        querystring: MessagesQuery,
        response: { 200: MessagesAnswer, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      const { after, limit } = request.query
      const rows = await db.messages.list(sessionOf(request).id, {
        limit: limit + 1,
        ...(after !== undefined && { after })
      })
      const page = rows.slice(0, limit)
      return { messages: page.map(threadMessage), next: rows.length > limit ? page.at(-1)!.id : null }
    }
  )

  fastify.post(
    '/sessions/:sessionId/messages',
    {
      config: watched,
      schema: {
        tags,
        summary: 'Write to the candidate, or as the candidate to staff',
        description:
          'The message is stored and then sent over the sockets. Messages of staff are also written to the audit log.',
        params,
        body: MessageBody,
        response: { 200: MessageAnswer, ...refusals('guarded', ...OPEN, ...OWN) }
      }
    },
    async request => {
      const session = openSession(request)
      const account = accountOf(request)
      const { kind = 'message', ...words } = request.body
      if (isOwn(request)) return { ...(await live.threads.ask(session, account, words)), delivered: false }
      const known =
        words.clientId === undefined ? undefined : await db.messages.known(account.id, words.clientId, session.id)
      if (known === undefined) {
        await db.audit.append(audit(request, kind === 'warning' ? 'warn' : 'message', { text: words.text }))
      }
      const { message, delivered } = await live.threads.tell(session, account, kind, words)
      return { ...message, delivered }
    }
  )

  fastify.post(
    '/sessions/:sessionId/messages/seen',
    {
      config: watched,
      schema: {
        tags,
        summary: 'Confirm that messages of the other side were seen',
        description: 'The candidate confirms messages of staff, staff those of the candidate. Other ids change nothing.',
        params,
        body: SeenBody,
        response: { 204: Type.Null({ description: 'Confirmed' }), ...refusals('guarded', ...NAMED) }
      }
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const { messageIds } = request.body
      if (isOwn(request)) await live.threads.confirm(await live.aboutOf(session), messageIds, 'seen')
      else await live.threads.seen(session, messageIds)
      return await reply.code(204).send(null)
    }
  )

  fastify.put(
    '/sessions/:sessionId/hand',
    {
      config: watched,
      schema: {
        tags,
        summary: 'Raise or lower the hand of the candidate',
        description: 'Candidates raise and lower their own hand; staff can lower it.',
        params,
        body: HandBody,
        response: { 200: RequestsAnswer, ...refusals('guarded', ...OPEN) }
      }
    },
    async request => {
      const session = openSession(request)
      const { raised } = request.body
      if (!isOwn(request) && raised) throw refuse('INVIGIL_ERR_FORBIDDEN')
      await live.requests.setHand(session, raised, isOwn(request) ? undefined : audit(request, 'hand'))
      return await requestsOf(session)
    }
  )

  fastify.put(
    '/sessions/:sessionId/break-request',
    {
      config: { access: { roles: ROLES, owner: 'sessionId', ownerRoles: ROLES } },
      schema: {
        tags,
        summary: 'Ask staff for a break, or withdraw that',
        description:
          'For candidates. The request is in the thread as a message of kind break_request, the answer as break_granted or break_declined. Breaks that the policy of the exam allows need no request: see POST /exam/pause/{userId}.',
        params,
        body: BreakBody,
        response: { 200: RequestsAnswer, ...refusals('guarded', ...OPEN, ...OWN) }
      }
    },
    async request => {
      const session = openSession(request)
      const { asked, reason } = request.body
      await live.requests.askBreak(session, accountOf(request), asked, reason)
      return await requestsOf(session)
    }
  )

  fastify.post(
    '/sessions/:sessionId/break-request/answer',
    {
      config: watchers,
      schema: {
        tags,
        summary: 'Grant or decline the break that the candidate asked for',
        description: 'A grant pauses the session on behalf of staff; the clock of the exam stops. Staff resume it.',
        params,
        body: BreakAnswerBody,
        response: {
          200: RequestsAnswer,
          ...refusals('guarded', ...OPEN, 'INVIGIL_ERR_BREAK_NONE', 'INVIGIL_ERR_SESSION_NOT_ACTIVE')
        }
      }
    },
    async request => {
      const session = openSession(request)
      const { granted, text } = request.body
      await live.requests.answerBreak(session, accountOf(request), granted, text)
      return await requestsOf(session)
    }
  )

  fastify.get(
    '/sessions/:sessionId/acknowledgements',
    {
      config: watchers,
      schema: {
        tags,
        summary: 'What staff said of the incidents of a session',
        params,
        response: { 200: AcknowledgementsAnswer, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      const { id } = sessionOf(request)
      return { acknowledgements: [...((await live.acknowledgements.list([id])).get(id) ?? [])] }
    }
  )

  fastify.put(
    '/sessions/:sessionId/incidents/:eventId/acknowledgement',
    {
      config: watchers,
      schema: {
        tags,
        summary: 'Say of an incident that it was seen, is flagged for review, or is not relevant',
        description:
          'The event is the one that starts the incident. It changes no score. A later acknowledgement replaces an earlier one.',
        params: AcknowledgementParams,
        body: AcknowledgementBody,
        response: { 200: AcknowledgementSchema, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_INCIDENT_UNKNOWN') }
      }
    },
    async request =>
      await live.acknowledgements.set(sessionOf(request), accountOf(request), {
        eventId: request.params.eventId,
        ...request.body
      })
  )

  fastify.post(
    '/exams/:examId/broadcast',
    {
      config: { access: { roles: STAFF, owner: 'examId' } },
      schema: {
        tags,
        summary: 'Write to all candidates of an exam who have an open session',
        description:
          'The message is stored in each thread. With an Idempotency-Key the request can be repeated if the response was lost.',
        params: ExamIdParams,
        headers: BroadcastHeaders,
        body: BroadcastBody,
        response: {
          200: BroadcastAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN', 'INVIGIL_ERR_KEY_USED')
        }
      }
    },
    async request =>
      await live.threads.broadcast(examOf(request), accountOf(request), {
        ...request.body,
        clientId: request.headers['idempotency-key']
      })
  )

  /** Whether the asking account is the candidate of the session in the path. */
  function isOwn (request: FastifyRequest): boolean {
    return sessionOf(request).userId === accountOf(request).id
  }

  function openSession (request: FastifyRequest): SessionWithUser {
    const session = sessionOf(request)
    if (session.endedAtMs !== null) throw refuse('INVIGIL_ERR_SESSION_ENDED')
    return session
  }

  async function requestsOf ({ id }: SessionWithUser) {
    const session = await db.sessions.byId(id)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
    return candidateRequests(session)
  }

  function audit (request: FastifyRequest, action: string, detail: Record<string, unknown> = {}): NewAuditEntry {
    return {
      actorId: accountOf(request).id,
      action: `session.${action}`,
      targetType: 'session',
      targetId: sessionOf(request).id,
      detail,
      atMs: live.now()
    }
  }
}

export default routes
