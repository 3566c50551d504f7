import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refusals } from '../../plugins/error-responses.ts'
import { DEFAULT_EXAM_POLICY } from '../../policy/exam-policy.ts'
import { retentionOf } from '../../policy/retention.ts'
import { privacyNotice } from '../../policy/notice.ts'
import { FirstRunAnswer, LanguageQuery, PrivacyAnswer } from './schemas.ts'

const tags = ['installation']

/** What everyone may know of this installation, without a login. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config: { signup, refreshTokenSeconds, retention },
    services: { db, pool }
  } = fastify
  const config = { access: { roles: 'public' } } as const

  /** Once an admin has logged in, the installation is never new again. */
  let hasAdmin = false

  fastify.get(
    '/first-run',
    {
      config,
      schema: {
        tags,
        summary: 'Whether this installation is new',
        description: 'For the first page: it says what to do until an admin has logged in, and who may create an account.',
        response: { 200: FirstRunAnswer, ...refusals('public') }
      }
    },
    async () => {
      hasAdmin ||= await db.users.hasAdminLoggedIn()
      return { hasAdmin, signup }
    }
  )

  fastify.get(
    '/privacy',
    {
      config,
      schema: {
        tags,
        summary: 'What is watched and kept here, in plain words',
        description: 'Generated from the settings. An exam may watch less: see GET /exams/:examId/notice.',
        querystring: LanguageQuery,
        response: { 200: PrivacyAnswer, ...refusals('public') }
      }
    },
    async ({ language }) => ({
      language,
      sections: privacyNotice({
        language,
        loginMs: refreshTokenSeconds * 1000,
        retention: retentionOf(DEFAULT_EXAM_POLICY, retention),
        models: await pool.ready.then(({ versions }) => Object.keys(versions), () => [])
      }).map(section => ({ ...section, sentences: [...section.sentences] }))
    })
  )
}

export default routes
