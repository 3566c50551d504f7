import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { newId } from '../../../db/index.ts'
import { UploadTooLarge, withUpload } from '../../analysis/upload.ts'
import { refuse } from '../../errors.ts'
import { allowLongBody } from '../../http/long-bodies.ts'
import { accountOf, sessionOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { refusalOf } from '../../plugins/media.ts'
import { SessionIdParams } from '../schemas.ts'
import { RecordingSchema, UploadQuery } from './schemas.ts'
import { shown } from './view.ts'

/** Of one upload; an hour of a candidate's camera as recorded here has some 80 MB. */
const UPLOAD_BYTES_MAX = 1 << 30
/** At once on each gateway: each holds its bytes on the disk until it is stored. */
const UPLOADS_MAX = 2
/** For the whole body: 1 GiB at 2.4 Mbit/s. */
const UPLOAD_MS_MAX = 3_600_000
/** Content type, and how the file is called. */
const TYPES = { 'video/webm': 'webm', 'video/mp4': 'mp4' } as const
type VideoType = keyof typeof TYPES

/** Recordings that were made elsewhere. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { config, services: { db, live, media } } = fastify
  const folder = join(config.dataDir, 'analysis')
  let running = 0

  // The stream itself is the body: nothing reads it before the handler does.
  fastify.addContentTypeParser(Object.keys(TYPES), (_request, body, done) => done(null, body))

  fastify.post(
    '/:sessionId/recordings',
    {
      config: { access: { roles: STAFF, owner: 'sessionId', notOwn: true } },
      schema: {
        tags: ['recordings'],
        summary: 'Upload a recording of a session that was made elsewhere',
        description:
          `A WebM or MP4 file of at most ${UPLOAD_BYTES_MAX / 2 ** 30} GiB as the body, with its type as content type. It is kept, played, analyzed and deleted like one that was recorded here; \`mode\` is \`upload\`.`,
        consumes: Object.keys(TYPES),
        params: SessionIdParams,
        querystring: UploadQuery,
        response: {
          201: RecordingSchema,
          ...refusals(
            'guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN', 'INVIGIL_ERR_TOO_LARGE',
            'INVIGIL_ERR_MEDIA_TYPE', 'INVIGIL_ERR_MEDIA_UNSUPPORTED', 'INVIGIL_ERR_MEDIA_INVALID',
            'INVIGIL_ERR_OVERLOADED', 'INVIGIL_ERR_STORAGE'
          )
        }
      }
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const account = accountOf(request)
      const type = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase() as VideoType | undefined
      if (type === undefined || !(type in TYPES)) throw refuse('INVIGIL_ERR_MEDIA_TYPE')
      if (Number(request.headers['content-length'] ?? 0) > UPLOAD_BYTES_MAX) throw tooLarge()
      if (running >= UPLOADS_MAX) throw refuse('INVIGIL_ERR_OVERLOADED')
      running++
      const endLongBody = allowLongBody(request.raw)
      const deadline = setTimeout(() => request.raw.destroy(), UPLOAD_MS_MAX)
      try {
        const id = await keep(request.body as unknown as Readable, type)
        return await reply.code(201).send(shown((await db.recordings.byId(id))!))
      } catch (error) {
        // What is left of the body is not waited for.
        reply.header('connection', 'close')
        throw error instanceof UploadTooLarge ? tooLarge() : refusalOf(error)
      } finally {
        clearTimeout(deadline)
        endLongBody()
        running--
      }

      async function keep (body: Readable, mediaType: VideoType): Promise<string> {
        const id = newId()
        const place = { sessionId: session.id, key: `${session.id}/recordings/${id}.${TYPES[mediaType]}` }
        await withUpload(body, folder, UPLOAD_BYTES_MAX, async (content, { durationMs }) => {
          const file = await media.vault.put(place, content, mediaType)
          await db.recordings.add({
            id,
            sessionId: session.id,
            userId: session.userId,
            examId: session.examId,
            mode: 'upload',
            startedAtMs: request.query.startedAtMs ?? session.startedAtMs,
            mediaType,
            storageKey: place.key
          }, live.now())
          const finished = { ...file, durationMs, mediaType, gaps: [], failure: null }
          if (await db.recordings.ready(id, finished, live.now())) return
          // The session was erased meanwhile.
          await media.vault.delete(place)
          throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
        })
        await db.audit.append({
          actorId: account.id,
          action: 'recording.upload',
          targetType: 'recording',
          targetId: id,
          detail: { sessionId: session.id },
          atMs: live.now()
        })
        return id
      }
    }
  )
}

const tooLarge = () => refuse('INVIGIL_ERR_TOO_LARGE', { details: { bytesMax: UPLOAD_BYTES_MAX } })

export default routes
