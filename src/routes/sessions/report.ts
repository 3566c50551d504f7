import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { SessionReview } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { accountOf, ROLES, sessionOf } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { readPolicy } from '../../policy/exam-policy.ts'
import { COMMENTS_MAX } from '../../reviews/lease.ts'
import { readSessionFile } from '../../reviews/session-file.ts'
import { appealView, evidenceView } from '../reviews/views.ts'
import { SessionIdParams } from '../schemas.ts'
import { AppealBody, AppealSchema, CommentBody, CommentSchema, ReportAnswer } from './report-schemas.ts'

const tags = ['report']
const params = SessionIdParams
const NAMED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN'] as const
const DAY_MS = 24 * 3_600_000
/** Views that the report lists. */
const VIEWS_MAX = 200

/** After an exam: what candidates read of the review of their own session, and what they say to it. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const config = { access: { roles: ROLES, owner: 'sessionId', ownerRoles: ROLES } } as const

  fastify.get(
    '/:sessionId/report',
    {
      config,
      schema: {
        tags,
        summary: "One's own report: what people look at or have confirmed, who looked, the decision, the appeal",
        params,
        response: { 200: ReportAnswer, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      const session = sessionOf(request)
      const { id, examId, startedAtMs, endedAtMs } = session
      const [review, reviews, notes, decisions, appeal, evidence, views, exam] = await Promise.all([
        db.reviews.bySession(id),
        db.reviews.incidents(id),
        db.reviews.notes(id),
        db.reviews.decisions(id),
        db.appeals.bySession(id),
        db.evidence.list(id),
        db.reviews.views(id, VIEWS_MAX),
        examId === null ? undefined : db.exams.byId(examId)
      ])
      const isDecided = review?.state === 'decided'
      const { incidents, scores } = await readSessionFile(db, session, reviews, live.now())
      const last = isDecided ? decisions.findLast(({ decision }) => decision === review.decision) : undefined
      const untilMs = appealUntilMs(review, readPolicy(exam?.policy ?? {}).appealDays)
      return {
        sessionId: id,
        examId,
        examTitle: exam?.title ?? null,
        startedAtMs,
        endedAtMs,
        state: review?.state ?? 'unreviewed' as const,
        decision: last === undefined
          ? null
          : { decision: last.decision, reason: last.reason, by: last.byName, atMs: last.atMs },
        scores: isDecided ? scores : null,
        entries: incidents.flatMap(({ start, endedAtMs }) => {
          const judged = reviews.find(({ eventId }) => eventId === start.id)
          if (judged === undefined || judged.state === 'open' || (!isDecided && judged.state === 'dismissed')) return []
          const isShown = isDecided && judged.state !== 'under_review'
          return [{
            eventId: start.id,
            kind: start.kind,
            title: translateEvent(request.language, start.kind),
            startedAtMs: start.atMs,
            endedAtMs,
            state: isDecided ? judged.state : 'under_review' as const,
            reason: isShown ? judged.reason : null,
            isWithoutEvidence: isShown && judged.isWithoutEvidence,
            evidence: isDecided && judged.state === 'confirmed'
              ? evidence.filter(({ eventId }) => eventId === start.id).map(evidenceView)
              : [],
            comments: notes
              .filter(({ kind, eventId }) => kind === 'comment' && eventId === start.id)
              .map(({ id, text, atMs }) => ({ id, text, atMs }))
          }]
        }),
        views: views
          .filter(({ viewerId }) => viewerId !== session.userId)
          .map(({ what, viewerRole: role, eventId, atMs }) => ({ what, role, eventId, atMs })),
        appeal: appeal === undefined ? null : appealView(appeal),
        appealUntilMs: untilMs,
        mayAppeal: untilMs !== null && appeal === undefined && live.now() < untilMs
      }
    }
  )

  fastify.post(
    '/:sessionId/report/comments',
    {
      config,
      schema: {
        tags,
        summary: 'Explain an entry of the own report; reviewers read it',
        params,
        body: CommentBody,
        response: {
          200: CommentSchema,
          ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_INCIDENT_UNKNOWN', 'INVIGIL_ERR_COMMENTS_FULL')
        }
      }
    },
    async request => {
      const { id: sessionId } = sessionOf(request)
      const { eventId, text } = request.body
      const [row] = await db.events.byIds([eventId])
      if (row?.sessionId !== sessionId || row.phase === 'end') throw refuse('INVIGIL_ERR_INCIDENT_UNKNOWN')
      const written = (await db.reviews.notes(sessionId)).filter(({ kind }) => kind === 'comment').length
      if (written >= COMMENTS_MAX) throw refuse('INVIGIL_ERR_COMMENTS_FULL')
      const { id, atMs } = await db.reviews.addNote({
        sessionId, eventId, kind: 'comment', authorId: accountOf(request).id, text, atMs: live.now()
      })
      return { id, text, atMs }
    }
  )

  fastify.post(
    '/:sessionId/appeal',
    {
      config,
      schema: {
        tags,
        summary: 'Appeal against the decision about the own session',
        description: 'Once, until the deadline of the exam (appealDays of the policy). Another person answers it.',
        params,
        body: AppealBody,
        response: {
          200: AppealSchema,
          ...refusals(
            'guarded', ...NAMED, 'INVIGIL_ERR_APPEAL_EARLY', 'INVIGIL_ERR_APPEAL_LATE', 'INVIGIL_ERR_APPEAL_EXISTS'
          )
        }
      }
    },
    async request => {
      const { id: sessionId, examId } = sessionOf(request)
      const { text } = request.body
      const exam = examId === null ? undefined : await db.exams.byId(examId)
      const untilMs = appealUntilMs(
        await db.reviews.bySession(sessionId), readPolicy(exam?.policy ?? {}).appealDays
      )
      if (untilMs === null) throw refuse('INVIGIL_ERR_APPEAL_EARLY')
      const atMs = live.now()
      if (atMs >= untilMs) throw refuse('INVIGIL_ERR_APPEAL_LATE')
      if (!await db.appeals.open({ sessionId, text, atMs }, audit(request, 'open', { text }))) {
        throw refuse('INVIGIL_ERR_APPEAL_EXISTS')
      }
      return appealView((await db.appeals.bySession(sessionId))!)
    }
  )

  function audit (request: FastifyRequest, action: string, detail: Record<string, unknown>) {
    return {
      actorId: accountOf(request).id,
      action: `appeal.${action}`,
      targetType: 'session',
      targetId: sessionOf(request).id,
      detail,
      atMs: live.now()
    }
  }
}

/** Until when the candidate may appeal; null: nothing is decided. */
function appealUntilMs (review: SessionReview | undefined, appealDays: number): number | null {
  return review?.decidedAtMs == null ? null : review.decidedAtMs + appealDays * DAY_MS
}

export default routes
