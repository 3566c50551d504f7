import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import type { FaceChange } from '../../../db/index.ts'
import { withSource } from '../../../detection/workers/with-source.ts'
import { issueDeviceToken, originOf } from '../../accounts/devices.ts'
import { answerTokens, LoginFormHeaders, usesLoginCookie } from '../../accounts/login-cookie.ts'
import { refuse, toCoded } from '../../errors.ts'
import { CHALLENGE_SECONDS, createChallenges } from '../../faces/challenges.ts'
import { AT_ONCE, checkFrames, isEnrolled, type LoginFrame } from '../../faces/check-frames.ts'
import { ENROLMENT_CODES, vectorOfPictures } from '../../faces/enrol.ts'
import { createReplays, hashOfFrame } from '../../faces/replays.ts'
import { createLimiter } from '../../../detection/limiter.ts'
import { readBase64 } from '../../protocol/media-frame.ts'
import { accountOf, ROLES } from '../../plugins/access.ts'
import { pictureBodyLimit, pictureOf } from '../../plugins/bodies.ts'
import type { LoginAttempt } from '../../plugins/login-attempts.ts'
import { DAY_MS, requireQuota } from '../../quotas.ts'
import { LoginAnswer } from './schemas.ts'
import {
  ChallengeAnswer, ChallengeBody, ENROL_PICTURES_MAX, EnrolAnswer, ENROL_JSON_BYTES_MAX, EnrolBody, FaceLoginBody,
  LOGIN_ELEMENTS_MAX, LOGIN_FORM_BYTES_MAX, LOGIN_FRAME_BYTES_MAX, LOGIN_FRAMES_MAX, LOGIN_JSON_BYTES_MAX
} from './face-schemas.ts'
import { userView } from './user-view.ts'
import { networkOf } from '../../http/network.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['auth']
/** Logins by face one address may try in a minute: each costs the workers some two seconds. */
const LOGINS_PER_MINUTE_MAX = 30
/**
 * Logins by face that wait while others are looked at, a few seconds each; a client should not wait much longer for its
 * answer.
 */
const WAITING_MAX = 8
/** Enrolments of one account in a minute: each has up to five pictures. */
const ENROLMENTS_PER_MINUTE_MAX = 10
/** The frames cannot span more time than has passed since the challenge was made, but for the clocks' steps. */
const CLOCK_SLACK_MS = 1000

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config,
    faces,
    logins,
    services: { db, live, pool }
  } = fastify
  const { cluster } = live
  const challenges = createChallenges(cluster.once)
  const replays = createReplays(cluster.once)
  // More at once would have the pool refuse frames of strangers halfway through a login.
  const inTurn = createLimiter({
    atOnce: Math.max(1, Math.floor(pool.stats().workers / AT_ONCE)),
    waitingMax: WAITING_MAX,
    onFull: () => refuse('INVIGIL_ERR_OVERLOADED')
  })
  // Draws are limited, so that a client cannot draw until the steps match a recording.
  const draws = cluster.attempts('draws', config.loginWindowMs)
  const drawsMax = config.loginAttemptsMax * 2
  const drawKeys = (account: string, address: string): [pair: string, account: string] => [
    `pair ${networkOf(address)} ${account}`,
    `account ${account}`
  ]

  // Before any work is done: a page of another site must not log its reader in.
  fastify.addHook('onRequest', async request => {
    usesLoginCookie(request)
  })

  fastify.put(
    '/me/face',
    {
      config: {
        access: { roles: ROLES },
        picture: 'face',
        pictures: { field: 'faces', max: ENROL_PICTURES_MAX },
        formBytesMax: pictureBodyLimit(config.frameBytesMax) * 2,
        jsonElementsMax: ENROL_PICTURES_MAX + 10,
        rateLimit: { max: ENROLMENTS_PER_MINUTE_MAX }
      },
      bodyLimit: ENROL_JSON_BYTES_MAX,
      schema: {
        tags,
        summary: 'Enroll your face',
        description: `One picture, or up to ${ENROL_PICTURES_MAX}: as files, or small ones as base64 in JSON. They replace an earlier enrollment, which is set aside while a legal hold covers you. The server stores only numbers computed from the pictures, encrypted. The history records the time and the network address. Not possible while you have an open session.`,
        consumes: ['application/json', 'multipart/form-data'],
        body: EnrolBody,
        response: {
          200: EnrolAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_FACE_IN_USE', 'INVIGIL_ERR_QUOTA', ...ENROLMENT_CODES)
        }
      }
    },
    async request => {
      const { face, faces: several } = request.body
      const files = request.pictures ?? []
      const isMixed =
        [face !== undefined || request.picture !== null, several !== undefined, files.length > 0].filter(Boolean)
          .length > 1
      if (isMixed) throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'faces', problem: 'unknown' }] })
      const pictures =
        files.length > 0
          ? files
          : several === undefined
            ? [pictureOf(request, face)]
            : several.map(text => pictureOf(request, text))
      const given = pictures.flatMap(picture => (picture === undefined || picture.length === 0 ? [] : [picture]))
      if (given.length === 0 || given.length < pictures.length) throw refuse('INVIGIL_ERR_IMAGE_EMPTY')
      const { id } = accountOf(request)
      await requireNoSession(id)
      requireQuota('faceChangesADay', await db.faceEnrollments.changesSince(id, live.now() - DAY_MS))
      const vector = await vectorOfPictures(withSource(pool, id), given)
      // One may have begun meanwhile; asked before the audit entry is written.
      await requireNoSession(id)
      await db.audit.append({
        actorId: id,
        action: 'face.enrol',
        targetType: 'user',
        targetId: id,
        detail: { pictures: given.length },
        atMs: Date.now()
      })
      const outcome = await faces.store(id, vector, changeOf(request))
      if (outcome === 'missing') throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
      if (outcome === 'in_use') throw refuse('INVIGIL_ERR_FACE_IN_USE')
      return { hasFace: true, pictures: given.length }
    }
  )

  fastify.delete(
    '/me/face',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Delete your enrolled face',
        description: 'Not possible while you have an open session.',
        response: { 204: Type.Null({ description: 'Deleted' }), ...refusals('guarded', 'INVIGIL_ERR_FACE_IN_USE', 'INVIGIL_ERR_LEGAL_HOLD') }
      }
    },
    async (request, reply) => {
      const { id } = accountOf(request)
      await requireNoSession(id)
      if (await db.holds.covers(id)) throw refuse('INVIGIL_ERR_LEGAL_HOLD')
      await db.audit.append({
        actorId: id,
        action: 'face.remove',
        targetType: 'user',
        targetId: id,
        detail: {},
        atMs: Date.now()
      })
      if ((await faces.remove(id, changeOf(request))) === 'in_use') throw refuse('INVIGIL_ERR_FACE_IN_USE')
      return await reply.code(204).send(null)
    }
  )

  fastify.post(
    '/login/face/challenge',
    {
      config: { access: { roles: 'public' } },
      schema: {
        tags,
        summary: 'Start a login by face',
        description:
          'Returns the movements to make in front of the camera. The response does not reveal whether the account exists. A repeated request within a short time returns the same movements.',
        body: ChallengeBody,
        response: { 200: ChallengeAnswer, ...refusals('public', 'INVIGIL_ERR_LOGIN_ATTEMPTS') }
      }
    },
    async request => {
      const account = request.body.email.trim().toLowerCase()
      const asking = { email: account, network: networkOf(request.ip) }
      const nowMs = Date.now()
      let challenge = await challenges.again(asking, nowMs)
      if (challenge === undefined) {
        const [pair, all] = drawKeys(account, request.ip)
        // As with tries to log in: others may not lock out the owner, where he has logged in from. One draw in a while
        // is bound enough there.
        const isKnown = await logins.attempts.isKnown(account, originOf(request, request.body.deviceToken))
        const waitMs = await draws.tryAcquire(
          [
            { key: pair, max: isKnown ? Infinity : drawsMax },
            { key: all, max: isKnown ? Infinity : drawsMax * 5 }
          ],
          nowMs
        )
        if (waitMs > 0) {
          throw refuse('INVIGIL_ERR_LOGIN_ATTEMPTS', {
            values: { seconds: Math.ceil(waitMs / 1000) },
            details: { retryAfterSeconds: Math.ceil(waitMs / 1000) }
          })
        }
        challenge = await challenges.issue(asking, nowMs)
      }
      const { nonce, steps, issuedAtMs } = challenge
      return {
        nonce,
        steps: [...steps],
        expiresInSeconds: Math.floor((issuedAtMs + CHALLENGE_SECONDS * 1000 - nowMs) / 1000)
      }
    }
  )

  fastify.post(
    '/login/face',
    {
      config: {
        access: { roles: 'public' },
        pictures: { field: 'frames', max: LOGIN_FRAMES_MAX, bytesMax: LOGIN_FRAME_BYTES_MAX },
        formBytesMax: LOGIN_FORM_BYTES_MAX,
        jsonElementsMax: LOGIN_ELEMENTS_MAX,
        rateLimit: { max: LOGINS_PER_MINUTE_MAX }
      },
      bodyLimit: LOGIN_JSON_BYTES_MAX,
      schema: {
        tags,
        summary: 'Log in by face',
        description:
          'The frames must show the movements of the challenge and exactly one live face, which must match the enrolled face. Without an anti-spoof model, only students can log in by face. The response explains problems with the movements; all failures that could reveal whether the account exists have the same response. Send frames as files in multipart/form-data, or small ones as base64 in JSON.',
        consumes: ['application/json', 'multipart/form-data'],
        headers: LoginFormHeaders,
        body: FaceLoginBody,
        response: {
          200: LoginAnswer,
          ...refusals(
            'public',
            'INVIGIL_ERR_FACE_LOGIN_FAILED',
            'INVIGIL_ERR_CROSS_SITE',
            'INVIGIL_ERR_ACCOUNT_DISABLED',
            'INVIGIL_ERR_LOGIN_ATTEMPTS',
            'INVIGIL_ERR_LOGIN_OVERTAKEN',
            'INVIGIL_ERR_FACE_CHALLENGE_GONE',
            'INVIGIL_ERR_FACE_CHALLENGE_FAILED',
            'INVIGIL_ERR_FRAME_BASE64',
            'INVIGIL_ERR_IMAGE_INVALID',
            'INVIGIL_ERR_IMAGE_TOO_LARGE',
            'INVIGIL_ERR_WORKER_LOST',
            'INVIGIL_ERR_OVERLOADED',
            'INVIGIL_ERR_SOURCE_SUSPENDED'
          )
        }
      }
    },
    async (request, reply) => {
      const attempt = await logins.attempts.take(request.body.email, originOf(request, request.body.deviceToken))
      try {
        const user = await logIn(request, attempt, request.body)
        const { tokens, deviceToken } = await logins.begin(
          user,
          originOf(request, request.body.deviceToken),
          attempt.device
        )
        return {
          ...answerTokens(request, reply, tokens),
          ...issueDeviceToken(request, reply, deviceToken),
          user: userView(user)
        }
      } catch (error) {
        // A worker that was lost may have been killed by these very frames.
        const { statusCode, code } = toCoded(error)
        if (statusCode >= 500 && code !== 'INVIGIL_ERR_WORKER_LOST') await attempt.undone()
        throw error
      }
    }
  )

  async function logIn (request: FastifyRequest, attempt: LoginAttempt, body: Static<typeof FaceLoginBody>) {
    const nowMs = Date.now()
    const challenge = await challenges.take(body.nonce, attempt.account, nowMs)
    if (challenge === undefined) throw refuse('INVIGIL_ERR_FACE_CHALLENGE_GONE')
    const frames = framesOf(request, body)
    if (spanMs(frames) > nowMs - challenge.issuedAtMs + CLOCK_SLACK_MS) throw failed('too_slow')

    // The frames come first and the account after, so that neither answer nor time tells whether there is one.
    const { failure, vectors, isOnePerson, live } = await inTurn(
      async () => await checkFrames(withSource(pool, `network ${networkOf(request.ip)}`), challenge.steps, frames)
    )
    if (failure !== undefined) throw failed(failure)
    const hashes = frames.map(({ bytes }) => hashOfFrame(bytes))
    const isNew = !(await replays.has(hashes))
    const { versions } = await pool.ready
    const user = await db.users.secretsByEmail(attempt.account)
    // Where no model tells a face from a picture of one, what staff may do is not to be had by a picture.
    const isLive = live ?? (!('spoofV2' in versions || 'spoofV1SE' in versions) && user?.role === 'student')
    const enrolled = user === undefined ? undefined : await faces.open(user)
    const isMatch = enrolled !== undefined && isEnrolled(enrolled, vectors)
    if (user === undefined || !isMatch || !isOnePerson || !isLive || !isNew) {
      request.log.info({ isOnePerson, isLive, isMatch, isNew }, 'login by face refused')
      throw refuse('INVIGIL_ERR_FACE_LOGIN_FAILED')
    }
    await replays.add(hashes)
    await Promise.all([attempt.succeeded(), draws.release(drawKeys(attempt.account, request.ip))])
    if (user.disabledAtMs !== null) throw refuse('INVIGIL_ERR_ACCOUNT_DISABLED')
    return user
  }

  /** The owner changes the face. */
  function changeOf (request: FastifyRequest): FaceChange {
    return { by: accountOf(request).id, address: request.ip, atMs: live.now() }
  }

  /** Whoever sits in an exam is compared with the face of its start, also after a new connection or a restart. */
  async function requireNoSession (userId: string): Promise<void> {
    if ((await db.sessions.openByUser(userId)) !== undefined) throw refuse('INVIGIL_ERR_FACE_IN_USE')
  }
}

export default routes

/** The frames as files of a form with a time each, or as base64 in JSON. */
function framesOf (
  { pictures }: FastifyRequest,
  { frames, atMs = [] }: Static<typeof FaceLoginBody>
): readonly LoginFrame[] {
  if (pictures === null) {
    if (frames === undefined) {
      throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'frames', problem: 'required' }] })
    }
    return frames.map(readFrame)
  }
  if (pictures.length === 0) {
    throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'frames', problem: 'required' }] })
  }
  if (pictures.length !== atMs.length) {
    throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'atMs', problem: 'other' }] })
  }
  return pictures.map((bytes, index) => ({ bytes, atMs: atMs[index]! }))
}

function readFrame ({ data, atMs }: { readonly data: string, readonly atMs: number }): LoginFrame {
  const read = readBase64(data)
  if (read.type === 'error') throw refuse(read.code)
  if (read.bytes.length > LOGIN_FRAME_BYTES_MAX) {
    throw refuse('INVIGIL_ERR_IMAGE_TOO_LARGE', { details: { bytesMax: LOGIN_FRAME_BYTES_MAX } })
  }
  return { bytes: read.bytes, atMs }
}

function spanMs (frames: readonly LoginFrame[]): number {
  return (frames.at(-1)?.atMs ?? 0) - (frames[0]?.atMs ?? 0)
}

function failed (reason: string) {
  return refuse('INVIGIL_ERR_FACE_CHALLENGE_FAILED', { details: { reason } })
}
