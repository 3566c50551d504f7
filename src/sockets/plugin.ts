import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import websocket, { type WebsocketPluginOptions } from '@fastify/websocket'
import fp from 'fastify-plugin'
import { WebSocket } from 'ws'
import { refuse } from '../errors.ts'
import { ROLES, sessionOf, STAFF } from '../plugins/access.ts'
import { requireUpgrade } from '../plugins/addresses.ts'
import { serveCandidate } from './candidate.ts'
import { CLOSE, CLOSE_REASONS, WS_TOO_LARGE } from '../protocol/close-codes.ts'
import { count } from '../counters.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { serveMonitor } from './monitor.ts'
import { isWebSocketUpgrade, passOver } from '../http/non-websocket-upgrade.ts'
import { refusal } from '../protocol/error-message.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Marks a WebSocket route; every other route refuses an upgrade. */
    socket?: true
  }
}

export interface GatewayOptions {
  readonly live: LiveGateway
}

type SocketOptions = NonNullable<WebsocketPluginOptions['options']>

/** Base64 takes four characters for three bytes, and the JSON around it some more. */
const BASE64_RATIO = 4 / 3
const ENVELOPE_BYTES = 4096
/**
 * Sockets one account may open in a minute. A replaced socket may hold an unfinished message until it is closed, so
 * their number costs memory; a page with a bad connection stays far below.
 */
const CONNECTIONS_PER_MINUTE_MAX = 60

/** Registers the WebSocket endpoints. Access is checked before the upgrade, by the same rules as for every route. */
export default fp<GatewayOptions>(
  async function gateway (fastify, { live }) {
    const { limits, counters } = live

    /** ws closes the socket by itself on a message over `maxPayload`; this class sends our error and code first. */
    class GatewaySocket extends WebSocket {
      override close (code?: number, reason?: string | Buffer): void {
        if (code !== WS_TOO_LARGE || this.readyState !== this.OPEN) return super.close(code, reason)
        this.send(JSON.stringify(refusal('INVIGIL_ERR_MESSAGE_TOO_LARGE')))
        count(counters.errors, 'INVIGIL_ERR_MESSAGE_TOO_LARGE')
        count(counters.closes, CLOSE.tooLarge)
        super.close(CLOSE.tooLarge, CLOSE_REASONS[CLOSE.tooLarge])
      }
    }

    // Only WebSocket upgrades reach the plugin.
    const upgrades = new EventEmitter()
    const pass = passOver(fastify.server)
    const sortOut = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (isWebSocketUpgrade(request)) upgrades.emit('upgrade', request, socket, head)
      else pass(request, socket, head)
    }
    fastify.server.on('upgrade', sortOut)
    fastify.addHook('onClose', async () => {
      fastify.server.off('upgrade', sortOut)
    })

    // The types lack `closeTimeout`, and want the class with the statics of the module.
    const options: SocketOptions & { readonly closeTimeout: number } = {
      // A message just over the frame's bound still arrives and gets the frame's own refusal.
      maxPayload: Math.ceil(limits.frameBytesMax * BASE64_RATIO) + ENVELOPE_BYTES,
      WebSocket: GatewaySocket as unknown as NonNullable<SocketOptions['WebSocket']>,
      closeTimeout: limits.closeMs,
      server: upgrades as NonNullable<SocketOptions['server']>,
      // Never select the protocol with the token, because responses end up in logs. A browser requires one of those it
      // offered, so it offers two.
      handleProtocols: protocols => [...protocols].find(protocol => !protocol.startsWith('bearer.')) ?? false
    }
    await fastify.register(websocket, {
      options,
      errorHandler: (error, socket, request) => {
        // Protocol errors of a peer have a code of ws; the socket is already closing.
        if ('code' in error && String(error.code).startsWith('WS_ERR_')) {
          return request.log.debug({ err: error }, 'socket protocol error')
        }
        request.log.warn({ err: error }, 'socket failed')
        socket.close(CLOSE.ourFault, CLOSE_REASONS[CLOSE.ourFault])
      },
      preClose: done => {
        live.connections
          .closeAll(CLOSE.goingAway)
          .catch(error => fastify.log.error({ err: error }, 'socket close failed'))
        fastify.websocketServer.close(() => done())
      }
    })

    fastify.addHook('onRequest', async (request, reply) => {
      requireUpgrade(request, reply)
      if (request.ws && request.routeOptions.config.socket !== true) throw refuse('INVIGIL_ERR_NOT_FOUND')
    })

    // The plugin closes the connection of an upgrade that is refused after its own first hook. Our hooks run earlier,
    // and HTTP's timeouts no longer apply to the connection, so it is closed here.
    fastify.addHook('onResponse', async request => {
      if (request.raw.headers.upgrade !== undefined) request.raw.socket.destroySoon()
    })

    const own = { roles: ROLES, ownerRoles: ROLES } as const
    const context = { live, confirm: fastify.confirm }
    const rateLimit = { max: CONNECTIONS_PER_MINUTE_MAX }

    fastify.get<{ Params: { userId: string } }>(
      '/ws/:userId',
      { websocket: true, config: { socket: true, rateLimit, access: { ...own, owner: 'userId' } } },
      (socket, request) => {
        serveCandidate(socket, request, { ...context, find: () => live.openByUser(request.params.userId) })
      }
    )

    fastify.get(
      '/api/v1/proctoring/ws/:sessionId',
      { websocket: true, config: { socket: true, rateLimit, access: { ...own, owner: 'sessionId' } } },
      (socket, request) => {
        serveCandidate(socket, request, { ...context, find: () => live.open(sessionOf(request).id) })
      }
    )

    fastify.get(
      '/ws/monitor',
      { websocket: true, config: { socket: true, rateLimit, access: { roles: STAFF } } },
      (socket, request) => {
        serveMonitor(socket, request, context)
      }
    )
  },
  { name: 'gateway', dependencies: ['access', 'limits'] }
)
