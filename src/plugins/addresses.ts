import fp from 'fastify-plugin'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../errors.ts'
import { isUpgrade } from '../http/non-websocket-upgrade.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

interface Address {
  /** Split at slashes; a parameter begins with a colon, `*` stands for any rest. */
  readonly segments: readonly string[]
  readonly methods: Set<string>
}

/**
 * What an address stands for: ids in either case, a wrong method, a socket's address asked for without an upgrade, a
 * page of the browser.
 */
export default fp(async function addresses (fastify) {
  const known = new Map<string, Address>()

  fastify.addHook('onRoute', ({ url, method }) => {
    const path = withoutSlash(url)
    const { methods } = known.get(path) ?? known.set(path, { segments: path.split('/'), methods: new Set() }).get(path)!
    for (const one of [method].flat()) methods.add(one)
  })

  fastify.addHook('onRequest', async (request, reply) => {
    const params = request.params as Record<string, string> | undefined
    for (const [name, value] of Object.entries(params ?? {})) if (UUID.test(value)) params![name] = value.toLowerCase()
    // Told before the token is looked for: in a request that a proxy has robbed of its upgrade, a subprotocol's token
    // does not count.
    if (request.headers['sec-websocket-key'] !== undefined) requireUpgrade(request, reply)
  })

  fastify.setNotFoundHandler((request, reply) => {
    const segments = withoutSlash(request.url.split('?', 1)[0]!).split('/')
    const allowed = new Set(
      [...known.values()].filter(address => matches(address, segments)).flatMap(({ methods }) => [...methods])
    )
    if (allowed.size === 0 || allowed.has(request.method)) {
      const page = fastify.sendPage?.(request, reply)
      if (page !== undefined) return page
      throw refuse('INVIGIL_ERR_NOT_FOUND')
    }
    reply.header('allow', [...allowed].sort().join(', '))
    throw refuse('INVIGIL_ERR_METHOD')
  })
},
{ name: 'addresses', dependencies: ['refusals'] }
)

/** Refuses a request to a socket's address that Node did not take for an upgrade. */
export function requireUpgrade (request: FastifyRequest, reply: FastifyReply): void {
  if (request.routeOptions.config.socket !== true || isUpgrade(request.raw)) return
  reply.headers({ upgrade: 'websocket', connection: 'Upgrade' })
  throw refuse('INVIGIL_ERR_UPGRADE_REQUIRED')
}

function withoutSlash (path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function matches ({ segments }: Address, asked: readonly string[]): boolean {
  const rest = segments.indexOf('*')
  if (rest === -1 ? segments.length !== asked.length : asked.length <= rest) return false
  return segments.every(
    (segment, index) =>
      (rest !== -1 && index >= rest) || segment === asked[index] || (segment.startsWith(':') && asked[index] !== '')
  )
}
