import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { readPolicy } from '../../policy/exam-policy.ts'
import { impactAssessment } from '../../policy/impact-assessment.ts'
import { retentionOf } from '../../policy/retention.ts'
import { accountOf, examOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { LanguageQuery } from '../installation/schemas.ts'
import { ExamIdParams } from '../schemas.ts'
import { noticeFor } from './notice-for.ts'

/** What the institution assesses before it holds the exam. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { config: { retention: defaults }, services: { db, pool } } = fastify

  fastify.get(
    '/:examId/impact-assessment',
    {
      config: { access: { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } },
      schema: {
        tags: ['exams'],
        summary: 'The data protection impact assessment of this exam, as Markdown',
        description:
          "Made from the exam's settings: what is watched, recorded and kept, the rules with their limits, who sees it, the risks and what reduces them. Lines for the institution's own statements are marked.",
        produces: ['text/markdown'],
        params: ExamIdParams,
        querystring: LanguageQuery,
        response: {
          200: Type.String({ description: 'Markdown' }),
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN')
        }
      }
    },
    async (request, reply) => {
      const exam = examOf(request)
      const { language } = request
      const reader = accountOf(request).id
      const { sections, policy, authorName } = await noticeFor({ db, pool, defaults }, exam, reader, language)
      const examPolicy = readPolicy(exam.policy)
      const text = impactAssessment({
        language,
        title: exam.title,
        policyVersion: exam.policyVersion,
        policy,
        examPolicy,
        authorName,
        candidates: exam.isOpenToAll ? undefined : (await db.exams.notBegun(exam.id, 1)).assigned,
        notice: sections,
        retention: retentionOf(examPolicy, defaults),
        atMs: Date.now()
      })
      return await reply
        .type('text/markdown; charset=utf-8')
        .header('content-disposition', `attachment; filename="impact-assessment-${exam.id}.md"`)
        .send(text)
    }
  )
}

export default routes
