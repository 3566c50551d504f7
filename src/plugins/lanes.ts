import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { runInLane, type Lane } from '../../db/index.ts'
import { networkOf } from '../http/network.ts'

/** Queries of one account that may wait for their turn; further ones are answered 429 at once. */
const ACCOUNT_WAITING_MAX = 64
/**
 * Likewise of all requests without an account from one network: a school's candidates share an address when they log
 * in.
 */
const NETWORK_WAITING_MAX = 512

/** The lane of an account, for its requests and its sockets. */
export function laneOfAccount (id: string): Lane {
  return { key: `account ${id}`, waitingMax: ACCOUNT_WAITING_MAX }
}

function laneOf (request: FastifyRequest): Lane {
  const { account } = request
  if (account !== null && account !== undefined) return laneOfAccount(account.id)
  return { key: `network ${networkOf(request.ip)}`, waitingMax: NETWORK_WAITING_MAX }
}

/**
 * Puts what each request asks of the database into the lane of its account, or of its network where no account is
 * known.
 */
export default fp(async function lanes (fastify) {
  fastify.addHook('onRequest', (request, _reply, done) => { runInLane(laneOf(request), done) })
  // The account is known now. A body that was read in between has also lost the lane of `onRequest`.
  fastify.addHook('preHandler', (request, _reply, done) => { runInLane(laneOf(request), done) })
}, { name: 'lanes' })
