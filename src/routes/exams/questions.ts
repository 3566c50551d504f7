import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import type { QuestionRow, QuestionValues } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { exportExam, importExam, QUESTIONS_MAX } from '../../exams/exchange.ts'
import { readQuestion } from '../../exams/read-question.ts'
import { cleanName } from '../../names.ts'
import { accountOf, examOf, STAFF } from '../../plugins/access.ts'
import { requireQuota } from '../../quotas.ts'
import { ExamIdParams } from '../schemas.ts'
import {
  ExamSchema, FILE_BYTES_MAX, FILE_ELEMENTS_MAX, FileAnswer, FileBody, OrderBody, QuestionBody, QuestionChangeBody,
  QuestionParams, QuestionSchema, QuestionsAnswer
} from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['exams']
const REFUSED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN'] as const
/** Texts of questions are longer than what most routes take. */
const QUESTION_BYTES_MAX = 1024 * 1024

/** An exam's questions, one by one or as a file. They cannot change after the first attempt has begun. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db } = fastify.services
  const config = { access: { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } } as const

  fastify.get(
    '/:examId/questions',
    {
      config,
      schema: {
        tags,
        summary: 'The questions with their correct answers',
        params: ExamIdParams,
        response: { 200: QuestionsAnswer, ...refusals('guarded', ...REFUSED) }
      }
    },
    async request => ({ questions: (await db.questions.list(examOf(request).id)).map(questionView) })
  )

  fastify.post(
    '/:examId/questions',
    {
      config,
      bodyLimit: QUESTION_BYTES_MAX,
      schema: {
        tags,
        summary: 'Add a question',
        params: ExamIdParams,
        body: QuestionBody,
        response: {
          201: QuestionSchema,
          ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_EXAM_USED', 'INVIGIL_ERR_TOO_LARGE')
        }
      }
    },
    async (request, reply) => {
      const { position, ...given } = request.body
      const { id, language } = examOf(request)
      const question = read(given, language)
      await checkUnused(id)
      if ((await db.questions.list(id)).length >= QUESTIONS_MAX) {
        throw refuse('INVIGIL_ERR_VALIDATION', {
          fields: [{ field: 'questions', problem: 'maximum', values: { limit: QUESTIONS_MAX } }]
        })
      }
      return await reply
        .code(201)
        .send(questionView(await db.questions.create(id, { ...question, ...defined({ position }) })))
    }
  )

  fastify.put(
    '/:examId/questions/order',
    {
      config,
      schema: {
        tags,
        summary: 'Reorder the questions',
        params: ExamIdParams,
        body: OrderBody,
        response: {
          200: QuestionsAnswer,
          ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_EXAM_USED', 'INVIGIL_ERR_QUESTIONS_MISMATCH')
        }
      }
    },
    async request => {
      const { id } = examOf(request)
      await checkUnused(id)
      if (!(await db.questions.reorder(id, request.body.ids))) throw refuse('INVIGIL_ERR_QUESTIONS_MISMATCH')
      return { questions: (await db.questions.list(id)).map(questionView) }
    }
  )

  fastify.patch(
    '/:examId/questions/:questionId',
    {
      config,
      bodyLimit: QUESTION_BYTES_MAX,
      schema: {
        tags,
        summary: 'Change a question',
        description: 'If you change the kind, also send the body for the new kind.',
        params: QuestionParams,
        body: QuestionChangeBody,
        response: {
          200: QuestionSchema,
          ...refusals(
            'guarded',
            ...REFUSED,
            'INVIGIL_ERR_QUESTION_UNKNOWN',
            'INVIGIL_ERR_EXAM_USED',
            'INVIGIL_ERR_TOO_LARGE'
          )
        }
      }
    },
    async request => {
      const { examId, questionId } = request.params
      const { section, kind, text, points, body } = await loadQuestion(examId, questionId)
      const question = read({ section, kind, text, points, body, ...request.body }, examOf(request).language)
      await checkUnused(examId)
      if (!(await db.questions.change(questionId, question))) throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
      return questionView(await loadQuestion(examId, questionId))
    }
  )

  fastify.delete(
    '/:examId/questions/:questionId',
    {
      config,
      schema: {
        tags,
        summary: 'Remove a question',
        params: QuestionParams,
        response: {
          204: Type.Null({ description: 'Removed' }),
          ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_QUESTION_UNKNOWN', 'INVIGIL_ERR_EXAM_USED')
        }
      }
    },
    async (request, reply) => {
      const { examId, questionId } = request.params
      await loadQuestion(examId, questionId)
      await checkUnused(examId)
      if (!(await db.questions.delete(questionId))) throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
      return await reply.code(204).send(null)
    }
  )

  fastify.get(
    '/:examId/export',
    {
      config,
      schema: {
        tags,
        summary: 'Export the exam as a file',
        description: 'With the questions and their correct answers; without candidates.',
        params: ExamIdParams,
        response: { 200: FileAnswer, ...refusals('guarded', ...REFUSED) }
      }
    },
    async (request, reply) => {
      const exam = examOf(request)
      const { format, exam: values, questions } = exportExam(exam, await db.questions.list(exam.id))
      reply.header('content-disposition', `attachment; filename="exam-${exam.id}.json"`)
      return { format, exam: { ...values }, questions: questions.map(question => ({ ...question })) }
    }
  )

  fastify.post(
    '/import',
    {
      config: { access: { roles: STAFF }, jsonElementsMax: FILE_ELEMENTS_MAX },
      bodyLimit: FILE_BYTES_MAX,
      schema: {
        tags,
        summary: 'Import an exam from a file',
        description:
          'Imports everything or nothing, as a draft that belongs to you. Problems in the file are listed with their positions.',
        body: FileBody,
        response: { 201: ExamSchema, ...refusals('guarded', 'INVIGIL_ERR_TOO_LARGE', 'INVIGIL_ERR_QUOTA') }
      }
    },
    async (request, reply) => {
      const file = importExam(request.body)
      if (file.problems !== undefined) throw refuse('INVIGIL_ERR_VALIDATION', { fields: file.problems })
      requireQuota('examsOfTeacher', await db.quotas.exams(accountOf(request).id))
      return await reply
        .code(201)
        .send(
          await db.exams.create(
            {
              ...file.exam,
              title: cleanName(file.exam.title, 'exam.title'),
              ownerId: accountOf(request).id,
              atMs: Date.now()
            },
            file.questions
          )
        )
    }
  )

  async function loadQuestion (examId: string, id: string): Promise<QuestionRow> {
    const question = await db.questions.byId(id)
    if (question?.examId !== examId) throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
    return question
  }

  async function checkUnused (examId: string): Promise<void> {
    if (await db.attempts.countByExam(examId) > 0) throw refuse('INVIGIL_ERR_EXAM_USED')
  }
}

export default routes

function read (value: unknown, language: string): QuestionValues {
  const checked = readQuestion(value, '', language)
  if (checked.problems !== undefined) throw refuse('INVIGIL_ERR_VALIDATION', { fields: checked.problems })
  return checked.question
}

function questionView (row: QuestionRow) {
  return { ...row, body: { ...row.body } }
}
