/**
 * The login of our own pages: the refresh token lies in a cookie that no script can read, so that all tabs of a browser
 * share one login and a script that got into a page cannot take it away. Other clients have the token in JSON.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { refuse } from '../errors.ts'
import { cookieOptions } from './devices.ts'

/**
 * Set by the page. Other origins cannot set it: a browser would ask first, and `plugins/headers.ts` does not name it.
 */
const HEADER = 'x-invigil-session'

export const LoginFormHeaders = Type.Object({
  [HEADER]: Type.Optional(
    Type.Enum(['cookie'] as const, {
      description:
        'For pages of this server: the refresh token travels in a cookie (HttpOnly, SameSite=Strict) instead of JSON'
    })
  )
})

/** Over HTTPS the prefix keeps pages of a sibling address from setting it over plain HTTP. */
function nameOf (request: FastifyRequest): string {
  return request.protocol === 'https' ? '__Secure-invigil_login' : 'invigil_login'
}

/** Whether the request asks for the cookie. Throws where it comes from another site's page. */
export function usesLoginCookie (request: FastifyRequest): boolean {
  if (request.headers[HEADER] !== 'cookie') return false
  if (!isOwnPage(request)) throw refuse('INVIGIL_ERR_CROSS_SITE')
  return true
}

/** Browsers say over HTTPS and on localhost where a request comes from, elsewhere only its origin. */
function isOwnPage ({ headers, protocol, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  if (headers.origin === undefined) return true
  const [origin, own] = [headers.origin, `${protocol}://${host}`].map(text => URL.canParse(text) ? new URL(text).host : '')
  return origin !== '' && origin === own
}

/** The refresh token in the cookie, whether or not the request may use it. */
export function loginCookieOf (request: FastifyRequest): string | undefined {
  const token = request.cookies[nameOf(request)]
  return token === undefined || token === '' ? undefined : token
}

/** The refresh token of a request: in its body, or in the cookie where its header says so. */
export function refreshTokenOf (request: FastifyRequest, given: string | undefined): string {
  const isCookie = usesLoginCookie(request)
  if (given !== undefined) return given
  const stored = loginCookieOf(request)
  if (isCookie) {
    if (stored === undefined) throw refuse('INVIGIL_ERR_REFRESH_INVALID')
    return stored
  }
  // A form on another site would bring the cookie along, but not the header.
  if (stored !== undefined) throw refuse('INVIGIL_ERR_CROSS_SITE')
  throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'refreshToken', problem: 'required' }] })
}

/** The tokens for the JSON answer: without the refresh token where that goes into the cookie. */
export function answerTokens<Tokens extends { readonly refreshToken: string }> (
  request: FastifyRequest,
  reply: FastifyReply,
  tokens: Tokens
): Omit<Tokens, 'refreshToken'> & { readonly refreshToken?: string } {
  if (!usesLoginCookie(request)) return tokens
  const { refreshToken, ...rest } = tokens
  reply.setCookie(nameOf(request), refreshToken, {
    ...cookieOptions(request),
    maxAge: request.server.config.refreshTokenSeconds
  })
  return rest
}

/** Removes the cookie of a login that has ended. */
export function forgetLogin (request: FastifyRequest, reply: FastifyReply): void {
  if (loginCookieOf(request) !== undefined) reply.clearCookie(nameOf(request), cookieOptions(request))
}
