import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { refuse } from '../../errors.ts'
import { accountOf, sessionOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { mayCloseAppeal } from '../../reviews/appeal-rules.ts'
import { goodReason } from '../../reviews/reason.ts'
import { SessionIdParams } from '../schemas.ts'
import { AppealAnswerBody, AppealOutcomeBody, AppealSchema } from './schemas.ts'
import { appealView } from './views.ts'

const tags = ['reviews']
const params = SessionIdParams
const NAMED = [
  'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN', 'INVIGIL_ERR_APPEAL_NONE',
  'INVIGIL_ERR_APPEAL_FIRST_REVIEWER', 'INVIGIL_ERR_APPEAL_STATE'
] as const

/** What staff do with an appeal. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const config = { access: { roles: STAFF, owner: 'sessionId', notOwn: true } } as const

  fastify.post(
    '/:sessionId/appeal/answer',
    {
      config,
      schema: {
        tags,
        summary: 'Answer an appeal',
        description: 'By another person than the first reviewer, where another person oversees the exam.',
        params,
        body: AppealAnswerBody,
        response: { 200: AppealSchema, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      await requireOther(request)
      const { id: sessionId } = sessionOf(request)
      const { text } = request.body
      const by = accountOf(request).id
      const atMs = live.now()
      if (!await db.appeals.answer({ sessionId, text, by, atMs }, audit(request, 'answer', { text }))) {
        throw refuse('INVIGIL_ERR_APPEAL_STATE')
      }
      return await appealOf(sessionId)
    }
  )

  fastify.post(
    '/:sessionId/appeal/outcome',
    {
      config,
      schema: {
        tags,
        summary: 'Close an answered appeal: the decision is upheld or overturned',
        description:
          'Overturning dismisses the named incidents (absent: all confirmed ones) and sets the decision to clear. The scores without dismissed incidents follow.',
        params,
        body: AppealOutcomeBody,
        response: { 200: AppealSchema, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_REASON_SHORT') }
      }
    },
    async request => {
      const { outcome: state, dismissEventIds } = request.body
      const reason = goodReason(request.body.reason)
      await requireOther(request)
      const { id: sessionId } = sessionOf(request)
      const confirmed = (await db.reviews.incidents(sessionId))
        .filter(incident => incident.state === 'confirmed')
        .map(({ eventId }) => eventId)
      const ids = confirmed.filter(id => dismissEventIds === undefined || dismissEventIds.includes(id))
      const closed = await db.appeals.close(
        { sessionId, state, reason, by: accountOf(request).id, atMs: live.now(), dismissEventIds: ids },
        audit(request, 'close', { state, text: reason, ...(state === 'overturned' && { ids }) })
      )
      if (!closed) throw refuse('INVIGIL_ERR_APPEAL_STATE')
      return await appealOf(sessionId)
    }
  )

  async function requireOther (request: FastifyRequest): Promise<void> {
    const { id, examId } = sessionOf(request)
    if (await db.appeals.bySession(id) === undefined) throw refuse('INVIGIL_ERR_APPEAL_NONE')
    const exam = examId === null ? undefined : await db.exams.byId(examId)
    if (!await mayCloseAppeal(db, accountOf(request), await db.reviews.decisions(id), exam?.ownerId)) {
      throw refuse('INVIGIL_ERR_APPEAL_FIRST_REVIEWER')
    }
  }

  async function appealOf (sessionId: string) {
    const appeal = await db.appeals.bySession(sessionId)
    if (appeal === undefined) throw refuse('INVIGIL_ERR_APPEAL_NONE')
    return appealView(appeal)
  }

  function audit (request: FastifyRequest, action: string, detail: Record<string, unknown>) {
    return {
      actorId: accountOf(request).id,
      action: `appeal.${action}`,
      targetType: 'session',
      targetId: sessionOf(request).id,
      detail,
      atMs: live.now()
    }
  }
}

export default routes
