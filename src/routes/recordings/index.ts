import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refuse } from '../../errors.ts'
import { accountOf, ROLES, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { refusalOf } from '../../plugins/media.ts'
import { readPage } from '../page.ts'
import { loadRecording, playable } from './load.ts'
import { DeleteBody, LinkAnswer, RecordingIdParams, RecordingSchema, RecordingsAnswer, RecordingsQuery } from './schemas.ts'
import { shown } from './view.ts'

const tags = ['recordings']
const KIND = 'recordings'
const named = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_RECORDING_UNKNOWN'] as const

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, media } = fastify.services

  fastify.media.serve(KIND, async (id, viewer) => {
    const recording = await db.recordings.byId(id)
    // Its account was erased since the link was made.
    if (recording === undefined) throw refuse('INVIGIL_ERR_MEDIA_GONE')
    const { sessionId, storageKey, bytes, sha256, mediaType } = playable(await loadRecording(db, id, viewer))
    return {
      sessionId,
      key: storageKey,
      bytes,
      sha256,
      mediaType,
      fileName: `${id}.${mediaType.startsWith('video/mp4') ? 'mp4' : 'webm'}`,
      targetType: 'recording',
      targetId: id,
      what: 'recording'
    }
  })

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'Recordings, newest first',
        description: 'Teachers see those of their own exams, admins all. A recording is one connection of a candidate: a session may have several.',
        querystring: RecordingsQuery,
        response: { 200: RecordingsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { lang: _lang, limit, ...asked } = request.query
      const account = accountOf(request)
      const filter = { ...asked, ...(account.role === 'teacher' && { overseerId: account.id }) }
      const { rows, next } = await readPage(limit, limit => db.recordings.list({ ...filter, limit }))
      return { recordings: rows.map(shown), next }
    }
  )

  fastify.get(
    '/:recordingId',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'One recording',
        params: RecordingIdParams,
        response: { 200: RecordingSchema, ...refusals('guarded', ...named) }
      }
    },
    async request => shown(await loadRecording(db, request.params.recordingId, accountOf(request)))
  )

  fastify.post(
    '/:recordingId/link',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'A link that plays a recording, good for five minutes',
        description: 'The link takes ranges (206, 416, `If-Range`). It is good for the account that asked only: the browser that asked sends a cookie with it, other clients their access token. The first request of each viewing is written to the audit log.',
        params: RecordingIdParams,
        response: {
          200: LinkAnswer,
          ...refusals(
            'guarded',
            ...named,
            'INVIGIL_ERR_RECORDING_UNFINISHED',
            'INVIGIL_ERR_RECORDING_FAILED',
            'INVIGIL_ERR_MEDIA_GONE'
          )
        }
      }
    },
    async (request, reply) => {
      const { id } = playable(await loadRecording(db, request.params.recordingId, accountOf(request)))
      return fastify.media.link(request, reply, KIND, id)
    }
  )

  fastify.delete(
    '/:recordingId',
    {
      config: { access: { roles: ['admin'] } },
      schema: {
        tags,
        summary: 'Delete a recording',
        description: 'The file and its storyboard are deleted at once, then the row says that there was a recording. The reason is in the audit log. Refused while a legal hold covers the session.',
        params: RecordingIdParams,
        body: DeleteBody,
        response: { 204: {}, ...refusals('guarded', ...named, 'INVIGIL_ERR_MEDIA_GONE', 'INVIGIL_ERR_LEGAL_HOLD', 'INVIGIL_ERR_STORAGE') }
      }
    },
    async (request, reply) => {
      const account = accountOf(request)
      const { id, sessionId, storageKey, state } = await loadRecording(db, request.params.recordingId, account)
      if (state === 'deleted') throw refuse('INVIGIL_ERR_MEDIA_GONE')
      const session = await db.sessions.byId(sessionId)
      if (session === undefined) throw refuse('INVIGIL_ERR_RECORDING_UNKNOWN')
      if (await db.holds.covers(session.userId, session)) throw refuse('INVIGIL_ERR_LEGAL_HOLD')
      const sheets = await db.storyboards.ofRecordings([id])
      for (const { storageKey: key } of [{ storageKey }, ...sheets]) {
        await media.vault.delete({ sessionId, key }).catch(error => { throw refusalOf(error) })
      }
      const atMs = Date.now()
      const deleted = await db.retention.filesDeleted([{ id, kind: 'recording', storageKey, session }], {
        audit: {
          actorId: account.id,
          action: 'recording.delete',
          targetType: 'recording',
          targetId: id,
          detail: { sessionId, reason: request.body.reason },
          atMs
        },
        atMs
      })
      if (deleted === 0) throw refuse('INVIGIL_ERR_MEDIA_GONE')
      return await reply.code(204).send(null)
    }
  )
}

export default routes
