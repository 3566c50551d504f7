import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { BulkDismissal } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { accountOf, examOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { DISMISSED_MAX } from '../../reviews/lease.ts'
import { goodReason } from '../../reviews/reason.ts'
import { drawSample, SAMPLE_MAX, SAMPLE_MIN } from '../../reviews/sample.ts'
import { ExamIdParams } from '../schemas.ts'
import { DismissalParams, DismissalSchema, DismissBody, DrawBody } from './dismissal-schemas.ts'

const tags = ['reviews']
const NAMED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN'] as const

/** Many incidents of one rule in one exam are dismissed at once, in two steps. Nothing is ever confirmed this way. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const config = { access: { roles: STAFF, owner: 'examId' } } as const

  fastify.post(
    '/:examId/dismissals',
    {
      config,
      schema: {
        tags,
        summary: 'Select the incidents of one rule in an exam, and draw the sample to open',
        description:
          `The unjudged incidents in sessions that are not decided, ${DISMISSED_MAX} at most. The sample is a tenth of them, at least ${SAMPLE_MIN} and at most ${SAMPLE_MAX}. Asked again, the answer is the same selection and sample until it is dismissed. Refused when an incident of an earlier sample was confirmed that is in the selection: a rule that was right once is looked at one by one.`,
        params: ExamIdParams,
        body: DrawBody,
        response: {
          201: DismissalSchema,
          ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_DISMISSAL_CONFIRMED', 'INVIGIL_ERR_DISMISSAL_EMPTY')
        }
      }
    },
    async (request, reply) => {
      const { kind, belowMs = null } = request.body
      const { outcome, drawn } = await db.reviews.drawDismissal({
        examId: examOf(request).id,
        kind,
        belowMs,
        by: accountOf(request).id,
        atMs: live.now(),
        incidentsMax: DISMISSED_MAX,
        draw: drawSample
      })
      if (outcome === 'confirmed') throw refuse('INVIGIL_ERR_DISMISSAL_CONFIRMED')
      if (drawn === undefined) throw refuse('INVIGIL_ERR_DISMISSAL_EMPTY')
      return await reply.code(201).send(await view(request, drawn))
    }
  )

  fastify.get(
    '/:examId/dismissals/:dismissalId',
    {
      config,
      schema: {
        tags,
        summary: 'A selection of incidents, and how far its sample is',
        params: DismissalParams,
        response: { 200: DismissalSchema, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_DISMISSAL_UNKNOWN') }
      }
    },
    async request => await view(request, await load(request, request.params.dismissalId))
  )

  fastify.post(
    '/:examId/dismissals/:dismissalId/dismiss',
    {
      config,
      schema: {
        tags,
        summary: 'Dismiss what was selected, after the whole sample was opened',
        description:
          'By the reviewer who drew the sample. One confirmed incident of the sample refuses it. Sessions that were decided meanwhile, or that another reviewer has, are left as they are. The audit log gets one entry with the list.',
        params: DismissalParams,
        body: DismissBody,
        response: {
          200: DismissalSchema,
          ...refusals(
            'guarded', ...NAMED, 'INVIGIL_ERR_DISMISSAL_UNKNOWN', 'INVIGIL_ERR_DISMISSAL_CONFIRMED',
            'INVIGIL_ERR_REASON_SHORT', 'INVIGIL_ERR_REVIEW_SAMPLE'
          )
        }
      }
    },
    async request => {
      const reason = goodReason(request.body.reason)
      const { id: by } = accountOf(request)
      const drawn = await load(request, request.params.dismissalId)
      const atMs = live.now()
      const audit = {
        actorId: by, action: 'review.dismiss_rule', targetType: 'exam', targetId: examOf(request).id, atMs
      }
      const { outcome } = await db.reviews.dismissDrawn(drawn.id, by, reason, atMs, audit)
      if (outcome === 'unknown') throw refuse('INVIGIL_ERR_DISMISSAL_UNKNOWN')
      if (outcome === 'confirmed') throw refuse('INVIGIL_ERR_DISMISSAL_CONFIRMED')
      if (outcome === 'unopened') {
        const sample = await db.reviews.sampleOf(drawn)
        const [needed, opened] = [sample.length, sample.filter(({ isOpened }) => isOpened).length]
        throw refuse('INVIGIL_ERR_REVIEW_SAMPLE', { values: { needed, opened }, details: { needed, opened } })
      }
      return await view(request, await load(request, drawn.id))
    }
  )

  async function load (request: FastifyRequest, id: string): Promise<BulkDismissal> {
    const drawn = await db.reviews.bulkDismissal(id)
    if (drawn?.examId !== examOf(request).id) throw refuse('INVIGIL_ERR_DISMISSAL_UNKNOWN')
    return drawn
  }

  async function view (request: FastifyRequest, drawn: BulkDismissal) {
    const { eventIds, sampleIds: _, by, atMs, ...shown } = drawn
    return {
      ...shown,
      title: translateEvent(request.language, drawn.kind),
      count: eventIds.length,
      drawnAtMs: atMs,
      isMine: by === accountOf(request).id,
      sample: await db.reviews.sampleOf(drawn)
    }
  }
}

export default routes
