import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refusals } from '../../plugins/error-responses.ts'
import { jwkOf } from '../../reports/plugin.ts'
import { KeysAnswer } from './schemas.ts'

const routes: FastifyPluginAsyncTypebox = async fastify => {
  fastify.get(
    '/.well-known/invigil-keys.json',
    {
      config: { access: { roles: 'public' } },
      schema: {
        tags: ['report'],
        summary: 'The public keys that signed reports here, the first one first',
        description: 'Keys stay in this list, so that old reports can be checked.',
        response: { 200: KeysAnswer, ...refusals('public') }
      }
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-cache')
      return { keys: (await fastify.reports.keys()).map(jwkOf) }
    }
  )
}

export default routes
