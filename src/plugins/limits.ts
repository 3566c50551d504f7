import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import { refuse } from '../errors.ts'

const MINUTE_MS = 60_000

/** Bounds how much one address may ask for in a minute; a route may set a smaller bound in `config.rateLimit`. */
export default fp<{ readonly requestsPerMinuteMax: number }>(async function limits (fastify, { requestsPerMinuteMax }) {
  await fastify.register(rateLimit, {
    max: requestsPerMinuteMax,
    timeWindow: MINUTE_MS,
    // Addresses remembered at once.
    cache: 20_000,
    errorResponseBuilder: (_request: FastifyRequest, { ttl }: { readonly ttl: number }) => {
      const seconds = Math.max(1, Math.ceil(ttl / 1000))
      return refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
    }
  })
}, { name: 'limits', dependencies: ['refusals'] })
