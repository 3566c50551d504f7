import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ReviewAct, SessionWithUser } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import { refuse, type ErrorCode } from '../../errors.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { accountOf, sessionOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { readPolicy } from '../../policy/exam-policy.ts'
import { LEASE_MS } from '../../reviews/lease.ts'
import { measured } from '../../reviews/measures.ts'
import { goodReason } from '../../reviews/reason.ts'
import { readPage } from '../page.ts'
import { SessionIdParams } from '../schemas.ts'
import { readReview } from './read-review.ts'
import {
  DecisionAnswer, DecisionBody, InboxAnswer, InboxQuery, IncidentBody, IncidentParams,
  IncidentSchema, NoteBody, NoteSchema, OpenedAnswer, ReviewAnswer, ReviewSchema, RulesAnswer, RulesQuery
} from './schemas.ts'
import { noteView, reviewView } from './views.ts'

const tags = ['reviews']
const params = SessionIdParams
const NAMED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN'] as const
const CLAIMED = [...NAMED, 'INVIGIL_ERR_REVIEW_UNCLAIMED', 'INVIGIL_ERR_REVIEW_DECIDED'] as const

/** Scores have three decimals: this is the lowest above 0. */
const RISK_MIN = 0.001

/** What each refusal of the database is called. */
const REFUSALS = {
  unclaimed: 'INVIGIL_ERR_REVIEW_UNCLAIMED',
  decided: 'INVIGIL_ERR_REVIEW_DECIDED',
  state: 'INVIGIL_ERR_REVIEW_STATE',
  unopened: 'INVIGIL_ERR_REVIEW_UNOPENED',
  unknown: 'INVIGIL_ERR_INCIDENT_UNKNOWN',
  second: 'INVIGIL_ERR_REVIEW_SECOND',
  admin: 'INVIGIL_ERR_REVIEW_ADMIN',
  unconfirmed: 'INVIGIL_ERR_REVIEW_UNCONFIRMED'
} as const satisfies Record<string, ErrorCode>

/** After an exam: people look at what was noted, and decide. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const config = { access: { roles: STAFF, owner: 'sessionId', notOwn: true } } as const

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'Sessions to review: the highest risk first, then the oldest',
        description:
          'Sessions that have ended. Teachers see those of their own exams and sessions without an exam. Nobody sees their own.',
        querystring: InboxQuery,
        response: { 200: InboxAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { state, examId, mine, appeals, all, after, limit } = request.query
      const account = accountOf(request)
      const nowMs = live.now()
      const last = after === undefined ? undefined : await db.sessions.byId(after)
      const { rows, next } = await readPage(limit, limit =>
        db.reviews.inbox({
          nowMs,
          limit,
          notUserId: account.id,
          ...defined({ state, examId }),
          ...(account.role === 'teacher' && { overseerId: account.id }),
          ...(mine === true && { claimedBy: account.id }),
          ...(appeals === true && { appeals: ['opened', 'answered'] as const }),
          ...(all !== true && appeals !== true && mine !== true && { riskMin: RISK_MIN }),
          ...(last !== undefined && { after: last })
        })
      )
      return { sessions: rows.map(row => ({ ...row, review: reviewView(row.review, nowMs) })), next }
    }
  )

  fastify.get(
    '/rules',
    {
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'What people said of the incidents of each rule',
        description:
          'A rule of which most incidents are dismissed reports too much. Teachers see their own exams and sessions without an exam.',
        querystring: RulesQuery,
        response: { 200: RulesAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { id, role } = accountOf(request)
      const { examId } = request.query
      const rules = await db.reviews.rules({ ...defined({ examId }), ...(role === 'teacher' && { overseerId: id }) })
      return {
        rules: rules.map(({ kind, ...counts }) =>
          ({ kind, title: translateEvent(request.language, kind), ...measured(counts) }))
      }
    }
  )

  fastify.get(
    '/:sessionId',
    {
      config,
      schema: {
        tags,
        summary: 'The review of a session: incidents, states, notes, decisions, both scores, the appeal',
        params,
        response: { 200: ReviewAnswer, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => await readReview(db, sessionOf(request), accountOf(request), request.language, live.now())
  )

  fastify.post(
    '/:sessionId/claim',
    {
      config,
      schema: {
        tags,
        summary: 'Take the review for ten minutes; each change renews that',
        params,
        response: {
          200: ReviewSchema, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_REVIEW_TAKEN', 'INVIGIL_ERR_SESSION_RUNS')
        }
      }
    },
    async request => {
      const session = sessionOf(request)
      if (session.endedAtMs === null) throw refuse('INVIGIL_ERR_SESSION_RUNS')
      if (await db.reviews.claim(act(request, session), audit(request, 'claim')) === 'taken') {
        const { claimedBy, claimedByName, claimedUntilMs } = await reviewOf(session)
        throw refuse('INVIGIL_ERR_REVIEW_TAKEN', { details: { claimedBy, claimedByName, claimedUntilMs } })
      }
      return await reviewOf(session)
    }
  )

  fastify.delete(
    '/:sessionId/claim',
    {
      config,
      schema: {
        tags,
        summary: 'Give the review back',
        params,
        response: { 204: Type.Null({ description: 'Given back' }), ...refusals('guarded', ...NAMED) }
      }
    },
    async (request, reply) => {
      await db.reviews.release(sessionOf(request).id, accountOf(request).id, live.now())
      return await reply.code(204).send(null)
    }
  )

  fastify.post(
    '/:sessionId/incidents/:eventId/open',
    {
      config,
      schema: {
        tags,
        summary: 'Open an incident: the measured values, and the evidence that is stored',
        description:
          'The server remembers who opened it, and the candidate can read that. With a claim, an open incident is then under review.',
        params: IncidentParams,
        response: { 200: OpenedAnswer, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_INCIDENT_UNKNOWN') }
      }
    },
    async request => {
      const session = sessionOf(request)
      const { id: viewerId, role: viewerRole } = accountOf(request)
      const { eventId } = request.params
      const [row] = await db.events.byIds([eventId])
      if (row?.sessionId !== session.id || row.class !== 'integrity' || row.phase === 'end') {
        throw refuse('INVIGIL_ERR_INCIDENT_UNKNOWN')
      }
      await db.reviews.addView({ sessionId: session.id, eventId, what: 'why', viewerId, viewerRole, atMs: live.now() })
      const known = (await db.reviews.incidents(session.id)).find(incident => incident.eventId === eventId)
      if (known === undefined) {
        const change = { ...act(request, session), eventId, to: 'under_review', reason: null } as const
        await db.reviews.setIncident(change, audit(request, 'incident'))
      }
      return { incident: await incidentOf(request, session, eventId), why: row.detail }
    }
  )

  fastify.put(
    '/:sessionId/incidents/:eventId',
    {
      config,
      schema: {
        tags,
        summary: 'Say of an incident that it is under review, dismissed or confirmed',
        description:
          'Needs the claim. Only people confirm, with a reason, and after they opened the evidence; where none is stored, the measured values, and the answer says isWithoutEvidence. A judged incident goes back under review before it is judged again.',
        params: IncidentParams,
        body: IncidentBody,
        response: {
          200: IncidentSchema,
          ...refusals(
            'guarded', ...CLAIMED, 'INVIGIL_ERR_INCIDENT_UNKNOWN', 'INVIGIL_ERR_REVIEW_STATE',
            'INVIGIL_ERR_REVIEW_UNOPENED', 'INVIGIL_ERR_REASON_SHORT'
          )
        }
      }
    },
    async request => {
      const session = sessionOf(request)
      const { state: to, reason = '' } = request.body
      const { eventId } = request.params
      const text = to === 'confirmed' ? goodReason(reason) : reason.trim()
      const outcome = await db.reviews.setIncident(
        { ...act(request, session), eventId, to, reason: text === '' ? null : text },
        audit(request, 'incident', text === '' ? {} : { text })
      )
      if (outcome !== 'done') throw refuse(REFUSALS[outcome])
      return await incidentOf(request, session, eventId)
    }
  )

  fastify.post(
    '/:sessionId/notes',
    {
      config,
      schema: {
        tags,
        summary: 'Write a note for other reviewers',
        description: 'Candidates do not read notes.',
        params,
        body: NoteBody,
        response: { 200: NoteSchema, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      const { text, eventId = null } = request.body
      const { id: sessionId } = sessionOf(request)
      await db.audit.append(audit(request, 'note', { text }))
      return noteView(
        await db.reviews.addNote({
          sessionId, eventId, kind: 'note', authorId: accountOf(request).id, text, atMs: live.now()
        })
      )
    }
  )

  fastify.post(
    '/:sessionId/decision',
    {
      config,
      schema: {
        tags,
        summary: 'Decide about a session: clear, a concern, or a technical problem',
        description:
          'Needs the claim and a reason. A concern needs a confirmed incident. Where the policy asks for two reviewers, two people decide one after the other; where they disagree, an admin does.',
        params,
        body: DecisionBody,
        response: {
          200: DecisionAnswer,
          ...refusals(
            'guarded', ...CLAIMED, 'INVIGIL_ERR_REASON_SHORT', 'INVIGIL_ERR_REVIEW_SECOND', 'INVIGIL_ERR_REVIEW_ADMIN',
            'INVIGIL_ERR_REVIEW_UNCONFIRMED'
          )
        }
      }
    },
    async request => {
      const session = sessionOf(request)
      const { decision } = request.body
      const reason = goodReason(request.body.reason)
      const exam = session.examId === null ? undefined : await db.exams.byId(session.examId)
      const outcome = await db.reviews.decide(
        {
          ...act(request, session),
          decision,
          reason,
          reviewers: readPolicy(exam?.policy ?? {}).reviewers,
          isAdmin: accountOf(request).role === 'admin'
        },
        audit(request, 'decide', { text: reason })
      )
      if (outcome !== 'done' && outcome !== 'waiting' && outcome !== 'disputed') throw refuse(REFUSALS[outcome])
      return { outcome, review: await reviewOf(session) }
    }
  )

  function act (request: FastifyRequest, { id: sessionId }: SessionWithUser): ReviewAct {
    const atMs = live.now()
    return { sessionId, by: accountOf(request).id, atMs, untilMs: atMs + LEASE_MS }
  }

  const reviewOf = async ({ id }: SessionWithUser) => reviewView(await db.reviews.bySession(id), live.now())

  async function incidentOf (request: FastifyRequest, session: SessionWithUser, eventId: string) {
    const { incidents } = await readReview(db, session, accountOf(request), request.language, live.now())
    const incident = incidents.find(incident => incident.eventId === eventId)
    if (incident === undefined) throw refuse('INVIGIL_ERR_INCIDENT_UNKNOWN')
    return incident
  }

  function audit (request: FastifyRequest, action: string, detail: Record<string, unknown> = {}) {
    return {
      actorId: accountOf(request).id,
      action: `review.${action}`,
      targetType: 'session',
      targetId: sessionOf(request).id,
      detail,
      atMs: live.now()
    }
  }
}

export default routes
