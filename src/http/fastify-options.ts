import { STATUS_CODES, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { LogController, type FastifyHttpOptions, type FastifyReply } from 'fastify'
import type { Config } from '../config.ts'
import { serverFactory } from './http-server.ts'
import { hasLongBody } from './long-bodies.ts'
import { refuse, toBody, type ErrorCode } from '../errors.ts'
import { pickLanguage } from '../i18n/translate.ts'

/** How every instance of the server is made, in production and in tests; the logger is the caller's. */
export function instanceOptions (config: Config): FastifyHttpOptions<Server> {
  return {
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    // Forms and JSON without pictures; the routes that take pictures say so themselves.
    bodyLimit: 64 * 1024,
    serverFactory: serverFactory({
      // A connection on which nothing moves, also while an answer is made.
      connectionTimeout: 60_000,
      // A picture of 4 MB over a phone's network takes this long; what takes longer holds a place.
      // Uploads of recordings have more time (`long-bodies.ts`).
      requestTimeout: 30_000,
      keepAliveTimeout: 72_000,
      headersTimeout: 10_000
    }, config.trustProxy.length > 0),
    routerOptions: { maxParamLength: 100, ignoreTrailingSlash: true },
    // Requests are logged at debug by app.ts, without the query, which may hold a socket's token.
    logController: new LogController({ disableRequestLogging: true }),
    ajv: {
      customOptions: {
        // The first error ends the check: a body of a stranger could hold millions of them.
        allErrors: false,
        // A field that is not known is named to the sender, not silently thrown away.
        removeAdditional: false,
        // JSON says its types itself. Query strings and forms are converted before (`plugins/bodies.ts`).
        coerceTypes: false,
        // Facts of any plain type: a union of schemas would turn them into its first.
        allowUnionTypes: true
      }
    },
    clientErrorHandler,
    // An address that cannot even be decoded.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      reply.code(404).send(toBody(refuse('INVIGIL_ERR_NOT_FOUND'), pickLanguage(request.headers['accept-language'])))
    }
  }
}

/** Statuses of what is no request at all, by Node's code, and what the peer is told; anything else is malformed. */
const BROKEN: Readonly<Record<string, readonly [number, ErrorCode]>> = {
  HPE_HEADER_OVERFLOW: [431, 'INVIGIL_ERR_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'INVIGIL_ERR_SILENT']
}

/** Answers bytes that Node cannot read as HTTP: no request, no route, no language. */
function clientErrorHandler (
  error: Error & { readonly code?: string },
  socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null }
): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && hasLongBody(socket)) return
  // Gone, or in the middle of an answer: more bytes would only spoil that.
  if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent === true) {
    socket.destroy()
    return
  }
  const [status, code] = BROKEN[error.code ?? ''] ?? [400, 'INVIGIL_ERR_BODY']
  const body = JSON.stringify(toBody(refuse(code), 'en'))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}
