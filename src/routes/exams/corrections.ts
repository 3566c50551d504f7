import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { isDeepStrictEqual } from 'node:util'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import type { Correction, QuestionRow } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { toQuestion } from '../../exams/question.ts'
import { readQuestion } from '../../exams/read-question.ts'
import { withoutAnswers } from '../../exams/view.ts'
import { accountOf, examOf, STAFF } from '../../plugins/access.ts'
import { readPage } from '../page.ts'
import { closed, ExamIdParams, IdSchema, nullable, TimeSchema } from '../schemas.ts'
import { QuestionParams } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['exams']
const REFUSED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN'] as const
/** How long an answer waits for the grading; of a large exam it goes on afterwards. */
const PATIENCE_MS = 2000
const BODY_BYTES_MAX = 1024 * 1024

const PartSchema = (description: string) =>
  Type.Object({ points: Type.Number(), body: Type.Object({}, { additionalProperties: true }) }, { description })
const CorrectionSchema = Type.Object({
  id: IdSchema,
  examId: IdSchema,
  questionId: IdSchema,
  number: Type.Integer({ description: 'From 1, counted per exam' }),
  before: PartSchema('The question as it was'),
  after: PartSchema('The question as it is since then'),
  regradesManual: Type.Boolean(),
  by: IdSchema,
  reason: Type.String(),
  atMs: TimeSchema,
  finishedAtMs: nullable(Type.Integer({ description: 'When the last attempt was graded again; null: still running' })),
  attempts: Type.Integer({ description: 'Number of attempts that were graded again so far' }),
  changed: Type.Integer({ description: 'Number of these attempts whose grade changed' })
})
const CorrectionsAnswer = Type.Object({
  corrections: Type.Array(CorrectionSchema, { description: 'Newest first' }),
  next: nullable(Type.Integer({ description: 'Send it as `before` to get the next page; null: no more pages' }))
})
const CorrectionsQuery = closed({
  before: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'Cursor: `next` of the previous page'
    })
  ),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 })
})
const CorrectionBody = closed(
  {
    body: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description:
            'The changed parts of the question body: correct answers, accepted texts, tolerance, guidance. Omitted parts are kept'
        }
      )
    ),
    points: Type.Optional(Type.Number({ minimum: 0, maximum: 1000 })),
    reason: Type.String({
      minLength: 1,
      maxLength: 1000,
      pattern: '\\S',
      description: 'Stored in the audit log, and shown to candidates if their result changes'
    }),
    regradeManual: Type.Optional(
      Type.Boolean({
        description:
          'true: also replaces grades that a person gave to this question. Otherwise these grades are kept, limited to the new maximum'
      })
    )
  },
  { examples: [{ body: { correct: 'c' }, reason: 'Answer c is right; the key said b.' }] }
)

/** Correcting what a question is graded by after candidates have begun, and grading their attempts again. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { attempts, services: { db } } = fastify
  const config = { access: { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } } as const

  fastify.post(
    '/:examId/questions/:questionId/corrections',
    {
      config,
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        tags,
        summary: 'Correct the answer key or the points of a question, and grade all attempts again',
        description:
          'Also possible after candidates have started. The text, the choices and everything else that candidates have seen cannot change. Open attempts are graded with the new key when they are handed in. The response comes after at most two seconds; `finishedAtMs` is null if the grading is still running.',
        params: QuestionParams,
        body: CorrectionBody,
        response: {
          201: CorrectionSchema,
          ...refusals(
            'guarded',
            ...REFUSED,
            'INVIGIL_ERR_QUESTION_UNKNOWN',
            'INVIGIL_ERR_CORRECTION_SAME',
            'INVIGIL_ERR_CONFLICT',
            'INVIGIL_ERR_TOO_LARGE'
          )
        }
      }
    },
    async (request, reply) => {
      const { examId, questionId } = request.params
      const { reason, regradeManual = false, ...change } = request.body
      const account = accountOf(request)
      // The grades of an own attempt are not one's own to change, whatever role one has by now.
      if ((await db.attempts.countOf(examId, account.id)) > 0) throw refuse('INVIGIL_ERR_FORBIDDEN')
      const row = await db.questions.byId(questionId)
      if (row?.examId !== examId) throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
      const after = corrected(row, change, examOf(request).language)
      const before = { points: row.points, body: row.body }
      if (isDeepStrictEqual(before, after) && !regradeManual) throw refuse('INVIGIL_ERR_CORRECTION_SAME')
      const correction = await db.corrections.add({
        examId,
        questionId,
        before,
        after,
        regradesManual: regradeManual,
        by: account.id,
        reason,
        atMs: Date.now()
      })
      if (correction === 'missing') throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
      if (correction === 'conflict') throw refuse('INVIGIL_ERR_CONFLICT')
      await attempts.regrade(examId, PATIENCE_MS)
      return await reply.code(201).send(correctionView((await db.corrections.byId(correction.id)) ?? correction))
    }
  )

  fastify.get(
    '/:examId/corrections',
    {
      config,
      schema: {
        tags,
        summary: "Corrections of the exam's questions, and how far the grading is",
        params: ExamIdParams,
        querystring: CorrectionsQuery,
        response: { 200: CorrectionsAnswer, ...refusals('guarded', ...REFUSED) }
      }
    },
    async request => {
      const { before, limit } = request.query
      const { rows, next } = await readPage(
        limit,
        limit => db.corrections.list(examOf(request).id, { limit, ...defined({ before }) }),
        'number'
      )
      return { corrections: rows.map(correctionView), next }
    }
  )
}

export default routes

/** What the question is graded by after `change`; refuses a change of what candidates have seen. */
function corrected (
  row: QuestionRow,
  { body = {}, points = row.points }: { readonly body?: object, readonly points?: number },
  language: string
) {
  const { id, section, kind, text } = row
  const checked = readQuestion({ section, kind, text, points, body: { ...row.body, ...body } }, '', language)
  if (checked.problems !== undefined) throw refuse('INVIGIL_ERR_VALIDATION', { fields: checked.problems })
  const visiblePart = (question: Pick<QuestionRow, 'body'>) =>
    withoutAnswers(toQuestion({ ...row, body: question.body, points: 0, id }))
  if (!isDeepStrictEqual(visiblePart(row), visiblePart(checked.question))) {
    throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'body', problem: 'seen' }] })
  }
  return { points: checked.question.points, body: checked.question.body }
}

function correctionView (correction: Correction) {
  const { before, after } = correction
  return {
    ...correction,
    before: { points: before.points, body: { ...before.body } },
    after: { points: after.points, body: { ...after.body } }
  }
}
