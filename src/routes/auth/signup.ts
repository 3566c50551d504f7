import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Database, NewUser, Role, User } from '../../../db/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Config } from '../../config.ts'
import { hashOfToken } from '../../accounts/devices.ts'
import { refuse } from '../../errors.ts'
import { networkOf } from '../../http/network.ts'
import { auditOf } from '../audit-of.ts'

export const SIGNUP_CODES = [
  'INVIGIL_ERR_TOKEN_MISSING',
  'INVIGIL_ERR_SIGNUP_OFF',
  'INVIGIL_ERR_INVITATION_MISSING',
  'INVIGIL_ERR_INVITATION_INVALID'
] as const

/** The first wait of a network that has asked for too many addresses that are taken; each further one doubles it. */
const PROBE_WAIT_FIRST_MS = 10_000

interface SignupRequest {
  readonly email: string
  readonly role?: Role
  readonly invitation?: string
}

/** The leave to make one account. */
export interface Admission {
  /** The account is made for another person, so its tokens are not told. */
  readonly isByAdmin: boolean
  /** Makes the account with the role that the leave is for. Throws `unique` when the address is taken. */
  create (user: Omit<NewUser, 'role'>): Promise<User>
  /** To be called once the account is there. */
  done (): Promise<void>
}

interface Options {
  readonly fastify: FastifyInstance
  readonly db: Database
  readonly config: Config
  readonly cluster: Cluster
}

/**
 * Decides who may make an account: admins for anybody, people with an invitation, and anybody where sign-up is open.
 * What was decided is asked again when the account is made.
 */
export function createSignup ({
  fastify,
  db,
  config,
  cluster
}: Options): (request: FastifyRequest, asked: SignupRequest) => Promise<Admission> {
  /** Sign-ups of a network that made no account: most of them asked for an address that is taken. */
  const probes = cluster.attempts('probes', config.loginWindowMs)
  const audit = auditOf(db, 'user')

  async function byAdmin (request: FastifyRequest, role: Role): Promise<Admission> {
    const account = await fastify.authenticate(request)
    if (account.role !== 'admin') throw refuse('INVIGIL_ERR_FORBIDDEN')
    return {
      isByAdmin: true,
      create: async user => {
        const created = await db.users.create({ ...user, role, faceFrom: { by: account.id, address: request.ip } })
        await audit(account.id, 'user.create', created.id, { role })
        return created
      },
      done: async () => {}
    }
  }

  async function byInvitation ({ email, role }: SignupRequest, invitation: string): Promise<Admission> {
    const tokenHash = hashOfToken(invitation)
    const found = await db.invitations.usable(tokenHash, email, Date.now())
    if (found === undefined) throw refuse('INVIGIL_ERR_INVITATION_INVALID')
    if (role !== undefined && role !== found.role) throw refuse('INVIGIL_ERR_FORBIDDEN')
    return {
      isByAdmin: false,
      create: async user => {
        const redeemed = await db.invitations.redeem(tokenHash, user, Date.now())
        if (redeemed === undefined) throw refuse('INVIGIL_ERR_INVITATION_INVALID')
        await audit(redeemed.user.id, 'user.invited', redeemed.user.id, {
          role: redeemed.user.role,
          invitationId: redeemed.invitation.id
        })
        return redeemed.user
      },
      done: async () => {}
    }
  }

  async function open (request: FastifyRequest): Promise<Admission> {
    const keys = [networkOf(request.ip)]
    // Counted before it is known how it ends, and taken back for an account that is made: what stays are probes for
    // addresses.
    const waitMs = await probes.tryAcquire(
      keys.map(key => ({ key, max: config.signupsPerMinuteMax, growMs: PROBE_WAIT_FIRST_MS })),
      Date.now()
    )
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
    }
    return {
      isByAdmin: false,
      create: async user => await db.users.create({ ...user, role: 'student' }),
      done: async () => { await probes.release(keys) }
    }
  }

  return async (request, asked) => {
    const { role = 'student', invitation } = asked
    const isClosed = config.signup !== 'open'
    if (invitation === undefined && (role !== 'student' || (isClosed && request.headers.authorization !== undefined))) {
      return await byAdmin(request, role)
    }
    if (config.signup === 'off') throw refuse('INVIGIL_ERR_SIGNUP_OFF')
    if (invitation !== undefined) return await byInvitation(asked, invitation)
    if (isClosed) throw refuse('INVIGIL_ERR_INVITATION_MISSING')
    return await open(request)
  }
}
