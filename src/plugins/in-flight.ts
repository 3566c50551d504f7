import fp from 'fastify-plugin'
import type { FastifyReply } from 'fastify'
import { PIPELINE_CUT } from '../http/http-server.ts'
import { refuse } from '../errors.ts'
import type { Counters } from '../counters.ts'
import { isUpgrade } from '../http/non-websocket-upgrade.ts'
import { createShares, type Place, type Shares } from '../http/request-shares.ts'
import { networkOf } from '../http/network.ts'

/**
 * Requests of one account that are served at once, and that wait beside them. A page has six connections; another
 * system that reports for a whole exam with one account may send a burst. A flood of one account delays that account
 * only.
 */
export const ACCOUNT_SHARE = { runningMax: 8, waitingMax: 56 }
/** The same for one address without an account: a school behind one address logs in at the same moment. */
export const ADDRESS_SHARE = { runningMax: 256, waitingMax: 1024 }
/** Multipart forms of one address without an account: each may hold some megabytes in memory until it is whole. */
export const FORM_SHARE = { runningMax: 32, waitingMax: 0 }

const RETRY_SECONDS = 1

declare module 'fastify' {
  interface FastifyRequest {
    /** The place of a request without an account; given back when its answer is made. */
    place: Place | null
  }
}

/**
 * Bounds the requests under way of one account, or of one address where no account is named. The limit of requests a
 * minute counts them; this one bounds what they hold at one moment. An account takes its place before its body is read,
 * by the signature of its token alone. An address takes its place after that: bodies that trickle in must not take the
 * places of others behind the same address.
 */
export default fp<{ readonly counters: Pick<Counters, 'requests'> }>(
  async function inFlight (
    fastify,
    {
      counters: {
        requests: { dropped }
      }
    }
  ) {
    const accounts = createShares(ACCOUNT_SHARE)
    const addresses = createShares(ADDRESS_SHARE)
    const forms = createShares(FORM_SHARE)

    fastify.decorateRequest('place', null)
    fastify.server.on(PIPELINE_CUT, () => {
      dropped.pipelined++
    })

    async function enter (
      shares: Shares,
      key: string,
      cause: keyof typeof dropped,
      reply: FastifyReply
    ): Promise<Place> {
      const place = shares.ask(key)
      if (place === undefined) {
        dropped[cause]++
        throw refuse('INVIGIL_ERR_TOO_MANY_AT_ONCE', {
          values: { seconds: RETRY_SECONDS },
          details: { retryAfterSeconds: RETRY_SECONDS }
        })
      }
      // A request that lost its connection gets no response, so no response event frees its place.
      reply.raw.once('close', place.leave)
      reply.raw.once('finish', place.leave)
      await place.turn
      return place
    }

    fastify.addHook('onRequest', async (request, reply) => {
      // An upgrade's answer never ends; sockets have limits of their own. Health and metrics are for machines that
      // watch us.
      if (request.is404 || isUpgrade(request.raw) || request.routeOptions.config.rateLimit === false) return
      const id = fastify.claimedId(request)
      if (id !== undefined) await enter(accounts, id, 'account', reply)
      else if (/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) {
        await enter(forms, networkOf(request.ip), 'form', reply)
      }
    })

    fastify.addHook('preHandler', async (request, reply) => {
      if (
        request.is404 ||
        isUpgrade(request.raw) ||
        request.routeOptions.config.rateLimit === false ||
        fastify.claimedId(request) !== undefined
      ) { return }
      request.place = await enter(addresses, networkOf(request.ip), 'address', reply)
    })

    fastify.addHook('onSend', async request => {
      request.place?.leave()
    })
  },
  { name: 'in-flight', dependencies: ['auth'] }
)
