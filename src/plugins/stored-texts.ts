import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import { refuse } from '../errors.ts'
import { unstorable } from '../stored-text.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The field of the body that is stored as JSON, which keeps every text whole: somebody's work is not refused for a
     * sign in it.
     */
    anyTextIn?: string
  }
}

/**
 * Refuses texts that the databases would not keep as they are, in bodies, queries and paths, with the name of the
 * field.
 */
export default fp(
  async function storedTexts (fastify) {
    fastify.addHook('preValidation', async request => {
      const { anyTextIn } = request.routeOptions.config
      // A body that is still a stream holds no texts: its handler reads it. The stream's own object leads to the whole
      // server, and a walk through it would not end.
      let body: unknown = request.body instanceof Readable ? undefined : request.body
      if (anyTextIn !== undefined && typeof body === 'object' && body !== null) {
        const { [anyTextIn]: _whole, ...rest } = body as Record<string, unknown>
        body = rest
      }
      const field = unstorable(body) ?? unstorable(request.query) ?? unstorable(request.params)
      if (field !== undefined) {
        throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: field === '' ? 'body' : field, problem: 'text' }] })
      }
    })
  },
  { name: 'stored-texts', dependencies: ['bodies'] }
)
