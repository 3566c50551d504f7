import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { StoryboardSheet, User } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { accountOf, sessionOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { loadRecording } from '../recordings/load.ts'
import { LinkAnswer } from '../recordings/schemas.ts'
import { SessionIdParams } from '../schemas.ts'
import { SheetIdParams, StoryboardAnswer } from './schemas.ts'

const tags = ['recordings']
const KIND = 'storyboards'

/** The small pictures of recordings: who may watch a recording may see them. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db } = fastify.services

  /** The sheet, if this account may see it; undefined where it is deleted. */
  async function load (id: string, account: Pick<User, 'id' | 'role'>): Promise<StoryboardSheet | undefined> {
    const sheet = await db.storyboards.byId(id)
    if (sheet !== undefined) await loadRecording(db, sheet.recordingId, account)
    return sheet
  }

  fastify.media.serve(KIND, async (id, viewer) => {
    const sheet = await load(id, viewer)
    if (sheet === undefined) throw refuse('INVIGIL_ERR_MEDIA_GONE')
    const { sessionId, storageKey: key, bytes, sha256 } = sheet
    return {
      sessionId,
      key,
      bytes,
      sha256,
      mediaType: 'image/jpeg',
      fileName: `${id}.jpg`,
      // All sheets of a session are one viewing. It names no incident: a confirmation needs the evidence itself.
      targetType: 'storyboard',
      targetId: sessionId,
      what: 'storyboard'
    }
  })

  fastify.get(
    '/sessions/:sessionId/storyboard',
    {
      config: { access: { roles: STAFF, owner: 'sessionId', notOwn: true } },
      schema: {
        tags,
        summary: 'The storyboard of a session: small pictures of its recordings',
        description:
          'A picture each ten seconds of what was recorded, less often after two hours, joined to sheets. A part of the recording gets its sheets when it is finished.',
        params: SessionIdParams,
        response: {
          200: StoryboardAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN')
        }
      }
    },
    async request => {
      const sheets = await db.storyboards.list(sessionOf(request).id)
      return {
        sheets: sheets.map(({ sessionId: _session, storageKey: _key, offsetsMs, ...sheet }) =>
          ({ ...sheet, offsetsMs: [...offsetsMs] }))
      }
    }
  )

  fastify.post(
    '/storyboards/:sheetId/link',
    {
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'A link that shows a sheet of a storyboard, good for five minutes',
        description:
          'As the link of a recording: for the account that asked, and the first request of each viewing is written to the audit log. It does not count as opening the evidence of an incident.',
        params: SheetIdParams,
        response: {
          200: LinkAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_RECORDING_UNKNOWN')
        }
      }
    },
    async (request, reply) => {
      const sheet = await load(request.params.sheetId, accountOf(request))
      if (sheet === undefined) throw refuse('INVIGIL_ERR_RECORDING_UNKNOWN')
      return fastify.media.link(request, reply, KIND, sheet.id)
    }
  )
}

export default routes
