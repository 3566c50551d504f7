import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createAllowances } from '../../exams/allowances.ts'
import { accountOf, attemptOf, STAFF } from '../../plugins/access.ts'
import { AttemptIdParams } from '../schemas.ts'
import { AttemptSchema } from './attempt-schema.ts'
import { AllowBody, AllowUnwatchedBody } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['taking']
const params = AttemptIdParams
const REFUSED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_ATTEMPT_UNKNOWN'] as const

/** What staff of the exam allow one candidate, with a reason that is kept. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { services: { db, live } } = fastify
  const allowances = createAllowances({ db, now: live.now })
  const config = { access: { roles: STAFF, owner: 'attemptId', notOwn: true } } as const

  fastify.post(
    '/:attemptId/reopen',
    {
      config,
      schema: {
        tags,
        summary: 'Open an attempt again that was handed in or terminated',
        description:
          "While its candidate's time is not over and the results are not released. Its grades are dropped, the answers stay; the clock has gone on meanwhile. The candidate goes on by starting the exam again.",
        params,
        body: AllowBody,
        response: {
          200: AttemptSchema,
          ...refusals(
            'guarded',
            ...REFUSED,
            'INVIGIL_ERR_ATTEMPT_OPEN',
            'INVIGIL_ERR_TIME_OVER',
            'INVIGIL_ERR_RESULT_RELEASED',
            'INVIGIL_ERR_CANDIDATE_BUSY'
          )
        }
      }
    },
    async request => await allowances.reopen(attemptOf(request), accountOf(request).id, request.body.reason)
  )

  fastify.post(
    '/:attemptId/allow-another',
    {
      config,
      schema: {
        tags,
        summary: 'Let the candidate of a terminated attempt begin another one',
        description:
          'After a termination a start of the same exam is refused until then. The number of attempts that the exam allows still holds.',
        params,
        body: AllowBody,
        response: { 200: AttemptSchema, ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_NOT_TERMINATED') }
      }
    },
    async request => await allowances.allowAnother(attemptOf(request), accountOf(request).id, request.body.reason)
  )

  fastify.post(
    '/:attemptId/allow-unwatched',
    {
      config,
      schema: {
        tags,
        summary: 'Let an open attempt go on although its candidate is not seen',
        description:
          'For exams whose policy demands it (`watching: required`), such as with a broken camera. It holds until it is taken back.',
        params,
        body: AllowUnwatchedBody,
        response: { 200: AttemptSchema, ...refusals('guarded', ...REFUSED, 'INVIGIL_ERR_ATTEMPT_SUBMITTED') }
      }
    },
    async request =>
      await allowances.allowUnwatched(
        attemptOf(request),
        request.body.isAllowed,
        accountOf(request).id,
        request.body.reason
      )
  )
}

export default routes
