import rateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import type { Cluster, Windows } from '../cluster/cluster.ts'
import { refuse } from '../errors.ts'
import { networkOf } from '../http/network.ts'

const MINUTE_MS = 60_000

/**
 * Bounds how much one account, or one address where no account is known, may ask for in a minute; a route may set a
 * smaller bound in `config.rateLimit`. A school's candidates share an address: one who is logged in does not use up the
 * others' share. Several gateways count together.
 */
export default fp<{ readonly requestsPerMinuteMax: number, readonly cluster: Cluster }>(
  async function limits (fastify, { requestsPerMinuteMax, cluster }) {
    await fastify.register(rateLimit, {
      max: requestsPerMinuteMax,
      timeWindow: MINUTE_MS,
      // Accounts and addresses remembered at once.
      cache: 20_000,
      ...(cluster.isShared && { store: storeOf(cluster) }),
      keyGenerator: (request: FastifyRequest) =>
        request.account === null ? networkOf(request.ip) : `account ${request.account.id}`,
      errorResponseBuilder: (_request: FastifyRequest, { ttl }: { readonly ttl: number }) => {
        const seconds = Math.max(1, Math.ceil(ttl / 1000))
        return refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
      }
    })
  },
  { name: 'limits', dependencies: ['refusals', 'access'] }
)

/** Counts in the windows that all gateways share, one for the server and one for each route with a bound of its own. */
function storeOf ({ windows }: Cluster): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    readonly #windows: Windows

    constructor (_settings: object, name = '') {
      this.#windows = windows(name)
    }

    incr (key: string, callback: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
      this.#windows.add(key, windowMs).then(
        ({ count, endsInMs }) => callback(null, { current: count, ttl: endsInMs }),
        error => callback(error as Error)
      )
    }

    // The types say that it gets the route; it gets the limit's settings, and in them the route.
    child (settings: unknown): FastifyRateLimitStore {
      const {
        routeInfo: { method, url }
      } = settings as { readonly routeInfo: { readonly method?: string | readonly string[], readonly url?: string } }
      return new Store({}, `${String(method)} ${url}`)
    }
  }
}
