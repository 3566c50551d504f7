import { createHash, randomBytes } from 'node:crypto'
import fp from 'fastify-plugin'
import type { Database, User, UserSecrets } from '../../db/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Config } from '../config.ts'
import { refuse } from '../errors.ts'
import { verifyPassword } from '../passwords.ts'
import { QUOTAS } from '../quotas.ts'
import type { Account } from './auth.ts'
import { networkOf } from './limits.ts'

/** What a login answers. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenType: 'Bearer'
  /** Seconds until the access token runs out. */
  readonly expiresIn: number
}

export interface LoginAttempt {
  /** The address as accounts have it. */
  readonly account: string
  /** Takes the try back: it was a good one. */
  succeeded (): Promise<void>
  /** Takes the try back: that it failed was our fault. */
  undone (): Promise<void>
}

/** The life of a login, from the password to the logout. */
export interface Logins {
  /** Counts one try, by password or by face; refused when there were too many. */
  attempt (email: string, address: string): Promise<LoginAttempt>
  /** Whether somebody logged in to the account from that address's network within a week. `account` as accounts have it. */
  isKnown (account: string, address: string): Promise<boolean>
  /** Checks a password. The answer and the time it takes are the same whether or not there is such an account. */
  byPassword (email: string, password: string, address: string): Promise<UserSecrets>
  /**
   * Begins a login of a user as it was read when the password or the face was verified. Refused where the account was disabled or
   * a credential has changed since then.
   */
  issue (user: User): Promise<Tokens>
  /**
   * A new pair for a refresh token, which is used up. One that was used before ends the whole login, unless its answer may have
   * been lost: asked again at once, and before the new token has been used, it is answered again.
   */
  refresh (refreshToken: string): Promise<Tokens & { readonly user: User }>
  /** Ends this login: its refresh tokens, and its access tokens at once. */
  end (account: Account): Promise<void>
  /** Ends every login of the user. */
  endAll (userId: string): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly logins: Logins
  }
}

const SWEEP_MS = 3_600_000

/** For so long an address that somebody logged in from counts as theirs. */
const KNOWN_MS = 7 * 86_400_000

/** A client that got no answer asks again within this. */
const REFRESH_GRACE_MS = 20_000

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** 256 bits: nobody guesses it, so a plain hash keeps it well. */
const newToken = (): string => randomBytes(32).toString('base64url')

export default fp<{ readonly db: Database, readonly config: Config, readonly cluster: Cluster }>(async function logins (fastify, { db, config, cluster }) {
  // Their rows serve nobody any more.
  const sweep = async (): Promise<void> => {
    await db.refreshTokens.deleteExpired(Date.now()).catch(error => fastify.log.warn({ err: error }, 'expired tokens not removed'))
  }
  const sweeper = setInterval(sweep, SWEEP_MS).unref()
  fastify.addHook('onReady', sweep)
  fastify.addHook('onClose', async () => { clearInterval(sweeper) })

  const attempts = cluster.attempts('login', config.loginWindowMs)
  const max = config.loginAttemptsMax
  const known = cluster.attempts('known', KNOWN_MS)

  function pair (user: User, refreshToken: string): Tokens {
    return {
      accessToken: fastify.signAccessToken(user, hashOf(refreshToken)),
      refreshToken,
      tokenType: 'Bearer',
      expiresIn: config.accessTokenSeconds
    }
  }

  /** What a login is told whose account was changed while it was being verified. */
  async function overtaken ({ id }: User): Promise<Error> {
    const present = await db.users.byId(id)
    return refuse(present !== undefined && present.disabledAtMs !== null ? 'INVIGIL_ERR_ACCOUNT_DISABLED' : 'INVIGIL_ERR_LOGIN_OVERTAKEN')
  }

  const logins: Logins = {
    async attempt (email, address) {
      const account = email.trim().toLowerCase()
      const network = networkOf(address)
      // One candidate's failures must not lock out the school behind the same address, nor must all of its logins at the
      // start of an exam: beyond its limit an address has one try for each account, which is little for a guesser.
      const pair = `pair ${network} ${account}`
      const [isKnown, crowd] = await Promise.all([logins.isKnown(account, address), attempts.count(`address ${network}`, Date.now())])
      const isCrowded = crowd >= max * 10
      // An account alone may not be locked by strangers: its own limit is wider than that of a pair, and does not hold for where
      // its owner has logged in from.
      const limits = [
        { key: pair, max: isCrowded && !isKnown ? 1 : max },
        { key: `account ${account}`, max: isKnown ? Infinity : max * 5 },
        { key: `address ${network}`, max: Infinity }
      ]
      const waitMs = await attempts.take(limits, Date.now())
      if (waitMs > 0) throw refuse('INVIGIL_ERR_LOGIN_ATTEMPTS', { values: { seconds: Math.ceil(waitMs / 1000) }, details: { retryAfterSeconds: Math.ceil(waitMs / 1000) } })
      let isCounted = true
      const undone = async (): Promise<void> => {
        if (isCounted) await attempts.giveBack(limits.map(limit => limit.key))
        isCounted = false
      }
      return {
        account,
        undone,
        succeeded: async () => {
          await Promise.all([undone(), known.giveBack([pair])])
          await known.take([{ key: pair, max: Infinity }], Date.now())
        }
      }
    },

    isKnown: async (account, address) => await known.count(`pair ${networkOf(address)} ${account}`, Date.now()) > 0,

    async byPassword (email, password, address) {
      const { account, succeeded, undone } = await logins.attempt(email, address)
      const user = await db.users.secretsByEmail(account)
      const knownAccount = await logins.isKnown(account, address) ? account : undefined
      const matches = await fastify.passwordTurns({ address, knownAccount }, async () => await verifyPassword(user?.passwordHash, password))
        // Nobody looked at the password: the try does not count.
        .catch(async error => { await undone(); throw error })
      if (user === undefined || !matches) throw refuse('INVIGIL_ERR_LOGIN_FAILED')
      await succeeded()
      // Told only to who knows the password.
      if (user.disabledAtMs !== null) throw refuse('INVIGIL_ERR_ACCOUNT_DISABLED')
      return user
    },

    async issue (user) {
      const refreshToken = newToken()
      const expiresAtMs = Date.now() + config.refreshTokenSeconds * 1000
      const token = await db.refreshTokens.issue({ userId: user.id, tokenHash: hashOf(refreshToken), expiresAtMs }, user.credentialVersion)
      if (token === undefined) throw await overtaken(user)
      await db.quotas.trimRefreshTokens(user.id, QUOTAS.loginRows)
      return pair(user, refreshToken)
    },

    async refresh (refreshToken) {
      const next = newToken()
      const nowMs = Date.now()
      const rotation = await db.refreshTokens.rotate(hashOf(refreshToken), { tokenHash: hashOf(next), expiresAtMs: nowMs + config.refreshTokenSeconds * 1000 }, nowMs, { graceMs: REFRESH_GRACE_MS })
      if (rotation.outcome === 'reused') {
        fastify.log.warn({ userId: rotation.userId, familyId: rotation.familyId }, 'a refresh token was used twice, its login is ended')
        throw refuse('INVIGIL_ERR_REFRESH_REUSED')
      }
      const user = rotation.outcome === 'rotated' ? await db.users.byId(rotation.token.userId) : undefined
      if (user === undefined || user.disabledAtMs !== null) throw refuse('INVIGIL_ERR_REFRESH_INVALID')
      await db.quotas.trimRefreshTokens(user.id, QUOTAS.loginRows)
      return { ...pair(user, next), user }
    },

    async end (account) {
      const login = await db.refreshTokens.byHash(account.loginHash)
      if (login !== undefined) await db.refreshTokens.revokeFamily(login.familyId, Date.now())
    },

    async endAll (userId) {
      await db.users.endLogins(userId, Date.now())
    }
  }
  fastify.decorate('logins', logins)
}, { name: 'logins', dependencies: ['auth', 'password-turns'] })
