import fp from 'fastify-plugin'
import { refuse, toBody, toCoded } from '../errors.ts'
import { CLOSE } from '../gateway/close.ts'
import { pickLanguage, type Language } from '../i18n/translate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The reader's language: `?lang=`, else the one chosen for the account, else `Accept-Language`, else English. */
    readonly language: Language
  }
}

/** What a socket would have closed with, by the status that its upgrade is refused with. */
const CLOSE_CODES: Readonly<Record<number, number>> = { 401: CLOSE.token, 403: CLOSE.notYours, 404: CLOSE.noSession, 429: CLOSE.tooFast }

/** One shape for every refusal, in the reader's language; what is our fault goes to the log and not to the peer. */
export default fp(async function refusals (fastify) {
  fastify.decorateRequest('language', {
    getter () {
      const query = this.query as { readonly lang?: unknown } | undefined
      return pickLanguage(this.headers['accept-language'], query?.lang, this.account?.locale)
    }
  })

  fastify.setErrorHandler((thrown, request, reply) => {
    const error = toCoded(thrown)
    if (error.statusCode >= 500) request.log.error({ err: error }, 'request failed')
    else request.log.debug({ code: error.code, err: error.cause }, 'request refused')
    const body = toBody(error, request.language)
    reply.code(error.statusCode).header('content-language', request.language)
    if (error.statusCode === 401) reply.header('www-authenticate', 'Bearer')
    // A refused upgrade never becomes a socket: the code that the socket would have closed with is told here.
    const closeCode = request.headers.upgrade === undefined ? undefined : CLOSE_CODES[error.statusCode]
    return reply.send(closeCode === undefined ? body : { ...body, details: { ...body.details, closeCode } })
  })

  fastify.setNotFoundHandler(() => { throw refuse('INVIGIL_ERR_NOT_FOUND') })
}, { name: 'refusals' })
