import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import { newId } from '../../../db/index.ts'
import { withSource } from '../../../detection/workers/with-source.ts'
import { cookieTokens, issueDeviceToken, originOf } from '../../accounts/devices.ts'
import {
  answerTokens, forgetLogin, LoginFormHeaders, loginCookieOf, refreshTokenOf, usesLoginCookie
} from '../../accounts/login-cookie.ts'
import { refuse, toCoded } from '../../errors.ts'
import { ENROLMENT_CODES, vectorOfPictures } from '../../faces/enrol.ts'
import { cleanName } from '../../names.ts'
import { checkNewPassword, PASSWORD_CODES } from '../../accounts/password-rules.ts'
import { hashPassword } from '../../accounts/password-hash.ts'
import { accountOf, ROLES } from '../../plugins/access.ts'
import { pictureOf } from '../../plugins/bodies.ts'
import {
  LoginAnswer, LoginBody, LogoutBody, OwnPasswordBody, ProfileBody, RefreshBody, SignupAnswer, SignupBody, UserSchema
} from './schemas.ts'
import { userView } from './user-view.ts'
import { createSignup, SIGNUP_CODES } from './signup.ts'
import { networkOf } from '../../http/network.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['auth']

const MINUTE_MS = 60_000
/** A sign-up as JSON, with a small picture as base64 in it; larger pictures come as files. */
const SIGNUP_JSON_BYTES_MAX = 256 * 1024
const SIGNUP_ELEMENTS_MAX = 50
/** Characters of a name in the database. */
const NAME_LENGTH_MAX = 200
/** Of the signups that one address may make, those that may bring a picture: each costs a worker's time. */
const PICTURE_SHARE = 0.2

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config,
    faces,
    logins,
    services: { db, pool, live }
  } = fastify
  const pictures = live.cluster.attempts('pictures', MINUTE_MS)
  const admit = createSignup({ fastify, db, config, cluster: live.cluster })

  // Before any work is done: a page of another site must not log its reader in.
  fastify.addHook('onRequest', async request => {
    usesLoginCookie(request)
  })

  fastify.get(
    '/me',
    {
      config: { access: { roles: ROLES } },
      schema: { tags, summary: 'The account that is logged in', response: { 200: UserSchema, ...refusals('guarded') } }
    },
    async request => {
      const user = await db.users.byId(accountOf(request).id)
      if (user === undefined) throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
      return userView(user)
    }
  )

  fastify.patch(
    '/me',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Change your name or language',
        description:
          'The chosen language is used for all texts, whatever language your device requests; only ?lang= overrides it. Sockets use it after they are opened again.',
        body: ProfileBody,
        response: { 200: UserSchema, ...refusals('guarded') }
      }
    },
    async request => {
      const { id } = accountOf(request)
      const { name, locale } = request.body
      await db.users.setProfile(id, { ...(name !== undefined && { name: cleanName(name) }), ...defined({ locale }) })
      const user = await db.users.byId(id)
      if (user === undefined) throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
      return userView(user)
    }
  )

  fastify.put(
    '/me/password',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Change your password',
        description:
          'Requires the current password; a wrong one counts as a failed login. Ends every login of the account; this login continues with the tokens in the response. The enrolled face is kept.',
        headers: LoginFormHeaders,
        body: OwnPasswordBody,
        response: {
          200: LoginAnswer,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_PASSWORD_WRONG',
            'INVIGIL_ERR_CROSS_SITE',
            'INVIGIL_ERR_LOGIN_ATTEMPTS',
            'INVIGIL_ERR_LOGIN_OVERTAKEN',
            ...PASSWORD_CODES
          )
        }
      }
    },
    async (request, reply) => {
      const { currentPassword, newPassword, deviceToken: presented } = request.body
      const user = await db.users.secretsById(accountOf(request).id)
      if (user === undefined) throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
      checkNewPassword(newPassword, user)
      const origin = originOf(request, presented)
      const { device } = await logins.confirmPassword(user, currentPassword, origin)
      const passwordHash = await fastify.passwordTurns(
        { address: request.ip, knownAccount: user.id },
        async () => await hashPassword(newPassword)
      )
      const atMs = Date.now()
      await db.audit.append({
        actorId: user.id,
        action: 'user.password',
        targetType: 'user',
        targetId: user.id,
        detail: { own: true },
        atMs
      })
      const credentialVersion = await db.users.replacePassword(user.id, {
        passwordHash,
        ifVersion: user.credentialVersion,
        forgetsOthers: false,
        atMs
      })
      if (credentialVersion === undefined) throw refuse('INVIGIL_ERR_LOGIN_OVERTAKEN')
      const { tokens, deviceToken } = await logins.begin(
        { ...user, credentialVersion, tokensValidAfterMs: atMs + 1 },
        origin,
        device
      )
      await live.accountChanged(user.id)
      return {
        ...answerTokens(request, reply, tokens),
        ...issueDeviceToken(request, reply, deviceToken),
        user: userView(user)
      }
    }
  )

  fastify.post(
    '/signup',
    {
      config: {
        access: { roles: 'public' },
        picture: 'face',
        jsonElementsMax: SIGNUP_ELEMENTS_MAX,
        rateLimit: { max: config.signupsPerMinuteMax }
      },
      bodyLimit: SIGNUP_JSON_BYTES_MAX,
      schema: {
        tags,
        summary: 'Create an account',
        description: `As JSON of at most ${SIGNUP_JSON_BYTES_MAX / 1024} KB, or as multipart/form-data with a larger picture. The SIGNUP setting decides who may create an account: everyone, only people with an invitation, or only admins. Without an invitation the account is a student; an invitation sets the role, and an admin who sends an access token may create any role. If the email address is already in use, the response says so and is the same for every role.`,
        consumes: ['application/json', 'multipart/form-data'],
        headers: LoginFormHeaders,
        body: SignupBody,
        response: {
          201: SignupAnswer,
          ...refusals(
            'public',
            'INVIGIL_ERR_FORBIDDEN',
            'INVIGIL_ERR_CROSS_SITE',
            ...SIGNUP_CODES,
            'INVIGIL_ERR_EMAIL_TAKEN',
            'INVIGIL_ERR_LOGIN_OVERTAKEN',
            ...PASSWORD_CODES,
            ...ENROLMENT_CODES
          )
        }
      }
    },
    async (request, reply) => {
      const { email, password, locale = 'auto', face } = request.body
      // An address may be longer than a name.
      const name = request.body.name === undefined ? email.slice(0, NAME_LENGTH_MAX) : cleanName(request.body.name)
      // Looked at before any work is done for the stranger.
      const admission = await admit(request, request.body)
      checkNewPassword(password, { email, name })
      if ((await db.users.byEmail(email)) !== undefined) throw refuse('INVIGIL_ERR_EMAIL_TAKEN')
      const picture = pictureOf(request, face)
      const vector = picture === undefined ? undefined : await vectorOfStranger(picture, request.ip)
      const passwordHash = await fastify.passwordTurns(
        { address: request.ip },
        async () => await hashPassword(password)
      )
      const id = newId()
      // Account and face are one row: no moment between them in which the account could be changed.
      const faceEmbedding = vector === undefined ? null : await faces.seal(id, vector)
      const user = await admission
        .create({
          id,
          email,
          name,
          locale,
          passwordHash,
          faceEmbedding,
          faceFrom: { by: id, address: request.ip },
          createdAtMs: Date.now()
        })
        .catch(error => {
          throw isTaken(error) ? refuse('INVIGIL_ERR_EMAIL_TAKEN', { cause: error }) : error
        })
      await admission.done()
      if (admission.isByAdmin) return await reply.code(201).send({ user: userView(user) })
      const { tokens, deviceToken } = await logins.begin(user, originOf(request), undefined)
      return await reply
        .code(201)
        .send({
          ...answerTokens(request, reply, tokens),
          ...issueDeviceToken(request, reply, deviceToken),
          user: userView(user)
        })
    }
  )

  fastify.post(
    '/login/password',
    {
      config: { access: { roles: 'public' } },
      schema: {
        tags,
        summary: 'Log in with email address and password',
        description: 'As JSON, or as an HTML form with username and password.',
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        headers: LoginFormHeaders,
        body: LoginBody,
        response: {
          200: LoginAnswer,
          ...refusals(
            'public',
            'INVIGIL_ERR_LOGIN_FAILED',
            'INVIGIL_ERR_CROSS_SITE',
            'INVIGIL_ERR_ACCOUNT_DISABLED',
            'INVIGIL_ERR_LOGIN_ATTEMPTS',
            'INVIGIL_ERR_LOGIN_OVERTAKEN'
          )
        }
      }
    },
    async (request, reply) => {
      const { email = request.body.username, password, deviceToken: presented } = request.body
      if (email === undefined) {
        throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'email', problem: 'required' }] })
      }
      const origin = originOf(request, presented)
      const { user, device } = await logins.byPassword(email, password, origin)
      const { tokens, deviceToken } = await logins.begin(user, origin, device)
      return {
        ...answerTokens(request, reply, tokens),
        ...issueDeviceToken(request, reply, deviceToken),
        user: userView(user)
      }
    }
  )

  fastify.post(
    '/refresh',
    {
      config: { access: { roles: 'public' } },
      schema: {
        tags,
        summary: 'Exchange a refresh token for a new pair of tokens',
        description:
          'A refresh token works once. A second use ends the login, because another program must have a copy of the token. There are two exceptions: within 20 seconds and while the new token is unused, because the response may have been lost; and until it expires from the browser that logged in, identified by its device cookie, because a duplicated tab has a copy of the token.',
        headers: LoginFormHeaders,
        body: RefreshBody,
        response: {
          200: LoginAnswer,
          ...refusals('public', 'INVIGIL_ERR_REFRESH_INVALID', 'INVIGIL_ERR_REFRESH_REUSED', 'INVIGIL_ERR_CROSS_SITE')
        }
      }
    },
    async (request, reply) => {
      const presented = refreshTokenOf(request, request.body.refreshToken)
      try {
        const { user, ...tokens } = await logins.refresh(presented, cookieTokens(request))
        return { ...answerTokens(request, reply, tokens), user: userView(user) }
      } catch (error) {
        // A login that has ended. On any other failure the page tries again with the same cookie.
        if (toCoded(error).statusCode === 401 && presented === loginCookieOf(request)) forgetLogin(request, reply)
        throw error
      }
    }
  )

  fastify.post(
    '/logout',
    {
      config: { access: { roles: ROLES, passes: isCookieLogout } },
      schema: {
        tags,
        summary: 'Log out, on this device or on every device',
        description:
          'The access token becomes invalid at once, and sockets that were opened with it are closed. Pages of this server may send the login cookie instead of an access token, such as when that has expired.',
        headers: LoginFormHeaders,
        body: LogoutBody,
        response: {
          204: Type.Null({ description: 'Logged out' }),
          ...refusals('guarded', 'INVIGIL_ERR_CROSS_SITE')
        }
      }
    },
    async (request, reply) => {
      const isCookie = usesLoginCookie(request)
      const stored = isCookie ? loginCookieOf(request) : undefined
      const ended = [
        request.account ?? undefined,
        stored === undefined ? undefined : await logins.ofRefreshToken(stored)
      ].filter(login => login !== undefined)
      for (const login of ended) {
        if (request.body.everywhere === true) await logins.endAll(login.id)
        else await logins.end(login)
        await live.accountChanged(login.id)
      }
      if (isCookie) forgetLogin(request, reply)
      return await reply.code(204).send(null)
    }
  )

  async function vectorOfStranger (picture: Uint8Array, address: string): Promise<Float32Array> {
    const max = Math.max(1, Math.floor(config.signupsPerMinuteMax * PICTURE_SHARE))
    const waitMs = await pictures.tryAcquire([{ key: networkOf(address), max }], Date.now())
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
    }
    return await vectorOfPictures(withSource(pool, `network ${networkOf(address)}`), [picture], { stranger: true })
  }
}

export default routes

/** A page whose access token has run out can still log out, by the cookie. */
function isCookieLogout (request: FastifyRequest): boolean {
  const isWithoutToken = request.headers.authorization === undefined
  return isWithoutToken && loginCookieOf(request) !== undefined && usesLoginCookie(request)
}

function isTaken (error: unknown): boolean {
  return error instanceof Error && error.name === 'DatabaseError' && 'code' in error && error.code === 'unique'
}
