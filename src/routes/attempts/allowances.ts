import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refuse } from '../../errors.ts'
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
        summary: 'Reopen an attempt that was handed in or terminated',
        description:
          'Possible while the candidate has time left and the results are not released. The grades are deleted, which a legal hold on the attempt or the person refuses, and the answers are kept; the clock was not stopped. The candidate continues by starting the exam again.',
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
            'INVIGIL_ERR_CANDIDATE_BUSY',
            'INVIGIL_ERR_LEGAL_HOLD'
          )
        }
      }
    },
    async request => {
      const { id, userId } = attemptOf(request)
      if (await db.holds.covers(userId, { id, attemptId: id })) throw refuse('INVIGIL_ERR_LEGAL_HOLD')
      return await allowances.reopen(attemptOf(request), accountOf(request).id, request.body.reason)
    }
  )

  fastify.post(
    '/:attemptId/allow-another',
    {
      config,
      schema: {
        tags,
        summary: 'Allow another attempt after a terminated one',
        description:
          'After a termination, the candidate cannot start the same exam until staff allow it. The attempt limit of the exam still applies.',
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
        summary: 'Allow an open attempt to continue although the candidate is not seen',
        description:
          'For exams with `watching: required`, for example if the camera is broken. It applies until it is withdrawn.',
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
