import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { accountOf, examOf, ROLES } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { LanguageQuery, NoticeSectionSchema } from '../installation/schemas.ts'
import { ExamIdParams, IdSchema } from '../schemas.ts'
import { noticeFor } from './notice-for.ts'

const NoticeAnswer = Type.Object({
  examId: IdSchema,
  policyVersion: Type.Integer({ description: 'Of the policy that the sentences are made from' }),
  language: Type.Enum(['en', 'bn'] as const),
  sections: Type.Array(NoticeSectionSchema)
})

/** What candidates read of an exam before they agree to be watched. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { config: { retention: defaults }, services: { db, pool } } = fastify

  fastify.get(
    '/:examId/notice',
    {
      config: { access: { roles: ROLES, owner: 'examId', ownerRoles: ['student', 'teacher'], whileTakingExam: 'also' } },
      schema: {
        tags: ['taking'],
        summary: 'What is watched in this exam, in plain words',
        description:
          "What is watched and what is not, the rules, who decides, who sees it, and how long it is kept: generated from the exam's policy and, for a candidate, from their accommodation.",
        params: ExamIdParams,
        querystring: LanguageQuery,
        response: { 200: NoticeAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN') }
      }
    },
    async request => {
      const exam = examOf(request)
      const { language } = request
      const { sections } = await noticeFor({ db, pool, defaults }, exam, accountOf(request).id, language)
      return {
        examId: exam.id,
        policyVersion: exam.policyVersion,
        language,
        sections: sections.map(section => ({ ...section, sentences: [...section.sentences] }))
      }
    }
  )
}

export default routes
