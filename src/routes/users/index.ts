import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import { allRows, type User } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { cleanName } from '../../names.ts'
import { checkNewPassword, PASSWORD_CODES } from '../../accounts/password-rules.ts'
import { hashPassword, makePassword } from '../../accounts/password-hash.ts'
import { accountOf, ROLES, STAFF } from '../../plugins/access.ts'
import { auditOf } from '../audit-of.ts'
import { readPage } from '../page.ts'
import { UserIdParams } from '../schemas.ts'
import { userView } from '../auth/user-view.ts'
import { PasswordAnswer, PasswordBody, UserChangeBody, UserForStaffSchema, UsersAnswer, UsersQuery } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['users']
const params = UserIdParams

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    logins,
    services: { db, live, media }
  } = fastify
  /** Called before the change: a change without an entry is worse than an entry of a change that failed. */
  const audit = auditOf(db, 'user')
  const config = { access: { roles: ['admin'], owner: 'userId' } } as const

  /** Changes of rights run one after another. If two admins demote each other, one of them stays admin. */
  let turn: Promise<unknown> = Promise.resolve()

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'Accounts, newest first',
        description: 'Teachers see students.',
        querystring: UsersQuery,
        response: { 200: UsersAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { role: asked, search, before, limit } = request.query
      const isTeacher = accountOf(request).role === 'teacher'
      if (isTeacher && asked !== undefined && asked !== 'student') throw refuse('INVIGIL_ERR_FORBIDDEN')
      const role = isTeacher ? ('student' as const) : asked
      const { rows, next } = await readPage(limit, limit =>
        db.users.list({ limit, ...defined({ role, search, before }) })
      )
      return { users: rows.map(forStaff), next }
    }
  )

  fastify.get(
    '/:userId',
    {
      config: { access: { roles: ROLES, owner: 'userId' } },
      schema: {
        tags,
        summary: 'One account',
        description: 'Teachers see students and themselves.',
        params,
        response: {
          200: UserForStaffSchema,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_USER_UNKNOWN')
        }
      }
    },
    async request => {
      const user = await loadUser(request.params.userId)
      const account = accountOf(request)
      if (account.role === 'teacher' && user.role !== 'student' && user.id !== account.id) {
        throw refuse('INVIGIL_ERR_FORBIDDEN')
      }
      return forStaff(user)
    }
  )

  fastify.patch(
    '/:userId',
    {
      config,
      schema: {
        tags,
        summary: 'Change the name or role, disable or enable the account',
        description:
          'A new role takes effect at once, also on open sockets. Admins cannot change their own role or disable themselves, so at least one admin remains.',
        params,
        body: UserChangeBody,
        response: { 200: UserForStaffSchema, ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN', 'INVIGIL_ERR_SELF') }
      }
    },
    async request => {
      const { name, role, disabled } = request.body
      const { userId } = request.params
      await inTurn(request, async actorId => {
        const user = await loadUser(userId)
        const isRoleNew = role !== undefined && role !== user.role
        const isStateNew = disabled !== undefined && disabled !== (user.disabledAtMs !== null)
        if (userId === actorId && (isRoleNew || isStateNew)) throw refuse('INVIGIL_ERR_SELF')
        const clean = name === undefined ? user.name : cleanName(name)
        if (clean !== user.name) {
          // The name itself is the account's, not the log's.
          await audit(actorId, 'user.rename', userId, {})
          await db.users.setProfile(userId, { name: clean })
        }
        if (isRoleNew) {
          await audit(actorId, 'user.role', userId, { role, was: user.role })
          await db.users.setRole(userId, role)
        }
        if (isStateNew) {
          await audit(actorId, disabled ? 'user.disable' : 'user.enable', userId, {})
          await db.users.setDisabled(userId, disabled ? Date.now() : null)
          if (disabled) await logins.endAll(userId)
        }
      })
      await live.accountChanged(userId)
      return forStaff(await loadUser(userId))
    }
  )

  fastify.post(
    '/:userId/password',
    {
      config,
      schema: {
        tags,
        summary: 'Set a new password',
        description:
          'Ends every login of the account and deletes its known devices and its enrolled face, because the face also allows a login. While a legal hold covers the person, the face is set aside: nothing is compared with it any more, and it is deleted after the end of the hold.',
        params,
        body: PasswordBody,
        response: { 200: PasswordAnswer, ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN', ...PASSWORD_CODES) }
      }
    },
    async request => {
      const { userId } = request.params
      const { hasFace, email, name } = await loadUser(userId)
      const password = request.body.password ?? makePassword()
      checkNewPassword(password, { email, name })
      const owner = { address: request.ip, knownAccount: accountOf(request).id }
      const passwordHash = await fastify.passwordTurns(owner, async () => await hashPassword(password))
      await audit(accountOf(request).id, 'user.password', userId, {})
      if (hasFace) await audit(accountOf(request).id, 'face.remove', userId, {})
      // An intruder may have enrolled a face, and the devices may be the intruder's.
      const version = await db.users.replacePassword(userId, {
        passwordHash,
        forgetsOthers: { by: accountOf(request).id, address: request.ip },
        atMs: Date.now()
      })
      if (version === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      await live.accountChanged(userId)
      return request.body.password === undefined ? { password } : {}
    }
  )

  fastify.post(
    '/:userId/logout',
    {
      config,
      schema: {
        tags,
        summary: 'Log a user out on every device',
        params,
        response: { 204: Type.Null({ description: 'Logged out' }), ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async (request, reply) => {
      const { userId } = request.params
      await loadUser(userId)
      await audit(accountOf(request).id, 'user.logout', userId, {})
      await endLogins(userId)
      return await reply.code(204).send(null)
    }
  )

  fastify.delete(
    '/:userId',
    {
      config,
      schema: {
        tags,
        summary: 'Erase an account and all of its records',
        description:
          'Erases logins, face, sessions with their events, and attempts with answers and grades. An open session is ended first. The audit log keeps actions, ids and times, but not the texts that were written about the account or that name it; statistics keep counts without names. Exams that a teacher created are kept. Refused while a legal hold covers the account, or a text that would be emptied: one that the account wrote about a person under a hold, or one there that names the account.',
        params,
        response: {
          204: Type.Null({ description: 'Erased' }),
          ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN', 'INVIGIL_ERR_SELF', 'INVIGIL_ERR_LEGAL_HOLD')
        }
      }
    },
    async (request, reply) => {
      const { userId } = request.params
      await inTurn(request, async actorId => {
        const { role } = await loadUser(userId)
        if (userId === actorId) throw refuse('INVIGIL_ERR_SELF')
        if (await db.holds.covers(userId) || await db.erasure.quotesHeld(userId)) throw refuse('INVIGIL_ERR_LEGAL_HOLD')
        await audit(actorId, 'user.erase', userId, { role })
        // Nobody logs in any more, so nothing new begins while the old is being removed.
        await db.users.setDisabled(userId, Date.now())
        await endLogins(userId)
        const session = await db.sessions.openByUser(userId)
        if (session !== undefined) await live.terminate(session.id, actorId)
        const sessionIds = await sessionIdsOf(userId)
        // The keys go with the rows: from then on the files cannot be read, here and in backups.
        await db.erasure.user(userId)
        for (const id of sessionIds) {
          await media.vault.deleteObjects(id).catch(error =>
            fastify.log.error({ err: error, sessionId: id }, 'files of an erased session not deleted, they are unreadable')
          )
        }
      })
      await fastify.reports.deleteLeftovers().catch(error =>
        fastify.log.error({ err: error }, 'files of withdrawn reports not deleted; they will be with the next erasure')
      )
      await purge()
      await live.accountChanged(userId)
      return await reply.code(204).send(null)
    }
  )

  /** Runs `change` after earlier changes, if the requester is still an admin. */
  async function inTurn (request: FastifyRequest, change: (actorId: string) => Promise<void>): Promise<void> {
    const account = accountOf(request)
    const mine = turn.then(async () => {
      if ((await fastify.confirm(account)).role !== 'admin') throw refuse('INVIGIL_ERR_FORBIDDEN')
      await change(account.id)
    })
    turn = mine.catch(() => {})
    await mine
  }

  /** The rows are gone; now their bytes. */
  async function purge (): Promise<void> {
    if (!(await db.erasure.purge())) {
      fastify.log.warn(
        'erased rows are overwritten, but the write-ahead log could not be emptied: it will be with the next erasure or at the end of the server'
      )
    }
  }

  async function sessionIdsOf (userId: string): Promise<string[]> {
    const ids: string[] = []
    const list = allRows(500, (limit, before) => db.sessions.list({ userId, limit, ...defined({ before }) }))
    for await (const { id } of list) ids.push(id)
    return ids
  }

  async function endLogins (userId: string): Promise<void> {
    await logins.endAll(userId)
    await live.accountChanged(userId)
  }

  async function loadUser (id: string): Promise<User> {
    const user = await db.users.byId(id)
    if (user === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
    return user
  }
}

export default routes

function forStaff (user: User) {
  return { ...userView(user), disabledAtMs: user.disabledAtMs }
}
