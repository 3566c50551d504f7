import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { riskLevel } from '../../../detection/events/score.ts'
import { refuse } from '../../errors.ts'
import { readPolicy } from '../../policy/exam-policy.ts'
import { answersWithCode } from '../../exams/grade.ts'
import { toQuestion } from '../../exams/question.ts'
import { withoutAnswers } from '../../exams/view.ts'
import { accountOf, attemptOf, readerOf, ROLES, STAFF } from '../../plugins/access.ts'
import { AttemptIdParams } from '../schemas.ts'
import { numberView } from './attempt-view.ts'
import { GradeBody, GradeSchema, QuestionParams, ResultAnswer } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['taking']
const REFUSED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_ATTEMPT_UNKNOWN'] as const

/** Grades and what candidates see of them. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db } = fastify.services

  fastify.get(
    '/:attemptId/result',
    {
      config: { access: { roles: ROLES, owner: 'attemptId' } },
      schema: {
        tags,
        summary: 'The answers and their points',
        description: 'Candidates can read it after the release, without the correct answers; staff can read it at any time.',
        params: AttemptIdParams,
        response: {
          200: ResultAnswer,
          ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_ATTEMPT_OPEN', 'INVIGIL_ERR_RESULT_UNRELEASED')
        }
      }
    },
    async request => {
      const attempt = attemptOf(request)
      const isStaff = readerOf(accountOf(request), attempt.userId) === 'staff'
      const exam = await db.exams.byId(attempt.examId)
      if (exam === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      const isReleased = exam.resultsReleasedAtMs !== null
      if (!isStaff && attempt.state === 'open') throw refuse('INVIGIL_ERR_ATTEMPT_OPEN')
      if (!isStaff && !isReleased) throw refuse('INVIGIL_ERR_RESULT_UNRELEASED')
      const [rows, answers, submissions, grades, sessions] = await Promise.all([
        db.questions.list(exam.id),
        db.answers.list(attempt.id),
        db.answers.lastCode(attempt.id),
        db.grades.list(attempt.id),
        isStaff ? db.sessions.list({ attemptId: attempt.id, limit: 500 }) : []
      ])
      const answered = answersWithCode(answers, submissions)
      const codes = new Map(submissions.map(submission => [submission.questionId, submission]))
      const graded = new Map(grades.map(grade => [grade.questionId, grade]))
      const corrections = new Map(
        (grades.some(({ correctionId }) => correctionId !== null) ? await db.corrections.since(exam.id, 0) : []).map(
          correction => [correction.id, correction]
        )
      )
      const questions = rows.map(row => {
        const grade = graded.get(row.id)
        const correction = corrections.get(grade?.correctionId ?? '')
        const question = toQuestion(row)
        const { choices } = withoutAnswers(question)
        const submission = codes.get(row.id)
        return {
          questionId: row.id,
          section: row.section,
          kind: row.kind,
          text: row.text,
          ...(choices !== undefined && { choices: [...choices] }),
          value: answered.get(row.id) ?? null,
          ...numberView(question, answered.get(row.id), exam.language),
          points: grade?.points ?? null,
          pointsMax: grade?.pointsMax ?? row.points,
          isAuto: grade?.isAuto ?? true,
          comment: grade?.comment ?? '',
          ...(correction !== undefined && {
            correction: { atMs: correction.atMs, reason: correction.reason, pointsBefore: grade?.pointsBefore ?? null }
          }),
          ...(submission !== undefined && {
            submission: {
              id: submission.id,
              language: submission.language,
              code: submission.code,
              atMs: submission.atMs
            }
          }),
          ...(isStaff && { body: { ...row.body } })
        }
      })
      const riskScore = Math.max(0, ...sessions.map(session => session.riskScore))
      return {
        attempt,
        examTitle: exam.title,
        isReleased,
        questions,
        ...(isStaff && { risk: { riskScore, riskLevel: riskLevel(riskScore, readPolicy(exam.policy).riskLimits) } })
      }
    }
  )

  fastify.put(
    '/:attemptId/grades/:questionId',
    {
      config: { access: { roles: STAFF, owner: 'attemptId', notOwn: true } },
      schema: {
        tags,
        summary: 'Grade an answer by hand',
        description: 'Replaces any earlier grade, including an automatic one, and updates the totals.',
        params: QuestionParams,
        body: GradeBody,
        response: {
          200: GradeSchema,
          ...refusals(
            'guarded',
            ...REFUSED,
            'INVIGIL_ERR_QUESTION_UNKNOWN',
            'INVIGIL_ERR_ATTEMPT_OPEN',
            'INVIGIL_ERR_POINTS_INVALID'
          )
        }
      }
    },
    async request => {
      const attempt = attemptOf(request)
      const { questionId } = request.params
      const { points, comment } = request.body
      const account = accountOf(request)
      const question = await db.questions.byId(questionId)
      if (question?.examId !== attempt.examId) throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
      if (points > question.points) {
        throw refuse('INVIGIL_ERR_POINTS_INVALID', {
          values: { pointsMax: question.points },
          details: { pointsMax: question.points }
        })
      }
      const grade = {
        attemptId: attempt.id,
        questionId,
        points,
        pointsMax: question.points,
        graderId: account.id,
        comment,
        atMs: Date.now()
      }
      if (attempt.state !== 'submitted') throw refuse('INVIGIL_ERR_ATTEMPT_OPEN')
      await db.audit.append({
        actorId: account.id,
        action: 'attempt.grade',
        targetType: 'attempt',
        targetId: attempt.id,
        detail: { questionId, points },
        atMs: grade.atMs
      })
      if (!(await db.grades.setManual(grade))) throw refuse('INVIGIL_ERR_ATTEMPT_OPEN')
      return {
        questionId,
        points,
        pointsMax: question.points,
        isAuto: false,
        comment,
        graderId: account.id,
        atMs: grade.atMs
      }
    }
  )
}

export default routes
