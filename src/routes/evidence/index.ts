import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { EvidenceRow, User } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { accountOf, ROLES, sessionOf } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { evidenceFor } from '../../reviews/evidence-rules.ts'
import { LinkAnswer } from '../recordings/schemas.ts'
import { evidenceView } from '../reviews/views.ts'
import { SessionIdParams } from '../schemas.ts'
import { EvidenceAnswer, EvidenceIdParams, EvidenceQuery } from './schemas.ts'

const tags = ['evidence']
const KIND = 'evidence'
const EXTENSIONS: Readonly<Record<EvidenceRow['kind'], string>> = { picture: 'jpg', clip: 'webm', sound: 'webm' }

/** Pictures, clips and sound of incidents. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db } = fastify.services

  /** The evidence, if this account may open it. */
  async function load (row: EvidenceRow, account: Pick<User, 'id' | 'role'>): Promise<EvidenceRow> {
    const session = await db.sessions.byId(row.sessionId)
    const mayOpen = session === undefined ? undefined : await evidenceFor(db, account, session)
    if (mayOpen?.(row) !== true) throw refuse('INVIGIL_ERR_NOT_YOURS')
    if (row.deletedAtMs !== null) throw refuse('INVIGIL_ERR_MEDIA_GONE')
    return row
  }

  fastify.media.serve(KIND, async (id, viewer) => {
    const found = await db.evidence.byId(id)
    // The account was erased since the link was made.
    if (found === undefined) throw refuse('INVIGIL_ERR_MEDIA_GONE')
    const { sessionId, eventId, storageKey: key, bytes, sha256, mediaType, kind } = await load(found, viewer)
    return {
      sessionId,
      key,
      bytes,
      sha256,
      mediaType,
      fileName: `${id}.${EXTENSIONS[kind]}`,
      targetType: 'evidence',
      targetId: id,
      what: 'evidence',
      eventId
    }
  })

  fastify.get(
    '/sessions/:sessionId/evidence',
    {
      config: { access: { roles: ROLES, owner: 'sessionId', ownerRoles: ['student'] } },
      schema: {
        tags,
        summary: 'The evidence of the incidents of a session',
        description:
          'Kept where the policy says keepsEvidence and the candidate agreed. Candidates see that of confirmed incidents after the decision.',
        params: SessionIdParams,
        querystring: EvidenceQuery,
        response: { 200: EvidenceAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN') }
      }
    },
    async request => {
      const session = sessionOf(request)
      const { eventId } = request.query
      const mayOpen = await evidenceFor(db, accountOf(request), session)
      const rows = await db.evidence.list(session.id)
      return {
        evidence: rows
          .filter(row => mayOpen(row) && (eventId === undefined || row.eventId === eventId))
          .map(row => ({ ...evidenceView(row), eventId: row.eventId }))
      }
    }
  )

  fastify.post(
    '/evidence/:evidenceId/link',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'A link that shows a piece of evidence, good for five minutes',
        description:
          'As the link of a recording: for the account that asked, with ranges, and each viewing is logged. A reviewer who opened the evidence of an incident may confirm it.',
        params: EvidenceIdParams,
        response: {
          200: LinkAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EVIDENCE_UNKNOWN', 'INVIGIL_ERR_MEDIA_GONE')
        }
      }
    },
    async (request, reply) => {
      const found = await db.evidence.byId(request.params.evidenceId)
      if (found === undefined) throw refuse('INVIGIL_ERR_EVIDENCE_UNKNOWN')
      const { id } = await load(found, accountOf(request))
      return fastify.media.link(request, reply, KIND, id)
    }
  )
}

export default routes
