import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { clockOf } from '../../exams/clock.ts'
import { examOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { ExamIdParams } from '../schemas.ts'
import { QuestionStatisticsAnswer, RoomAnswer } from './schemas.ts'

/** Open attempts with a clock, and candidates without an attempt, in one answer. */
const ROOM_MAX = 500

/** What staff see of an exam as a whole: while it runs, and of its questions afterwards. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { services: { db, live } } = fastify
  const config = { access: { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } } as const
  const refused = refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN')

  fastify.get(
    '/:examId/room',
    {
      config,
      schema: {
        tags: ['exams'],
        summary: 'Who has not begun, and how much time the others have left',
        description: `At most ${ROOM_MAX} candidates without an attempt, and the ${ROOM_MAX} newest open attempts.`,
        params: ExamIdParams,
        response: { 200: RoomAnswer, ...refused }
      }
    },
    async request => {
      const exam = examOf(request)
      const [notBegun, attempts, accommodations] = await Promise.all([
        db.exams.notBegun(exam.id, ROOM_MAX),
        db.attempts.list({ examId: exam.id, state: 'open', limit: ROOM_MAX }),
        db.exams.accommodations(exam.id)
      ])
      const pauses = await db.attempts.pausesOf(attempts.map(({ id }) => id))
      const nowMs = live.now()
      const clocks = attempts.map(attempt => {
        const { endsAtMs, remainingMs, isPaused } = clockOf({
          exam,
          attempt,
          accommodation: accommodations.find(({ userId }) => userId === attempt.userId),
          pauses: pauses.filter(({ attemptId }) => attemptId === attempt.id)
        }, nowMs)
        return { attemptId: attempt.id, userId: attempt.userId, endsAtMs, remainingMs, isPaused }
      })
      return {
        nowMs,
        assigned: notBegun.assigned,
        notBegun: notBegun.waiting,
        candidates: notBegun.candidates.map(candidate => ({ ...candidate })),
        clocks
      }
    }
  )

  fastify.get(
    '/:examId/statistics/questions',
    {
      config,
      schema: {
        tags: ['exams'],
        summary: 'How candidates did on each question',
        params: ExamIdParams,
        response: { 200: QuestionStatisticsAnswer, ...refused }
      }
    },
    async request => {
      const { id: examId } = examOf(request)
      const [questions, figures, shares] = await Promise.all([
        db.questions.list(examId),
        db.statistics.ofQuestions(examId),
        db.statistics.shares(examId)
      ])
      const byId = new Map(figures.map(figure => [figure.questionId, figure]))
      return {
        examId,
        questions: questions.map(({ id, text, kind, points }) => ({
          questionId: id,
          text,
          kind,
          points,
          graded: byId.get(id)?.graded ?? 0,
          meanShare: byId.get(id)?.meanShare ?? null,
          discrimination: byId.get(id)?.discrimination ?? null
        })),
        shares: { ...shares, tenths: [...shares.tenths] }
      }
    }
  )
}

export default routes
