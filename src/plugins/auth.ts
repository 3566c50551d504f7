import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Database, Role, User } from '../../db/index.ts'
import { refuse } from '../errors.ts'

/** Who is asking, as the database has it now: a role taken away is gone at once, whatever the token says. */
export interface Account {
  readonly id: string
  readonly role: Role
  readonly name: string
  readonly email: string
  /** The language chosen, or `auto`. */
  readonly locale: string
  /** Hash of the refresh token that came with the access token: the login it belongs to. */
  readonly loginHash: string
  /** When the access token runs out. */
  readonly expiresAtMs: number
  readonly issuedAtMs: number
}

interface TokenPayload {
  /** The user's id. */
  readonly sub: string
  readonly role: Role
  /** `Account.loginHash`. */
  readonly login: string
  /** `iat` has only seconds; this is compared with the moment of a logout. */
  readonly issuedAtMs: number
}

/** What a token must hold to be looked up. */
const ClaimsSchema = Type.Object({
  sub: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
  login: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  issuedAtMs: Type.Integer({ minimum: 0 }),
  exp: Type.Number({ minimum: 0 })
})
type Claims = Static<typeof ClaimsSchema>

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: TokenPayload
    user: TokenPayload & { readonly iat: number, readonly exp: number }
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Whose token the request carries. Throws a 401 that says what is wrong with it. */
    authenticate (request: FastifyRequest): Promise<Account>
    /**
     * Looks again at an account that passed `authenticate`, for connections that last: its state now, or throws what
     * `authenticate` would throw now, except that the token's own expiry no longer counts.
     */
    confirm (account: Account): Promise<Account>
    /**
     * The id of the account that the request's token names, by its signature alone: who may do what is for
     * `authenticate`.
     */
    claimedId (request: FastifyRequest): string | undefined
    /** Signs an access token for a login. */
    signAccessToken (user: User, loginHash: string): string
  }
}

/**
 * The request's access token, or undefined. HTTP takes it from `Authorization: Bearer` only: addresses end up in logs
 * and histories. A socket, where browsers cannot set headers, also from the subprotocol `bearer.<token>` or `?token=`.
 */
function tokenOf (request: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined || request.headers.upgrade?.toLowerCase() !== 'websocket') return bearer
  const subprotocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(part => part.trim())
  const offered = subprotocols.find(part => part.startsWith('bearer.'))
  if (offered !== undefined) return offered.slice('bearer.'.length)
  const { token } = request.query as { readonly token?: unknown }
  return typeof token === 'string' ? token : undefined
}

export interface AuthOptions {
  readonly db: Database
  readonly secret: string
  readonly accessTokenSeconds: number
}

export default fp<AuthOptions>(async function auth (fastify, { db, secret, accessTokenSeconds }) {
  await fastify.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', expiresIn: accessTokenSeconds },
    verify: { algorithms: ['HS256'], requiredClaims: ['sub', 'login', 'issuedAtMs', 'exp'] }
  })

  // Not before the moment that voids older tokens: a change of password sets it, and the new login may be signed in the
  // same millisecond.
  fastify.decorate('signAccessToken', (user, loginHash) =>
    fastify.jwt.sign({
      sub: user.id,
      role: user.role,
      login: loginHash,
      issuedAtMs: Math.max(Date.now(), user.tokensValidAfterMs)
    })
  )

  fastify.decorate('authenticate', async request => {
    const token = tokenOf(request)
    if (token === undefined) throw refuse('INVIGIL_ERR_TOKEN_MISSING')
    const { sub, login, issuedAtMs, exp } = verify(token)
    return await loadAccount({ id: sub, loginHash: login, issuedAtMs, expiresAtMs: exp * 1000 })
  })

  fastify.decorate('claimedId', request => {
    const token = tokenOf(request)
    if (token === undefined) return undefined
    try {
      return verify(token).sub
    } catch {
      return undefined
    }
  })

  fastify.decorate('confirm', async account => await loadAccount(account))

  function verify (token: string): Claims {
    let claims: unknown
    try {
      claims = fastify.jwt.verify(token)
    } catch (cause) {
      const expired = (cause as { readonly code?: unknown }).code === 'FAST_JWT_EXPIRED'
      throw refuse(expired ? 'INVIGIL_ERR_TOKEN_EXPIRED' : 'INVIGIL_ERR_TOKEN_INVALID', { cause })
    }
    // Signed with our secret, but by another program or for another purpose.
    if (!Value.Check(ClaimsSchema, claims)) throw refuse('INVIGIL_ERR_TOKEN_INVALID')
    return claims
  }

  async function loadAccount (claim: Pick<Account, 'id' | 'loginHash' | 'issuedAtMs' | 'expiresAtMs'>): Promise<Account> {
    const [user, login] = await Promise.all([db.users.byId(claim.id), db.refreshTokens.byHash(claim.loginHash)])
    if (user === undefined || user.disabledAtMs !== null) throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
    if (login === undefined || login.revokedAtMs !== null || login.userId !== user.id) {
      throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
    }
    if (claim.issuedAtMs < user.tokensValidAfterMs) throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
    const { loginHash, issuedAtMs, expiresAtMs } = claim
    return {
      id: user.id,
      role: user.role,
      name: user.name,
      email: user.email,
      locale: user.locale,
      loginHash,
      issuedAtMs,
      expiresAtMs
    }
  }
},
{ name: 'auth', dependencies: ['refusals'] }
)
