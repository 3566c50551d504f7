import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { refuse } from '../../errors.ts'
import { accountOf, ROLES } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { auditOf } from '../audit-of.ts'
import { UserIdParams } from '../schemas.ts'
import { filesOf } from './person-file.ts'
import { zipOf } from './zip.ts'

/** Files of one account in a minute: each may read hours of recordings. */
const PER_MINUTE_MAX = 3

/** Everything that is stored about a person, in one file. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, media } = fastify.services
  const audit = auditOf(db, 'user')

  fastify.get(
    '/:userId/export',
    {
      config: {
        access: { roles: ROLES, owner: 'userId', ownerRoles: ['student', 'teacher'] },
        rateLimit: { max: PER_MINUTE_MAX }
      },
      schema: {
        tags: ['users'],
        summary: 'Everything that is stored about a person, as a zip',
        description: 'For oneself, and for admins. JSON files by subject (account, faces, consents, sessions, events, messages, attempts with answers, reviews, analyses of recordings), recordings with their storyboards, evidence, and signed reports (after the decision). It leaves out what candidates do not read: measured values, notes of staff, grades that are not released. `missing.json` lists media that could not be read. If the connection is aborted, the file is incomplete.',
        params: UserIdParams,
        response: {
          200: {
            description: 'The zip',
            content: { 'application/zip': { schema: Type.String({ format: 'binary', examples: ['PK'] }) } }
          },
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_USER_UNKNOWN')
        }
      }
    },
    async (request, reply) => {
      const { userId } = request.params
      const user = await db.users.byId(userId)
      if (user === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      await audit(accountOf(request).id, 'user.export', userId)
      const content = zipOf(filesOf({ db, vault: media.vault }, user))
      return await reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${userId}.zip"`)
        .header('cache-control', 'no-store')
        .send(content as never)
    }
  )
}

export default routes
