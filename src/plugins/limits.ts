import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import { refuse } from '../errors.ts'

const MINUTE_MS = 60_000

/** Whom a limit by address counts: of IPv6 the /64 network, since whoever has one address of it has all of them. */
export function networkOf (address: string): string {
  return normalizeIP(address)
}

/**
 * Bounds how much one account, or one address where no account is known, may ask for in a minute; a route may set a smaller
 * bound in `config.rateLimit`. A school's candidates share an address: one who is logged in does not use up the others' share.
 */
export default fp<{ readonly requestsPerMinuteMax: number }>(async function limits (fastify, { requestsPerMinuteMax }) {
  await fastify.register(rateLimit, {
    max: requestsPerMinuteMax,
    timeWindow: MINUTE_MS,
    // Accounts and addresses remembered at once.
    cache: 20_000,
    keyGenerator: (request: FastifyRequest) => request.account === null ? networkOf(request.ip) : `account ${request.account.id}`,
    errorResponseBuilder: (_request: FastifyRequest, { ttl }: { readonly ttl: number }) => {
      const seconds = Math.max(1, Math.ceil(ttl / 1000))
      return refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
    }
  })
}, { name: 'limits', dependencies: ['refusals', 'access'] })
