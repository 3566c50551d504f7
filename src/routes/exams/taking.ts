import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { applyPolicy } from '../../../detection/events/policy.ts'
import type { EventKind } from '../../../detection/types.ts'
import { refuse } from '../../errors.ts'
import { PREFLIGHT_MS_MAX } from '../../exams/admission.ts'
import { policyFor } from '../../policy/exam-policy.ts'
import { translateEvent } from '../../i18n/translate.ts'
import { accountOf, examOf, ROLES } from '../../plugins/access.ts'
import { pictureBodyLimit, pictureOf } from '../../plugins/bodies.ts'
import { QUOTAS } from '../../quotas.ts'
import { findingsOf } from '../../analysis/notes.ts'
import { startAnswer } from '../attempts/attempt-view.ts'
import { AttemptStartAnswer } from '../attempts/schemas.ts'
import { EmptyBody } from '../exam/schemas.ts'
import { ExamIdParams } from '../schemas.ts'
import { PreflightAnswer, PreflightBody } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['taking']

/** What must not be seen on the picture before an exam. */
const PREFLIGHT_KINDS: ReadonlySet<EventKind> = new Set([
  'face_missing',
  'multiple_faces',
  'extra_person',
  'looking_away',
  'phone',
  'camera_blocked',
  'camera_upside_down',
  'too_dark',
  'too_blurry'
])
/** Checks one student may ask for in a minute: each costs a worker some 50 ms. */
const PER_MINUTE_MAX = 30

/** What a student does before the first question. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config,
    attempts,
    services: { db, pool, live }
  } = fastify
  /** Students; and who was one when the open attempt began, to go on with it. */
  const access = { roles: ROLES, owner: 'examId', whileTakingExam: 'only' } as const

  fastify.post(
    '/:examId/preflight',
    {
      config: { access, picture: ['image', 'file'], jsonElementsMax: 20, rateLimit: { max: PER_MINUTE_MAX } },
      bodyLimit: pictureBodyLimit(config.frameBytesMax),
      schema: {
        tags,
        summary: 'Check the camera before the exam',
        description:
          'Checks one picture by the rules of the exam; the result is valid for 15 minutes. The picture is not stored.',
        consumes: ['application/json', 'multipart/form-data'],
        params: ExamIdParams,
        body: PreflightBody,
        response: {
          200: PreflightAnswer,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_EXAM_UNKNOWN',
            'INVIGIL_ERR_IMAGE_EMPTY',
            'INVIGIL_ERR_FRAME_BASE64',
            'INVIGIL_ERR_IMAGE_INVALID',
            'INVIGIL_ERR_IMAGE_TOO_LARGE',
            'INVIGIL_ERR_MEDIA_TYPE',
            'INVIGIL_ERR_WORKER_LOST',
            'INVIGIL_ERR_OVERLOADED',
            'INVIGIL_ERR_SOURCE_SUSPENDED'
          )
        }
      }
    },
    async request => {
      const exam = examOf(request)
      const userId = accountOf(request).id
      const picture = pictureOf(request, request.body.image)
      if (picture === undefined || picture.length === 0) throw refuse('INVIGIL_ERR_IMAGE_EMPTY')
      const [{ observation }, accommodation] = await Promise.all([
        pool.analyzeStill(picture, { source: userId }),
        db.exams.accommodation(exam.id, userId)
      ])
      const { policy } = policyFor(exam, accommodation?.flags)
      const kinds = findingsOf(observation)
        .map(note => note.kind)
        .filter(kind => PREFLIGHT_KINDS.has(kind) && applyPolicy(kind, policy).enabled)
      const { isPassed, atMs } = await db.exams.addPreflight({
        examId: exam.id,
        userId,
        isPassed: kinds.length === 0,
        checks: { problems: kinds },
        atMs: live.now()
      })
      await db.quotas.trimPreflights(exam.id, userId, QUOTAS.preflightsOfExam)
      return {
        isPassed,
        problems: kinds.map(kind => ({ kind, event: translateEvent(request.language, kind) })),
        atMs,
        validUntilMs: atMs + PREFLIGHT_MS_MAX
      }
    }
  )

  fastify.post(
    '/:examId/start',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Start an attempt or continue the open one',
        description:
          'Also starts the proctored session. 200 instead of 201 means that the attempt was already open. An overloaded or draining gateway starts no new attempt and returns 503 with Retry-After.',
        params: ExamIdParams,
        body: EmptyBody,
        response: {
          200: AttemptStartAnswer,
          201: AttemptStartAnswer,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_EXAM_UNKNOWN',
            'INVIGIL_ERR_EXAM_CLOSED',
            'INVIGIL_ERR_EXAM_OTHER_OPEN',
            'INVIGIL_ERR_ATTEMPTS_EXHAUSTED',
            'INVIGIL_ERR_TERMINATED',
            'INVIGIL_ERR_CONSENT_NEEDED',
            'INVIGIL_ERR_PREFLIGHT_MISSING',
            'INVIGIL_ERR_IDENTITY_NEEDED',
            'INVIGIL_ERR_BUSY',
            'INVIGIL_ERR_DRAINING'
          )
        }
      }
    },
    async (request, reply) => {
      const started = await attempts.start(examOf(request), accountOf(request).id)
      return await reply.code(started.created ? 201 : 200).send(await startAnswer(fastify.services.db, started))
    }
  )
}

export default routes
