import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { defined } from '../../../lib/defined.ts'
import type { EventRow, SessionWithUser } from '../../../db/index.ts'
import { createSoundDecoders } from '../../../detection/audio/decoders.ts'
import { analyzeSound } from '../../../detection/audio/summary.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { withSource } from '../../../detection/workers/with-source.ts'
import type { EventKind, Observation } from '../../../detection/types.ts'
import { observationLine } from '../../analysis/observation-json.ts'
import { soundLine } from '../../analysis/sound-json.ts'
import { refuse, toCoded, type CodedError, type ErrorCode } from '../../errors.ts'
import { logEntry } from '../../protocol/log-entry.ts'
import { kindOf } from '../../protocol/event-report.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { accountOf, ROLES } from '../../plugins/access.ts'
import { pictureBodyLimit, pictureOf, soundOf } from '../../plugins/bodies.ts'
import { createEventReports } from '../events/report-events.ts'
import { codeOf, findingOf, findingsOf, findingsOfSound, riskOf, type Finding } from '../../analysis/notes.ts'
import { AnalyzeAnswer, AnalyzeBody } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

/** Pictures one address may have looked at in a minute: each costs a worker some 50 ms. */
const PER_MINUTE_MAX = 240

/** Values of a JSON body: twenty names of events and a few fields. */
const JSON_ELEMENTS_MAX = 100

/** An event of a kind that analyses note is stored once in this time: they may come every second. */
const QUIET_MS = 10_000

/** Listening costs a worker some 10 ms a second of sound. */
const SOUND_MS_MAX = 60_000

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config,
    services: { db, pool, live }
  } = fastify
  const eventReports = createEventReports({ db, live })
  const decoders = createSoundDecoders()
  fastify.addHook('onClose', async () => {
    await decoders.close()
  })

  fastify.post(
    '/analyze',
    {
      config: {
        access: { roles: ROLES },
        picture: ['image', 'file'],
        sound: 'sound',
        formBytesMax: 2 * pictureBodyLimit(config.frameBytesMax),
        jsonElementsMax: JSON_ELEMENTS_MAX,
        rateLimit: { max: PER_MINUTE_MAX }
      },
      bodyLimit: 2 * pictureBodyLimit(config.frameBytesMax),
      schema: {
        tags: ['analysis'],
        summary: 'Analyze a picture, a sound, or both',
        description:
          'Runs every detector. Stores nothing unless sessionId names a session; then the findings become events of that session.',
        consumes: ['application/json', 'multipart/form-data'],
        body: AnalyzeBody,
        response: {
          200: AnalyzeAnswer,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_SESSION_UNKNOWN',
            'INVIGIL_ERR_SESSION_PAUSED',
            'INVIGIL_ERR_SESSION_ENDED',
            'INVIGIL_ERR_EVENT_UNKNOWN',
            'INVIGIL_ERR_EVENTS_FULL',
            'INVIGIL_ERR_IMAGE_EMPTY',
            'INVIGIL_ERR_FRAME_BASE64',
            'INVIGIL_ERR_IMAGE_INVALID',
            'INVIGIL_ERR_IMAGE_TOO_LARGE',
            'INVIGIL_ERR_MEDIA_TYPE',
            'INVIGIL_ERR_MEDIA_UNSUPPORTED',
            'INVIGIL_ERR_MEDIA_INVALID',
            'INVIGIL_ERR_MEDIA_TOO_LONG',
            'INVIGIL_ERR_WORKER_LOST',
            'INVIGIL_ERR_OVERLOADED',
            'INVIGIL_ERR_SOURCE_SUSPENDED'
          )
        }
      }
    },
    async request => {
      const account = accountOf(request)
      const { image, sound: soundText, landmarks = false, sessionId, events: names = [] } = request.body
      const reported = names.map(kind => ({ kind }))
      // Access is checked first: no model runs for a session that the requester may not add to.
      const session = sessionId === undefined ? undefined : await eventReports.loadSession(account, sessionId)
      if (session?.userId === account.id) mustRun(session)
      const bytes = soundOf(request, soundText)
      const soundSummary = bytes === undefined ? undefined : await analyzeSoundBytes(bytes, account.id)
      const isSoundOnly = bytes !== undefined && image === undefined && request.picture === null
      const observation = isSoundOnly
        ? undefined
        : await analyzePicture(() => pictureOf(request, image), landmarks, session, account.id)
      const measuredFindings = [
        ...(observation === undefined ? [] : findingsOf(observation)),
        ...(soundSummary === undefined ? [] : findingsOfSound(soundSummary))
      ]
      const findings = [...measuredFindings, ...findingsFromNames(names)]
      const stored =
        session === undefined
          ? undefined
          : [
              ...(reported.length === 0 ? [] : (await eventReports.report(account, session, reported)).rows),
              ...(await storeFindings(session, measuredFindings))
            ]
      const reader = account.role === 'student' ? 'candidate' : 'staff'
      return {
        ...defined({ sound: soundSummary }),
        ...(observation !== undefined && { observation: observationView(observation, landmarks) }),
        events: findings.map(note => ({ ...note, event: translateEvent(request.language, note.kind) })),
        ...riskOf(findings),
        ...defined({ stored: stored?.map(row => logEntry(row, request.language, reader)) }),
        labels: findings.map(note => note.code)
      }
    }
  )

  /**
   * Stores what is noted of one picture or sound; the same kind not again so soon, for pictures may come every second.
   */
  async function storeFindings (
    session: SessionWithUser,
    notes: ReadonlyArray<Pick<Finding, 'kind' | 'detail'>>
  ): Promise<readonly EventRow[]> {
    if (notes.length === 0) return []
    const atMs = Math.min(live.now(), session.endedAtMs ?? Infinity)
    const noted = await live.recordReport(
      session.id,
      notes.map(({ kind, detail }) => ({ kind, atMs, detail: { ...detail, source: 'analysis' } })),
      QUIET_MS
    )
    return noted?.rows ?? []
  }

  async function analyzeSoundBytes (bytes: Uint8Array, source: string) {
    const pieces = await decoders.decode(bytes, { durationMsMax: SOUND_MS_MAX })
    const { file: _file, ...line } = soundLine(await analyzeSound(pieces, withSource(pool, source).listen), {
      file: ''
    })
    return line
  }

  async function analyzePicture (
    read: () => Uint8Array | undefined,
    landmarks: boolean,
    session: SessionWithUser | undefined,
    source: string
  ): Promise<Observation> {
    try {
      const picture = read()
      if (picture === undefined || picture.length === 0) throw refuse('INVIGIL_ERR_IMAGE_EMPTY')
      return (await pool.analyzeStill(picture, { landmarks, source })).observation
    } catch (error) {
      const coded = codedOf(error)
      const kind = coded === undefined ? undefined : BROKEN[coded.code]
      if (coded === undefined || kind === undefined) throw coded ?? error
      if (session !== undefined) await storeFindings(session, [{ kind, detail: { code: coded.code } }])
      throw refuse(coded.code, { details: { ...coded.details, event: codeOf(kind) }, cause: error })
    }
  }
}

export default routes

/** The event that such a picture is in a session; callers who go by event names are told it too. */
const BROKEN: Readonly<Partial<Record<ErrorCode, EventKind>>> = {
  INVIGIL_ERR_IMAGE_EMPTY: 'no_frames',
  INVIGIL_ERR_IMAGE_INVALID: 'invalid_image',
  INVIGIL_ERR_FRAME_BASE64: 'invalid_image'
}

function codedOf (error: unknown): CodedError | undefined {
  return error instanceof DetectionError || (error instanceof Error && 'code' in error) ? toCoded(error) : undefined
}

function mustRun ({ state }: SessionWithUser): void {
  if (state === 'paused') throw refuse('INVIGIL_ERR_SESSION_PAUSED')
  if (state !== 'active') throw refuse('INVIGIL_ERR_SESSION_ENDED')
}

function findingsFromNames (names: readonly string[]): Finding[] {
  return names.map(name => {
    const kind = kindOf(name)
    if (kind === undefined) {
      throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'events', problem: 'pattern' }] })
    }
    return findingOf(kind)
  })
}

/** Without what is of files and of time; lists that the answer may own. */
function observationView (observation: Observation, landmarks: boolean) {
  const { file: _file, atMs: _atMs, ...seen } = observationLine(observation, { file: '', landmarks })
  return {
    ...seen,
    faces: seen.faces.map(face => ({ ...face, box: [...face.box] })),
    hands: seen.hands.map(hand => ({ ...hand, box: [...hand.box] })),
    objects: seen.objects.map(object => ({ ...object, box: [...object.box] }))
  }
}
