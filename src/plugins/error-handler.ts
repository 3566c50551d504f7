import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { refuse, toBody, toCoded, type CodedError, type ErrorCode } from '../errors.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { pickLanguage, type Language } from '../i18n/translate.ts'
import { createAttemptCounter } from '../cluster/attempt-counter.ts'
import { networkOf } from '../http/network.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The reader's language: `?lang=`, else the one chosen for the account, else `Accept-Language`, else English. */
    readonly language: Language
  }
}

/** What a socket would have closed with, by the status that its upgrade is refused with. */
const CLOSE_CODES: Readonly<Record<number, number>> = {
  401: CLOSE.token,
  403: CLOSE.notYours,
  404: CLOSE.noSession,
  429: CLOSE.tooFast
}

const MINUTE_MS = 60_000

/** What passes by itself: seconds after which to try again. */
const RETRY_SECONDS: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVIGIL_ERR_OVERLOADED: 2,
  INVIGIL_ERR_WORKER_LOST: 2,
  INVIGIL_ERR_DATABASE: 5,
  INVIGIL_ERR_OUTCOME_UNKNOWN: 5,
  INVIGIL_ERR_UNAVAILABLE: 5
}

/** Of such refusals one line for each code in this time: under load there are hundreds a second. */
const QUIET_MS = 10_000

export interface RefusalsOptions {
  /** Requests without an account that end in 401 or 404, from one address in a minute. */
  readonly requestsPerMinuteMax: number
}

/** One shape for every refusal, in the reader's language; what is our fault goes to the log and not to the peer. */
export default fp<RefusalsOptions>(
  async function refusals (fastify, { requestsPerMinuteMax }) {
    const strangers = createAttemptCounter(MINUTE_MS)

    const told = new Map<ErrorCode, { lineAtMs: number, unsaid: number }>()

    /** Logs a refusal that load or an outage causes, in few lines and without a stack. */
    function quiet ({ code, cause }: CodedError): void {
      const nowMs = Date.now()
      const { lineAtMs, unsaid } = told.get(code) ?? { lineAtMs: -Infinity, unsaid: 0 }
      if (nowMs - lineAtMs < QUIET_MS) {
        told.set(code, { lineAtMs, unsaid: unsaid + 1 })
        return
      }
      told.set(code, { lineAtMs: nowMs, unsaid: 0 })
      fastify.log.warn(
        { code, reason: cause instanceof Error ? cause.message : undefined, more: unsaid },
        'requests refused'
      )
    }

    /**
     * The rate limiter runs after routing and authentication. Count 401 and 404 here, so that guessing tokens or paths
     * is limited too.
     */
    function limited (error: CodedError, request: FastifyRequest): CodedError {
      if (![401, 404, 405, 426].includes(error.statusCode) || (request.account ?? null) !== null) return error
      const waitMs = strangers.tryAcquire([{ key: networkOf(request.ip), max: requestsPerMinuteMax }], Date.now())
      if (waitMs === 0) return error
      const seconds = Math.ceil(waitMs / 1000)
      return refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
    }

    fastify.decorateRequest('language', {
      getter () {
        const query = this.query as { readonly lang?: unknown } | undefined
        return pickLanguage(this.headers['accept-language'], query?.lang, this.account?.locale)
      }
    })

    fastify.setErrorHandler((thrown, request, reply) => {
      const error = limited(toCoded(thrown), request)
      const passesIn = RETRY_SECONDS[error.code]
      const retryAfter = error.details?.['retryAfterSeconds'] ?? passesIn
      if (passesIn !== undefined) quiet(error)
      // Other refusals that say when to come again were made on purpose.
      else if (error.statusCode >= 500 && retryAfter === undefined) request.log.error({ err: error }, 'request failed')
      else request.log.debug({ code: error.code, err: error.cause }, 'request refused')
      const body = toBody(error, request.language)
      reply.code(error.statusCode).header('content-language', request.language)
      if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter)
      if (error.statusCode === 401) reply.header('www-authenticate', 'Bearer')
      // A refused upgrade never becomes a socket: the code that the socket would have closed with is told here.
      const closeCode = request.headers.upgrade === undefined ? undefined : CLOSE_CODES[error.statusCode]
      return reply.send(closeCode === undefined ? body : { ...body, details: { ...body.details, closeCode } })
    })
  },
  { name: 'refusals' }
)
