import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ERASED_KINDS } from '../../../db/index.ts'
import { signPasswordLink } from '../../accounts/password-link.ts'
import { refuse } from '../../errors.ts'
import { accountOf } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { closed, IdSchema, TimeSchema, UserIdParams } from '../schemas.ts'

const tags = ['users']
const HOUR_MS = 3_600_000
const HOURS = 24

const LinkBody = closed(
  {
    expiresInHours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 168, description: `Absent: ${HOURS}` })
    )
  },
  { examples: [{}] }
)
const LinkAnswer = Type.Object({
  link: Type.String({ description: 'Give it to the person only: who has it sets the password', format: 'uri' }),
  expiresAtMs: TimeSchema
})

const counts = <Key extends string>(keys: readonly Key[]) =>
  Type.Object(
    Object.fromEntries(keys.map(key => [key, Type.Integer()])) as Record<Key, ReturnType<typeof Type.Integer>>
  )

const ErasureAnswer = Type.Object({
  userId: IdSchema,
  erased: counts(ERASED_KINDS),
  kept: counts(['exams', 'auditEntries'])
}, { description: 'Numbers of what would be removed, and of what would stay without the name' })

/** What admins do for an account beside changing it. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config: { jwtSecret },
    services: { db }
  } = fastify
  const config = { access: { roles: ['admin'], owner: 'userId' } } as const

  fastify.post(
    '/:userId/password-link',
    {
      config,
      schema: {
        tags,
        summary: 'Create a link by which the person sets a new password',
        description:
          'The password stays as it is until the link is used. The link works once; a change of password, role or face makes it invalid.',
        params: UserIdParams,
        body: LinkBody,
        response: { 201: LinkAnswer, ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async (request, reply) => {
      const { userId } = request.params
      const user = await db.users.byId(userId)
      if (user === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      const atMs = Date.now()
      const expiresAtMs = atMs + (request.body.expiresInHours ?? HOURS) * HOUR_MS
      await db.audit.append({
        actorId: accountOf(request).id,
        action: 'user.password_link',
        targetType: 'user',
        targetId: userId,
        detail: { expiresAtMs },
        atMs
      })
      const token = signPasswordLink({ userId, credentialVersion: user.credentialVersion, expiresAtMs }, jwtSecret)
      // After the sign that browsers do not send: the token stands in no log of a proxy.
      return await reply
        .code(201)
        .send({ link: `${request.protocol}://${request.host}/reset#token=${token}`, expiresAtMs })
    }
  )

  fastify.get(
    '/:userId/erasure',
    {
      config,
      schema: {
        tags,
        summary: 'What the erasure of an account would remove',
        params: UserIdParams,
        response: { 200: ErasureAnswer, ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async request => {
      const { userId } = request.params
      const preview = await db.erasure.preview(userId)
      if (preview === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      return { userId, ...preview }
    }
  )
}

export default routes
