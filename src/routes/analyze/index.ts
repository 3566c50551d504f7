import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { analyzeSound } from '../../../detection/audio/summary.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { observationLine } from '../../cli/observation-line.ts'
import { soundLine } from '../../cli/sound-line.ts'
import { refuse, toCoded, type CodedError } from '../../errors.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { ROLES } from '../../plugins/access.ts'
import { pictureBodyLimit, pictureOf, soundOf } from '../../plugins/bodies.ts'
import { refusals } from '../schemas.ts'
import { codeOf, notesOf, riskOf } from './notes.ts'
import { AnalyzeAnswer, AnalyzeBody } from './schemas.ts'

/** Pictures one address may have looked at in a minute: each costs a worker some 50 ms. */
const PER_MINUTE_MAX = 240

/** Listening costs a worker some 10 ms a second of sound. */
const SOUND_MS_MAX = 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { config, services: { pool } } = fastify

  fastify.post('/analyze', {
    config: { access: { roles: ROLES }, picture: ['image', 'file'], sound: 'sound', rateLimit: { max: PER_MINUTE_MAX } },
    bodyLimit: 2 * pictureBodyLimit(config.frameBytesMax),
    schema: {
      tags: ['analysis'],
      summary: 'Look at one picture, listen to one sound, or both',
      description: 'Every detector runs. Nothing is stored.',
      consumes: ['application/json', 'multipart/form-data'],
      body: AnalyzeBody,
      response: {
        200: AnalyzeAnswer,
        ...refusals('guarded', 'INVIGIL_ERR_IMAGE_EMPTY', 'INVIGIL_ERR_FRAME_BASE64', 'INVIGIL_ERR_IMAGE_INVALID', 'INVIGIL_ERR_IMAGE_TOO_LARGE', 'INVIGIL_ERR_MEDIA_TYPE', 'INVIGIL_ERR_MEDIA_UNSUPPORTED', 'INVIGIL_ERR_MEDIA_INVALID', 'INVIGIL_ERR_MEDIA_TOO_LONG', 'INVIGIL_ERR_WORKER_LOST', 'INVIGIL_ERR_OVERLOADED')
      }
    }
  }, async request => {
    const { image, sound: soundText, landmarks = false } = request.body
    const bytes = soundOf(request, soundText)
    const heard = bytes === undefined ? {} : { sound: await hear(bytes) }
    if (bytes !== undefined && image === undefined && request.picture === null) return { ...heard, events: [], ...riskOf([]), labels: [] }
    const { observation } = await look(() => pictureOf(request, image), landmarks)
    const { file: _file, atMs: _atMs, ...seen } = observationLine(observation, { file: '', landmarks })
    const notes = notesOf(observation)
    return {
      ...heard,
      observation: { ...seen, faces: seen.faces.map(face => ({ ...face, box: [...face.box] })), hands: seen.hands.map(hand => ({ ...hand, box: [...hand.box] })), objects: seen.objects.map(object => ({ ...object, box: [...object.box] })) },
      events: notes.map(note => ({ ...note, event: translateEvent(request.language, note.kind) })),
      ...riskOf(notes),
      labels: notes.map(note => note.code)
    }
  })

  async function hear (bytes: Uint8Array) {
    const { file: _file, ...line } = soundLine(await analyzeSound(bytes, pool.listen, { durationMsMax: SOUND_MS_MAX }), { file: '' })
    return line
  }

  async function look (read: () => Uint8Array | undefined, landmarks: boolean) {
    try {
      const picture = read()
      if (picture === undefined || picture.length === 0) throw refuse('INVIGIL_ERR_IMAGE_EMPTY')
      return await pool.analyzeStill(picture, { landmarks })
    } catch (error) {
      throw withEvent(error)
    }
  }
}

export default routes

/** Names the event that such a frame is in a session, for callers who go by event names. */
function withEvent (error: unknown): unknown {
  const coded: CodedError | undefined = error instanceof DetectionError ? toCoded(error) : error instanceof Error && 'code' in error ? toCoded(error) : undefined
  if (coded === undefined) return error
  const kind = coded.code === 'INVIGIL_ERR_IMAGE_EMPTY' ? 'no_frames' : coded.code === 'INVIGIL_ERR_IMAGE_INVALID' || coded.code === 'INVIGIL_ERR_FRAME_BASE64' ? 'invalid_image' : undefined
  return kind === undefined ? error : refuse(coded.code, { details: { ...coded.details, event: codeOf(kind) }, cause: error })
}
