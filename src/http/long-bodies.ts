import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Connections on which a body may take longer than a request usually may. */
const connections = new WeakSet<Socket>()

/**
 * Gives the body of this request more time than the server's `requestTimeout`, until the returned function is called.
 * Node knows one limit for all requests; it reports one that takes longer as a client error, which is ignored here. A
 * connection on which nothing moves is closed by the server's `connectionTimeout` all the same.
 */
export function allowLongBody ({ socket }: IncomingMessage): () => void {
  connections.add(socket)
  return () => { connections.delete(socket) }
}

export const hasLongBody = (socket: Socket): boolean => connections.has(socket)
