import type { Server } from 'node:http'
import { LogController, type FastifyHttpOptions, type FastifyReply } from 'fastify'
import type { Config } from './config.ts'
import { refuse, toBody } from './errors.ts'
import { pickLanguage } from './i18n/translate.ts'

/** How every instance of the server is made, in production and in tests; the logger is the caller's. */
export function instanceOptions (config: Config): FastifyHttpOptions<Server> {
  return {
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    // Forms and JSON without pictures; the routes that take pictures say so themselves.
    bodyLimit: 64 * 1024,
    // A slow upload over a phone's network is honest; a minute is not.
    connectionTimeout: 60_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 10_000 },
    routerOptions: { maxParamLength: 100, ignoreTrailingSlash: true },
    // Requests are logged at debug by app.ts, without the query, which may hold a socket's token.
    logController: new LogController({ disableRequestLogging: true }),
    ajv: {
      customOptions: {
        allErrors: true,
        // A field that is not known is named to the sender, not silently thrown away.
        removeAdditional: false,
        coerceTypes: 'array',
        // Facts of any plain type: a union of schemas would turn them into its first.
        allowUnionTypes: true
      }
    },
    // An address that cannot even be decoded.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      reply.code(404).send(toBody(refuse('INVIGIL_ERR_NOT_FOUND'), pickLanguage(request.headers['accept-language'])))
    }
  }
}
