import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createRequestQueue } from './request-queue.ts'

/**
 * Requests that may wait on one connection behind the one that is being answered. Browsers send none before the answer.
 */
export const PIPELINED_MAX = 32

/** What the server emits for each connection that it closes because more requests wait on it. */
export const PIPELINE_CUT = 'pipelineCut'

/** HTTP's own times; the reasons stand where they are set (`fastify-options.ts`). */
export interface ConnectionTimes {
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly connectionTimeout: number
  readonly keepAliveTimeout: number
}

/**
 * Makes servers that answer the requests of one connection one after another. Node hands over all requests that came in
 * one read at once, and keeps their answers in memory until the peer has read them: a peer that sends small requests
 * and reads nothing would make us hold thousands of answers. The next request is served when the answer before it has
 * left. Requests of different connections are started in turns (`request-queue.ts`).
 */
export function serverFactory (
  { headersTimeout, requestTimeout, connectionTimeout, keepAliveTimeout }: ConnectionTimes,
  isBehindProxy: boolean
): (serve: RequestListener) => Server {
  // For `localhost` Fastify makes one server for each address; it is the first one that others know.
  let first: Server | undefined
  return serve => {
    const server = createServer(
      { headersTimeout, requestTimeout, keepAliveTimeout },
      inTurn(serve, isBehindProxy, () => {
        first?.emit(PIPELINE_CUT)
      })
    )
    server.setTimeout(connectionTimeout)
    first ??= server
    return server
  }
}

function inTurn (serve: RequestListener, isBehindProxy: boolean, onCut: () => void): RequestListener {
  const queue = createRequestQueue(isBehindProxy)
  /** What waits on a connection; there is a list while an answer is under way. */
  const connections = new WeakMap<Socket, Array<[IncomingMessage, ServerResponse]>>()

  function begin (socket: Socket, request: IncomingMessage, response: ServerResponse): void {
    response.once('close', () => {
      const next = connections.get(socket)?.shift()
      if (next === undefined || socket.destroyed || !socket.writable) connections.delete(socket)
      else begin(socket, ...next)
    })
    queue.add(request, () => {
      if (!response.destroyed) serve(request, response)
    })
  }

  return (request, response) => {
    const { socket } = request
    if (socket.destroyed) return
    const waiting = connections.get(socket)
    if (waiting === undefined) {
      connections.set(socket, [])
      begin(socket, request, response)
    } else if (waiting.length < PIPELINED_MAX) {
      waiting.push([request, response])
    } else {
      onCut()
      socket.destroy()
    }
  }
}
