import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Database, Role, SessionWithUser } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { Account } from './auth.ts'

export const ROLES = ['student', 'teacher', 'admin'] as const satisfies readonly Role[]
export const STAFF = ['teacher', 'admin'] as const satisfies readonly Role[]

/** Who may use a route, and on whose data. */
export interface AccessRule {
  /** `public`: no token asked for. */
  readonly roles: 'public' | readonly Role[]
  /** The path's parameter that says whose data it is: a user's id, or a session's. */
  readonly owner?: 'userId' | 'sessionId'
  /** Roles that must be the owner; the others may act for anybody. Students where absent. */
  readonly ownerRoles?: readonly Role[]
}

/** One route of the table that a test walks. */
export interface RouteAccess {
  readonly method: string
  readonly url: string
  readonly websocket: boolean
  readonly access: AccessRule
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule
  }
  interface FastifyInstance {
    /** Every route with its rule; complete once the application is ready. */
    readonly accessTable: readonly RouteAccess[]
  }
  interface FastifyRequest {
    /** Who is asking; null on a public route, where nobody looked. */
    account: Account | null
    /** The session named in the path of a route whose owner is `sessionId`. */
    namedSession: SessionWithUser | null
  }
}

/** The asking account, on a route that is not public. */
export function accountOf (request: FastifyRequest): Account {
  if (request.account === null) throw new Error('a public route asked who is there')
  return request.account
}

/** The session in the path, on a route whose owner is `sessionId`. */
export function sessionOf (request: FastifyRequest): SessionWithUser {
  if (request.namedSession === null) throw new Error('the route names no session')
  return request.namedSession
}

/** Registers what others made (pages, documents) as public: their routes carry no rule of their own. */
export function publicRoutes (scope: FastifyInstance): void {
  scope.addHook('onRoute', route => { route.config = { ...route.config, access: { roles: 'public' } } })
}

/**
 * The one place that says yes or no. Every route declares `config.access`; the start fails on one that does not. It runs
 * before any body is read and before any socket is opened.
 */
export default fp<{ readonly db: Database }>(async function access (fastify, { db }) {
  const routes: { readonly url: string, readonly route: RouteOptions }[] = []
  const table: RouteAccess[] = []
  fastify.decorate('accessTable', table)
  fastify.decorateRequest('account', null)
  fastify.decorateRequest('namedSession', null)

  // Fastify reuses one object for a route with and without a slash at its end, so the address is read now, the rest later.
  fastify.addHook('onRoute', route => { routes.push({ url: route.url, route }) })

  fastify.addHook('onReady', async () => {
    for (const { url, route } of routes) {
      const methods = [route.method].flat().join(',')
      const rule = route.config?.access
      if (rule === undefined) throw new Error(`${methods} ${url} says not who may use it: add config.access`)
      const isNamed = rule.owner === undefined || url.split('/').includes(`:${rule.owner}`)
      if (!isNamed) throw new Error(`${methods} ${url} has no parameter :${rule.owner}`)
      table.push({ method: methods, url, websocket: 'websocket' in route && route.websocket === true, access: rule })
    }
  })

  fastify.addHook('onRequest', async request => {
    if (request.is404) return
    const rule = request.routeOptions.config.access
    if (rule === undefined) throw refuse('INVIGIL_ERR_FORBIDDEN')
    if (rule.roles === 'public') return
    const account = await fastify.authenticate(request)
    request.account = account
    if (!rule.roles.includes(account.role)) throw refuse('INVIGIL_ERR_FORBIDDEN')
    if (rule.owner === undefined) return
    const params = request.params as Readonly<Record<string, string>>
    const named = params[rule.owner] ?? ''
    const ownerId = rule.owner === 'userId' ? named : await ownerOfSession(request, named)
    const mustOwn = (rule.ownerRoles ?? ['student']).includes(account.role)
    if (mustOwn && ownerId !== account.id) throw refuse('INVIGIL_ERR_NOT_YOURS')
  })

  async function ownerOfSession (request: FastifyRequest, id: string): Promise<string> {
    const session = await db.sessions.byId(id)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
    request.namedSession = session
    return session.userId
  }
}, { name: 'access', dependencies: ['auth'] })
