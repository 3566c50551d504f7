import fp from 'fastify-plugin'
import type { Database, Device, User, UserSecrets } from '../../db/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Config } from '../config.ts'
import { hashOfToken, newToken, type Origin } from '../accounts/devices.ts'
import { refuse } from '../errors.ts'
import { hashPassword, matchPassword } from '../accounts/password-hash.ts'
import { QUOTAS } from '../quotas.ts'
import type { Account } from './auth.ts'
import { createLoginAttempts, type LoginAttempt, type LoginAttempts } from './login-attempts.ts'

/** What a login answers. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenType: 'Bearer'
  /** Seconds until the access token runs out. */
  readonly expiresIn: number
}

/** The life of a login, from the password to the logout. */
export interface Logins {
  readonly attempts: LoginAttempts
  /** Checks a password. The answer and the time it takes are the same whether or not there is such an account. */
  byPassword(
    email: string,
    password: string,
    origin: Origin
  ): Promise<{ readonly user: UserSecrets, readonly device: Device | undefined }>
  /** Checks the password of the account that is logged in; a wrong one counts as a failed login. */
  confirmPassword(user: UserSecrets, password: string, origin: Origin): Promise<{ readonly device: Device | undefined }>
  /**
   * Begins a login of a user as it was read when the password or the face was verified, on the device it comes from.
   * Refused where the account was disabled or a credential has changed since then.
   */
  begin(
    user: User,
    origin: Origin,
    device: Device | undefined
  ): Promise<{ readonly tokens: Tokens, readonly deviceToken: string }>
  /** The same without a device: for tools. */
  issue(user: User): Promise<Tokens>
  /**
   * A new pair for a refresh token, which is used up. One that was used before ends the whole login, unless it comes
   * from the browser that logged in, or its answer may have been lost: asked again at once, and before the new token
   * has been used.
   */
  refresh(refreshToken: string, deviceTokens: readonly string[]): Promise<Tokens & { readonly user: User }>
  /** Whose login a refresh token belongs to, used or not; undefined where it has ended or is unknown. */
  ofRefreshToken(refreshToken: string): Promise<Pick<Account, 'id' | 'loginHash'> | undefined>
  /** Ends this login: its refresh tokens, and its access tokens at once. */
  end(account: Pick<Account, 'loginHash'>): Promise<void>
  /** Ends every login of the user. */
  endAll(userId: string): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly logins: Logins
  }
}

const SWEEP_MS = 3_600_000

/** A client that got no answer asks again within this. */
const REFRESH_GRACE_MS = 20_000

/** Devices remembered for an account; the longest unused one is forgotten. */
const DEVICES_PER_ACCOUNT_MAX = 20

export default fp<{ readonly db: Database, readonly config: Config, readonly cluster: Cluster }>(
  async function logins (fastify, { db, config, cluster }) {
    const sweep = async (): Promise<void> => {
      const nowMs = Date.now()
      await Promise.all([db.refreshTokens.deleteExpired(nowMs), db.invitations.deleteExpired(nowMs)]).catch(error =>
        fastify.log.warn({ err: error }, 'removal of expired tokens failed')
      )
    }
    const sweeper = setInterval(sweep, SWEEP_MS).unref()
    fastify.addHook('onReady', sweep)
    fastify.addHook('onClose', async () => {
      clearInterval(sweeper)
    })

    function pair (user: User, refreshToken: string): Tokens {
      return {
        accessToken: fastify.signAccessToken(user, hashOfToken(refreshToken)),
        refreshToken,
        tokenType: 'Bearer',
        expiresIn: config.accessTokenSeconds
      }
    }

    /** Whether the password matches. An account with a hash of the older form gets one of the newer form. */
    async function matches (
      user: UserSecrets | undefined,
      password: string,
      { address }: Origin,
      attempt: LoginAttempt
    ): Promise<boolean> {
      const owner = { address, knownAccount: attempt.isKnown ? attempt.account : undefined }
      try {
        return await fastify.passwordTurns(owner, async () => {
          const match = await matchPassword(user?.passwordHash, password)
          if (match === 'old-form') {
            await db.users.rehashPassword(user!.id, user!.passwordHash!, await hashPassword(password))
          }
          return match !== 'no'
        })
      } catch (error) {
        // Nobody looked at the password: the try does not count.
        await attempt.undone()
        throw error
      }
    }

    /** The error for a login if its account changed during verification. */
    async function overtaken ({ id }: User): Promise<Error> {
      const present = await db.users.byId(id)
      return refuse(
        present !== undefined && present.disabledAtMs !== null
          ? 'INVIGIL_ERR_ACCOUNT_DISABLED'
          : 'INVIGIL_ERR_LOGIN_OVERTAKEN'
      )
    }

    async function issue (
      user: User,
      deviceId: string | null,
      newDevice?: { readonly tokenHash: string, readonly label: string | null }
    ): Promise<Tokens> {
      const refreshToken = newToken()
      const nowMs = Date.now()
      const token = await db.refreshTokens.issue(
        {
          userId: user.id,
          tokenHash: hashOfToken(refreshToken),
          deviceId,
          expiresAtMs: nowMs + config.refreshTokenSeconds * 1000
        },
        user.credentialVersion,
        newDevice === undefined ? undefined : { ...newDevice, atMs: nowMs, keepMax: DEVICES_PER_ACCOUNT_MAX }
      )
      if (token === undefined) throw await overtaken(user)
      await db.quotas.trimRefreshTokens(user.id, QUOTAS.loginRows)
      return pair(user, refreshToken)
    }

    const logins: Logins = {
      attempts: createLoginAttempts({ db, config, cluster }),

      async byPassword (email, password, origin) {
        const attempt = await logins.attempts.take(email, origin)
        const user = await db.users.secretsByEmail(attempt.account)
        const isRight = await matches(user, password, origin, attempt)
        if (user === undefined || !isRight) throw refuse('INVIGIL_ERR_LOGIN_FAILED')
        await attempt.succeeded()
        // Told only to who knows the password.
        if (user.disabledAtMs !== null) throw refuse('INVIGIL_ERR_ACCOUNT_DISABLED')
        return { user, device: attempt.device }
      },

      async confirmPassword (user, password, origin) {
        const attempt = await logins.attempts.take(user.email, origin)
        if (!(await matches(user, password, origin, attempt))) throw refuse('INVIGIL_ERR_PASSWORD_WRONG')
        await attempt.succeeded()
        return { device: attempt.device }
      },

      async begin (user, origin, device) {
        const present =
          device === undefined ? undefined : origin.deviceTokens.find(token => hashOfToken(token) === device.tokenHash)
        if (device !== undefined && present !== undefined) {
          const tokens = await issue(user, device.id)
          await db.devices.touch(device.id, Date.now(), origin.label)
          return { tokens, deviceToken: present }
        }
        const deviceToken = newToken()
        const newDevice = { tokenHash: hashOfToken(deviceToken), label: origin.label }
        return { tokens: await issue(user, null, newDevice), deviceToken }
      },

      issue: async user => await issue(user, null),

      async refresh (refreshToken, deviceTokens) {
        const next = newToken()
        const nowMs = Date.now()
        const rotation = await db.refreshTokens.rotate(
          hashOfToken(refreshToken),
          { tokenHash: hashOfToken(next), expiresAtMs: nowMs + config.refreshTokenSeconds * 1000 },
          nowMs,
          { graceMs: REFRESH_GRACE_MS, deviceTokenHashes: deviceTokens.map(hashOfToken) }
        )
        if (rotation.outcome === 'reused') {
          fastify.log.warn(
            { userId: rotation.userId, familyId: rotation.familyId },
            'a refresh token was used twice, its login is ended'
          )
          throw refuse('INVIGIL_ERR_REFRESH_REUSED')
        }
        const user = rotation.outcome === 'rotated' ? await db.users.byId(rotation.token.userId) : undefined
        if (user === undefined || user.disabledAtMs !== null) throw refuse('INVIGIL_ERR_REFRESH_INVALID')
        await db.quotas.trimRefreshTokens(user.id, QUOTAS.loginRows)
        return { ...pair(user, next), user }
      },

      async ofRefreshToken (refreshToken) {
        const login = await db.refreshTokens.byHash(hashOfToken(refreshToken))
        if (login === undefined || login.revokedAtMs !== null || login.expiresAtMs <= Date.now()) return undefined
        return { id: login.userId, loginHash: login.tokenHash }
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
  },
  { name: 'logins', dependencies: ['auth', 'password-turns'] }
)
