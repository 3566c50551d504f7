import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import { refuse } from '../../errors.ts'
import { accountOf, examOf, readerOf, STAFF } from '../../plugins/access.ts'
import { attemptView } from '../attempts/attempt-view.ts'
import { ExamAttemptsAnswer, ExamAttemptsQuery } from '../attempts/schemas.ts'
import { auditOf } from '../audit-of.ts'
import { readPage } from '../page.ts'
import { ExamIdParams } from '../schemas.ts'
import { checkPolicyBody } from './policy-schema.ts'
import {
  AccommodationBody, AccommodationSchema, AccommodationsAnswer, AssignBody, AssignedAnswer, AssignedQuery,
  ExamUserParams
} from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['exams']

/** Who may sit an exam, and what is made easier for whom. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db } = fastify.services
  const audit = auditOf(db, 'exam')
  const config = { access: { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } } as const
  /** The same for every user except the requester. */
  const configNotOwn = { access: { ...config.access, notOwn: true } } as const
  const refused = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN'] as const

  fastify.get(
    '/:examId/candidates',
    {
      config,
      schema: {
        tags,
        summary: 'The students who are assigned to the exam',
        params: ExamIdParams,
        querystring: AssignedQuery,
        response: { 200: AssignedAnswer, ...refusals('guarded', ...refused) }
      }
    },
    async request => {
      const { after, limit } = request.query
      const assigned = await db.exams.assigned(examOf(request).id, {
        limit: Math.min(limit + 1, 500),
        ...defined({ after })
      })
      const candidates = assigned.slice(0, limit)
      // At the greatest limit a full page says that there may be more.
      return { candidates, next: assigned.length > limit || assigned.length === 500 ? candidates.at(-1)!.userId : null }
    }
  )

  fastify.post(
    '/:examId/candidates',
    {
      config,
      schema: {
        tags,
        summary: 'Assign students to the exam',
        params: ExamIdParams,
        body: AssignBody,
        response: { 200: AssignedAnswer, ...refusals('guarded', ...refused, 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async request => {
      const { id } = examOf(request)
      const userIds = [...new Set(request.body.userIds)]
      const users = await Promise.all(userIds.map(async userId => await db.users.byId(userId)))
      const unknown = userIds.filter((_, index) => users[index]?.role !== 'student')
      if (unknown.length > 0) throw refuse('INVIGIL_ERR_USER_UNKNOWN', { details: { userIds: unknown.slice(0, 20) } })
      await db.exams.assign(id, userIds)
      await audit(accountOf(request).id, 'exam.assign', id, { userIds })
      return {
        candidates: users.flatMap(user =>
          user === undefined ? [] : [{ userId: user.id, userName: user.name, userEmail: user.email }]
        ),
        next: null
      }
    }
  )

  fastify.delete(
    '/:examId/candidates/:userId',
    {
      config: configNotOwn,
      schema: {
        tags,
        summary: 'Remove an assignment',
        description: 'An open attempt continues.',
        params: ExamUserParams,
        response: {
          204: Type.Null({ description: 'Removed' }),
          ...refusals('guarded', ...refused, 'INVIGIL_ERR_USER_UNKNOWN')
        }
      }
    },
    async (request, reply) => {
      const { examId, userId } = request.params
      if (!(await db.exams.unassign(examId, userId))) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      await audit(accountOf(request).id, 'exam.unassign', examId, { userId })
      return await reply.code(204).send(null)
    }
  )

  fastify.get(
    '/:examId/attempts',
    {
      config,
      schema: {
        tags,
        summary: 'The attempts at the exam and their progress, newest first',
        params: ExamIdParams,
        querystring: ExamAttemptsQuery,
        response: { 200: ExamAttemptsAnswer, ...refusals('guarded', ...refused) }
      }
    },
    async request => {
      const { state, userId, needsGrading, before, limit } = request.query
      const filter = {
        examId: examOf(request).id,
        ...defined({ state, userId, before }),
        ...(needsGrading === true && { needsGrading })
      }
      const { rows, next } = await readPage(limit, limit => db.attempts.list({ ...filter, limit }))
      const account = accountOf(request)
      const isReleased = examOf(request).resultsReleasedAtMs !== null
      const attempts = rows.map(attempt =>
        attemptView(attempt, isReleased || readerOf(account, attempt.userId) === 'staff')
      )
      return { attempts, next }
    }
  )

  fastify.get(
    '/:examId/accommodations',
    {
      config,
      schema: {
        tags,
        summary: 'The accommodations of an exam',
        params: ExamIdParams,
        response: { 200: AccommodationsAnswer, ...refusals('guarded', ...refused) }
      }
    },
    async request => {
      const accommodations = await db.exams.accommodations(examOf(request).id)
      // A candidate does not read what was noted of the own one.
      return {
        accommodations: accommodations
          .filter(({ userId }) => userId !== accountOf(request).id)
          .map(accommodation => ({ ...accommodation }))
      }
    }
  )

  fastify.put(
    '/:examId/accommodations/:userId',
    {
      config: configNotOwn,
      schema: {
        tags,
        summary: 'Give a candidate extra time or adapt the rules',
        description:
          'Replaces the previous accommodation. Extra time applies at once; rules apply to sessions that start from now on.',
        params: ExamUserParams,
        body: AccommodationBody,
        response: { 200: AccommodationSchema, ...refusals('guarded', ...refused, 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async request => {
      const { examId, userId } = request.params
      const { extraTimeShare, flags = {}, reason } = request.body
      checkPolicyBody(flags, 'flags.')
      if ((await db.users.byId(userId))?.role !== 'student') throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      const atMs = Date.now()
      const accommodation = {
        examId,
        userId,
        extraTimeShare,
        flags: { ...flags },
        by: accountOf(request).id,
        reason,
        atMs
      }
      // Written first: an accommodation that leaves no trace is worse than a trace of one that failed.
      await audit(accommodation.by, 'accommodation.set', examId, { userId, extraTimeShare, flags, reason })
      await db.exams.setAccommodation(accommodation)
      await db.attempts.setDueOfExam(examId, atMs, userId)
      return accommodation
    }
  )

  fastify.delete(
    '/:examId/accommodations/:userId',
    {
      config: configNotOwn,
      schema: {
        tags,
        summary: 'Remove an accommodation',
        params: ExamUserParams,
        response: {
          204: Type.Null({ description: 'Removed' }),
          ...refusals('guarded', ...refused, 'INVIGIL_ERR_USER_UNKNOWN')
        }
      }
    },
    async (request, reply) => {
      const { examId, userId } = request.params
      const before = await db.exams.accommodation(examId, userId)
      if (before === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      await audit(accountOf(request).id, 'accommodation.delete', examId, {
        userId,
        extraTimeShare: before.extraTimeShare,
        flags: before.flags,
        reason: before.reason
      })
      await db.exams.deleteAccommodation(examId, userId)
      await db.attempts.setDueOfExam(examId, Date.now(), userId)
      return await reply.code(204).send(null)
    }
  )
}

export default routes
