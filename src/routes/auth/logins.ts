import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { readPasswordLink } from '../../accounts/password-link.ts'
import { hashPassword } from '../../accounts/password-hash.ts'
import { checkNewPassword, PASSWORD_CODES, PASSWORD_LENGTH } from '../../accounts/password-rules.ts'
import { refuse } from '../../errors.ts'
import { accountOf, ROLES } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { closed, IdSchema, nullable, TimeSchema } from '../schemas.ts'

const tags = ['auth']
/** Logins that are listed, the last used first. */
const LISTED_MAX = 50
/** Tries of one address in a minute: each costs a password hash. */
const RESETS_PER_MINUTE_MAX = 20

const LoginsAnswer = Type.Object({
  logins: Type.Array(
    Type.Object({
      id: IdSchema,
      startedAtMs: TimeSchema,
      usedAtMs: Type.Integer({ description: 'When its tokens were last refreshed' }),
      device: nullable(Type.String({ description: 'Browser and system; null: unknown', examples: ['Firefox, Windows'] })),
      isCurrent: Type.Boolean({ description: 'The login of this request' })
    })
  )
})

const ResetBody = closed(
  {
    token: Type.String({ minLength: 1, maxLength: 300, description: 'From the link' }),
    newPassword: Type.String({ minLength: PASSWORD_LENGTH.min, maxLength: PASSWORD_LENGTH.max })
  },
  { examples: [{ token: 'MDE5OWEx….b1Vn…', newPassword: 'another long password' }] }
)

/** A person's own logins, and the new password by a link. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config: { jwtSecret },
    services: { db, live }
  } = fastify

  fastify.get(
    '/me/logins',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Your logins that have not ended',
        response: { 200: LoginsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { id, loginHash } = accountOf(request)
      const [logins, current] = await Promise.all([
        db.refreshTokens.logins(id, Date.now(), LISTED_MAX),
        db.refreshTokens.byHash(loginHash)
      ])
      return {
        logins: logins.map(({ label, ...login }) => ({
          ...login,
          device: label,
          isCurrent: login.id === current?.familyId
        }))
      }
    }
  )

  fastify.delete(
    '/me/logins/:loginId',
    {
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'End one of your logins',
        description: 'Its tokens become invalid at once, and its sockets are closed.',
        params: closed({ loginId: IdSchema }),
        response: { 204: Type.Null({ description: 'Ended' }), ...refusals('guarded', 'INVIGIL_ERR_LOGIN_UNKNOWN') }
      }
    },
    async (request, reply) => {
      const { id } = accountOf(request)
      const { loginId } = request.params
      const own = await db.refreshTokens.logins(id, Date.now(), LISTED_MAX)
      if (!own.some(login => login.id === loginId)) throw refuse('INVIGIL_ERR_LOGIN_UNKNOWN')
      await db.refreshTokens.revokeFamily(loginId, Date.now())
      await live.accountChanged(id)
      return await reply.code(204).send(null)
    }
  )

  fastify.post(
    '/password/reset',
    {
      config: { access: { roles: 'public' }, rateLimit: { max: RESETS_PER_MINUTE_MAX } },
      schema: {
        tags,
        summary: 'Set a new password by a link from an admin',
        description:
          'The link works once. Every login of the account ends, and its known devices and its enrolled face are deleted, because someone else may have added them.',
        body: ResetBody,
        response: {
          204: Type.Null({ description: 'The new password is set; log in with it' }),
          ...refusals('public', 'INVIGIL_ERR_PASSWORD_LINK', ...PASSWORD_CODES)
        }
      }
    },
    async (request, reply) => {
      const { token, newPassword } = request.body
      const link = readPasswordLink(token, jwtSecret, Date.now())
      const user = link === undefined ? undefined : await db.users.byId(link.userId)
      if (user?.disabledAtMs !== null || user.credentialVersion !== link?.credentialVersion) throw refuse('INVIGIL_ERR_PASSWORD_LINK')
      checkNewPassword(newPassword, user)
      const passwordHash = await fastify.passwordTurns(
        { address: request.ip },
        async () => await hashPassword(newPassword)
      )
      const atMs = Date.now()
      await db.audit.append({
        actorId: user.id,
        action: 'user.password',
        targetType: 'user',
        targetId: user.id,
        detail: { link: true },
        atMs
      })
      const changed = await db.users.replacePassword(user.id, {
        passwordHash,
        ifVersion: user.credentialVersion,
        forgetsOthers: { by: user.id, address: request.ip },
        atMs
      })
      // Another request with the same link was faster.
      if (changed === undefined) throw refuse('INVIGIL_ERR_PASSWORD_LINK')
      await live.accountChanged(user.id)
      return await reply.code(204).send(null)
    }
  )
}

export default routes
