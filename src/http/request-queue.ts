import type { IncomingMessage } from 'node:http'
import { FairQueue } from './fair-queue.ts'
import { networkOf } from './network.ts'

/** What starting requests may take of one iteration of the event loop, and how many are started at most. */
const SLICE_MS = 8
const SLICE_MAX = 16
/**
 * A request costs 1, and 1 more for each 256 bytes of its body: a hundred events in one body keep the server as busy as
 * forty small requests.
 */
const BYTES_PER_COST = 256
const COST_MAX = 64

export interface RequestQueue {
  /** Calls `start` when it is the request's turn. */
  add (request: IncomingMessage, start: () => void): void
}

/**
 * Starts waiting requests in turns: networks take turns, and within a network tokens. Node hands over all requests that
 * arrived in one poll; started in their order, a thousand requests of one account would delay everybody else's by the
 * time that they take together. Its length is bounded by the number of connections: each has one request here.
 * @param isBehindProxy The peer is a trusted proxy, which names the client last in `X-Forwarded-For`.
 */
export function createRequestQueue (isBehindProxy: boolean): RequestQueue {
  /** Whose turn it is among the networks; what waits of each is in `byNetwork`. */
  const turns = new FairQueue<string>()
  const byNetwork = new Map<string, FairQueue<() => void>>()
  let isScheduled = false

  /**
   * Each request is started in an immediate of its own, so that all it does before it first waits is done, and counted,
   * before the next one. I/O has its turn between two slices.
   */
  function schedule (): void {
    isScheduled = true
    let fromMs: number | undefined
    const startOne = (): void => {
      fromMs ??= performance.now()
      if (performance.now() - fromMs < SLICE_MS) startNext()?.()
    }
    for (let at = Math.min(SLICE_MAX, turns.size); at > 0; at--) setImmediate(startOne)
    setImmediate(() => {
      isScheduled = false
      if (turns.size > 0) schedule()
    })
  }

  function startNext (): (() => void) | undefined {
    const network = turns.take()
    if (network === undefined) return undefined
    const queue = byNetwork.get(network)!
    const start = queue.take()
    if (queue.size === 0) byNetwork.delete(network)
    return start
  }

  function networkBehind ({ socket, headers }: IncomingMessage): string {
    const forwarded = isBehindProxy ? String(headers['x-forwarded-for'] ?? '').split(',').at(-1)!.trim() : ''
    return networkOf(forwarded === '' ? socket.remoteAddress ?? '' : forwarded)
  }

  return {
    add (request, start) {
      const network = networkBehind(request)
      const cost = Math.min(COST_MAX, 1 + Number(request.headers['content-length'] ?? 0) / BYTES_PER_COST)
      let queue = byNetwork.get(network)
      if (queue === undefined) byNetwork.set(network, queue = new FairQueue())
      queue.add(request.headers.authorization ?? '', cost, start)
      turns.add(network, cost, network)
      if (!isScheduled) schedule()
    }
  }
}
