import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { defined } from '../../../lib/defined.ts'
import { toQuestion } from '../../exams/question.ts'
import { receiptOf } from '../../exams/receipt.ts'
import { accountOf, attemptOf, readerOf, ROLES } from '../../plugins/access.ts'
import { readPage } from '../page.ts'
import { AttemptIdParams } from '../schemas.ts'
import allowances from './allowances.ts'
import { attemptView, numberView } from './attempt-view.ts'
import { ReceiptSchema } from './attempt-schema.ts'
import results from './results.ts'
import {
  ANSWER_BODY_BYTES, AnswersAnswer, AttemptAnswer, AttemptsAnswer, AttemptsQuery, CodeAnswer, CodeBody, CodeQuery,
  CodesAnswer, OpenQuestionsAnswer, QuestionParams, SaveAnswer, SaveBody, SubmitAnswer, SubmitHeaders
} from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['taking']
const params = AttemptIdParams
/** What a route answers that works on an open attempt. */
const GOING_ON = [
  'INVIGIL_ERR_ATTEMPT_SUBMITTED',
  'INVIGIL_ERR_ATTEMPT_UNWATCHED',
  'INVIGIL_ERR_SESSION_PAUSED',
  'INVIGIL_ERR_NOT_SEEN'
] as const
const REFUSED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_ATTEMPT_UNKNOWN'] as const

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    attempts,
    services: { db, live }
  } = fastify
  /** Only its candidate, whatever role that account has by now. */
  const own = { access: { roles: ROLES, owner: 'attemptId', ownerRoles: ROLES } } as const
  /** Its candidate and the staff of its exam. */
  const shared = { access: { roles: ROLES, owner: 'attemptId' } } as const

  await fastify.register(results)
  await fastify.register(allowances)

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Your attempts, newest first',
        querystring: AttemptsQuery,
        response: { 200: AttemptsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { before, limit } = request.query
      const { rows: attempts, next } = await readPage(limit, limit =>
        db.attempts.list({ userId: accountOf(request).id, limit, ...defined({ before }) })
      )
      const ids = [...new Set(attempts.map(({ examId }) => examId))]
      const exams = new Map(
        (await Promise.all(ids.map(async id => await db.exams.byId(id)))).flatMap(exam =>
          exam === undefined ? [] : [[exam.id, exam]]
        )
      )
      return {
        attempts: attempts.map(attempt => {
          const exam = exams.get(attempt.examId)
          const isReleased = (exam?.resultsReleasedAtMs ?? null) !== null && attempt.state === 'submitted'
          return { ...attemptView(attempt, isReleased), examTitle: exam?.title ?? '', isReleased }
        }),
        next
      }
    }
  )

  fastify.get(
    '/:attemptId',
    {
      config: shared,
      schema: {
        tags,
        summary: 'One attempt with its clock and its sessions',
        params,
        response: { 200: AttemptAnswer, ...refusals('guarded', ...REFUSED) }
      }
    },
    async request => {
      const attempt = attemptOf(request)
      const [clock, breaks, sessions, exam] = await Promise.all([
        attempts.clock(attempt),
        attempts.breaks.left(attempt),
        db.sessions.list({ attemptId: attempt.id, limit: 20 }),
        db.exams.byId(attempt.examId)
      ])
      const isShown =
        readerOf(accountOf(request), attempt.userId) === 'staff' || (exam?.resultsReleasedAtMs ?? null) !== null
      return { ...attemptView(attempt, isShown), clock, breaks, sessions: await live.currentRows(sessions) }
    }
  )

  fastify.get(
    '/:attemptId/questions',
    {
      config: own,
      schema: {
        tags,
        summary: 'The questions, without their correct answers',
        description:
          'Available while the attempt is open and its session is running and, if the exam requires it, while the candidate is seen.',
        params,
        response: { 200: OpenQuestionsAnswer, ...refusals('guarded', ...REFUSED, ...GOING_ON) }
      }
    },
    async request => {
      const { questions, clock } = await attempts.questions(attemptOf(request))
      return {
        questions: questions.map(({ choices, ...question }) => ({
          ...question,
          ...(choices !== undefined && { choices: [...choices] })
        })),
        clock
      }
    }
  )

  fastify.get(
    '/:attemptId/answers',
    {
      config: shared,
      schema: {
        tags,
        summary: 'The saved answers',
        params,
        response: { 200: AnswersAnswer, ...refusals('guarded', ...REFUSED) }
      }
    },
    async request => {
      const attempt = attemptOf(request)
      const [exam, rows, answers] = await Promise.all([
        db.exams.byId(attempt.examId),
        db.questions.list(attempt.examId),
        db.answers.list(attempt.id)
      ])
      const questions = new Map(rows.map(row => [row.id, toQuestion(row)]))
      return {
        answers: answers.map(answer => {
          const question = questions.get(answer.questionId)
          return { ...answer, ...(question !== undefined && numberView(question, answer.value, exam?.language)) }
        })
      }
    }
  )

  fastify.put(
    '/:attemptId/answers/:questionId',
    {
      config: { ...own, anyTextIn: 'value' },
      bodyLimit: ANSWER_BODY_BYTES,
      schema: {
        tags,
        summary: 'Save an answer',
        description:
          'Send each change. When this responds, the answer is stored. The highest clientSeq wins, so a repeated or late request does no harm. If two different values have the same clientSeq, the first one is kept and the other request gets 409 with the stored value in `details`. Numbers are read in the notation of the exam language; a text that can be read as two numbers is refused with both readings, and the earlier answer is kept.',
        params: QuestionParams,
        body: SaveBody,
        response: {
          200: SaveAnswer,
          ...refusals(
            'guarded',
            ...REFUSED,
            ...GOING_ON,
            'INVIGIL_ERR_QUESTION_UNKNOWN',
            'INVIGIL_ERR_ANSWER_INVALID',
            'INVIGIL_ERR_NUMBER_AMBIGUOUS',
            'INVIGIL_ERR_ANSWER_STALE',
            'INVIGIL_ERR_ANSWER_CONFLICT',
            'INVIGIL_ERR_TOO_LARGE'
          )
        }
      }
    },
    async request => {
      const { questionId } = request.params
      const { value, clientSeq } = request.body
      return { questionId, clientSeq, ...(await attempts.answer(attemptOf(request), questionId, value, clientSeq)) }
    }
  )

  fastify.post(
    '/:attemptId/submit',
    {
      config: own,
      schema: {
        tags,
        summary: 'Hand in the attempt',
        description:
          'Works once. The server grades what it can grade and ends the session; problems with the camera, the pictures or the connection cannot make this fail. The receipt lists what was stored. With an Idempotency-Key the request can be repeated if the response was lost: the same key gets 200 and the same receipt.',
        params,
        headers: SubmitHeaders,
        response: { 200: SubmitAnswer, ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_ATTEMPT_SUBMITTED') }
      }
    },
    async request => {
      const attempt = attemptOf(request)
      const key = request.headers['idempotency-key']
      const [submitted, exam] = await Promise.all([
        attempts.submit(attempt, 'candidate', key),
        db.exams.byId(attempt.examId)
      ])
      return {
        ...attemptView(submitted, (exam?.resultsReleasedAtMs ?? null) !== null),
        receipt: await receiptOf(db, submitted)
      }
    }
  )

  fastify.get(
    '/:attemptId/receipt',
    {
      config: shared,
      schema: {
        tags,
        summary: 'The receipt of an attempt that was handed in',
        params,
        response: { 200: ReceiptSchema, ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_ATTEMPT_OPEN') }
      }
    },
    async request => await receiptOf(db, attemptOf(request))
  )

  fastify.get(
    '/:attemptId/code',
    {
      config: shared,
      schema: {
        tags,
        summary: 'Code handed in, newest first',
        description: 'The newest fifty submissions of each question, up to four million characters in total. The server does not run the code.',
        params,
        querystring: CodeQuery,
        response: { 200: CodesAnswer, ...refusals('guarded', ...REFUSED) }
      }
    },
    async request => {
      const { questionId, before, limit } = request.query
      const { rows: submissions, next } = await readPage(limit, limit =>
        db.answers.listCode(attemptOf(request).id, { limit, ...defined({ questionId, before }) })
      )
      return { submissions, next }
    }
  )

  fastify.post(
    '/:attemptId/code',
    {
      config: own,
      bodyLimit: ANSWER_BODY_BYTES,
      schema: {
        tags,
        summary: 'Hand in code for a question',
        description: 'Stored with the newest fifty earlier submissions. A person grades the last one.',
        params,
        body: CodeBody,
        response: {
          201: CodeAnswer,
          ...refusals(
            'guarded',
            ...REFUSED,
            ...GOING_ON,
            'INVIGIL_ERR_QUESTION_UNKNOWN',
            'INVIGIL_ERR_ANSWER_INVALID',
            'INVIGIL_ERR_TOO_LARGE'
          )
        }
      }
    },
    async (request, reply) => {
      const { questionId, language, code } = request.body
      return await reply.code(201).send(await attempts.code(attemptOf(request), questionId, language, code))
    }
  )
}

export default routes
