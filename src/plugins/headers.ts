import fp from 'fastify-plugin'
import { refuse } from '../errors.ts'

/**
 * What a page of ours may load and do: everything from here, nothing from elsewhere; pictures and sound also from
 * memory. `'self'` in connect-src includes the WebSockets of this origin. Styles may stand in the page: the components
 * put their sizes and colors into style elements, and no style runs code. Scripts never do.
 */
const contentSecurity = (workers: string): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `worker-src ${workers}`,
    "manifest-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'"
  ].join('; ')

const CONTENT_SECURITY = contentSecurity("'self'")
/** ReDoc searches in a worker that it makes from memory. */
const CONTENT_SECURITY_REDOC = contentSecurity("'self' blob:")

const SECURITY = {
  'content-security-policy': CONTENT_SECURITY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
} as const

/**
 * Headers of every answer, and the leave for pages of other origins to call the API. Tokens travel in headers; the
 * one cookie that opens anything, the login of our own pages, is taken from those pages only
 * (`accounts/login-cookie.ts`): its header is not among those that other origins may send.
 */
export default fp<{ readonly corsOrigins: readonly string[] }>(async function headers (fastify, { corsOrigins }) {
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY)
    if (request.url.startsWith('/redoc')) reply.header('content-security-policy', CONTENT_SECURITY_REDOC)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    const { origin } = request.headers
    if (origin === undefined || corsOrigins.length === 0) return
    reply.header('vary', 'origin')
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (!corsOrigins.includes(origin)) {
      if (isPreflight) throw refuse('INVIGIL_ERR_FORBIDDEN')
      return
    }
    reply.header('access-control-allow-origin', origin)
    if (!isPreflight) return
    return await reply.code(204).headers({
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, accept-language',
      'access-control-max-age': '600'
    }).send()
  })
}, { name: 'headers' })
