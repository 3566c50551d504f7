import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Said about this connection only; without the upgrade they mean nothing. */
const DROPPED = new Set(['upgrade', 'http2-settings'])

export function isWebSocketUpgrade ({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Whether Node took the request for an upgrade; its types do not say so. `Upgrade` without `Connection: Upgrade` is
 * none.
 */
export function isUpgrade (request: IncomingMessage): boolean {
  return (request as { readonly upgrade?: boolean | null }).upgrade === true
}

/** Passes requests on that ask for another protocol than WebSocket. */
export type PassOver = (request: IncomingMessage, socket: Duplex, body: Buffer) => void

/**
 * Gives the way such requests are passed on to `server`: each waits for the answer to the one before it on its
 * connection.
 */
export function passOver (server: Server): PassOver {
  const answers = new WeakMap<Duplex, ServerResponse>()
  server.on('request', (request, response) => { answers.set(request.socket, response) })
  return (request, socket, body) => {
    const before = answers.get(socket)
    const serve = (): void => { if (!socket.destroyed) serveWithoutUpgrade(server, request, socket, body) }
    if (before === undefined || before.closed) return serve()
    before.once('close', serve)
    // Node has taken its own listener away.
    socket.once('error', () => socket.destroy())
  }
}

/**
 * Answers a request that asks for another protocol than WebSocket (Java's client and `curl --http2` ask for h2c) as if
 * it had not asked, which is what HTTP wants of a server that does not know it. Node hands over every such request once
 * there is a listener for upgrades, and only from version 24 on lets one choose; so the request is written anew without
 * the wish and read again.
 */
function serveWithoutUpgrade (server: Server, request: IncomingMessage, socket: Duplex, body: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]!
    const value = request.rawHeaders[index + 1]!
    if (DROPPED.has(name.toLowerCase())) continue
    if (name.toLowerCase() !== 'connection') {
      lines.push(`${name}: ${value}`)
      continue
    }
    const kept = value.split(',').map(option => option.trim()).filter(option => !DROPPED.has(option.toLowerCase()))
    if (kept.length > 0) lines.push(`${name}: ${kept.join(', ')}`)
  }
  // What came before it stays in its place.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]))
  server.emit('connection', socket)
}
