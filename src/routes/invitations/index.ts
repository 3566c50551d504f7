import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import { hashOfToken, newToken } from '../../accounts/devices.ts'
import { refuse } from '../../errors.ts'
import { accountOf, STAFF } from '../../plugins/access.ts'
import { auditOf } from '../audit-of.ts'
import { readPage } from '../page.ts'
import { InvitationBody, InvitationMade, InvitationParams, InvitationsAnswer, InvitationsQuery } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['users']

const HOUR_MS = 3_600_000
const HOURS = 168

/** Invitations of one account that can still be used. */
const OPEN_MAX = 1000

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    config: { signup },
    services: { db }
  } = fastify
  const audit = auditOf(db, 'invitation')
  const config = { access: { roles: STAFF } } as const

  fastify.post(
    '/',
    {
      config,
      prefixTrailingSlash: 'no-slash',
      schema: {
        tags,
        summary: 'Invite people to create an account',
        description:
          'Admins can invite people with any role; teachers can invite students, to their own exams. The link is returned only once; the server stores only a hash of its token.',
        body: InvitationBody,
        response: {
          201: InvitationMade,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_SIGNUP_OFF',
            'INVIGIL_ERR_EXAM_UNKNOWN',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_INVITATIONS_FULL'
          )
        }
      }
    },
    async (request, reply) => {
      const { role = 'student', email = null, examId = null, usesMax = 1, expiresInHours = HOURS } = request.body
      const account = accountOf(request)
      if (account.role !== 'admin' && role !== 'student') throw refuse('INVIGIL_ERR_FORBIDDEN')
      if (signup === 'off') throw refuse('INVIGIL_ERR_SIGNUP_OFF')
      if (usesMax > 1 && (role !== 'student' || email !== null)) {
        throw refuse('INVIGIL_ERR_VALIDATION', {
          fields: [{ field: 'usesMax', problem: 'maximum', values: { limit: 1 } }]
        })
      }
      if (examId !== null) {
        if (role !== 'student') {
          throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'examId', problem: 'unknown' }] })
        }
        const exam = await db.exams.byId(examId)
        if (exam === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
        if (account.role !== 'admin' && exam.ownerId !== account.id) throw refuse('INVIGIL_ERR_NOT_YOURS')
      }
      const token = newToken()
      const createdAtMs = Date.now()
      const expiresAtMs = createdAtMs + expiresInHours * HOUR_MS
      const invitation = await db.invitations.create(
        {
          tokenHash: hashOfToken(token),
          createdBy: account.id,
          role,
          email,
          examId,
          usesMax,
          createdAtMs,
          expiresAtMs
        },
        OPEN_MAX
      )
      if (invitation === undefined) throw refuse('INVIGIL_ERR_INVITATIONS_FULL', { values: { max: OPEN_MAX } })
      // The address stays out: the log outlives the account.
      await audit(account.id, 'invitation.create', invitation.id, { role, examId, usesMax, expiresAtMs })
      return await reply
        .code(201)
        .send({ invitation, token, link: `${request.protocol}://${request.host}/?invitation=${token}` })
    }
  )

  fastify.get(
    '/',
    {
      config,
      prefixTrailingSlash: 'no-slash',
      schema: {
        tags,
        summary: 'Invitations, newest first',
        description: 'Teachers see their own invitations. Expired invitations are removed within an hour.',
        querystring: InvitationsQuery,
        response: { 200: InvitationsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { before, limit } = request.query
      const account = accountOf(request)
      const createdBy = account.role === 'admin' ? undefined : account.id
      const { rows: invitations, next } = await readPage(limit, limit =>
        db.invitations.list({ limit, ...defined({ createdBy, before }) })
      )
      return { invitations, next }
    }
  )

  fastify.delete(
    '/:invitationId',
    {
      config,
      schema: {
        tags,
        summary: 'Withdraw an invitation',
        description: 'Accounts that were created with it are kept.',
        params: InvitationParams,
        response: {
          204: Type.Null({ description: 'Withdrawn' }),
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_INVITATION_UNKNOWN')
        }
      }
    },
    async (request, reply) => {
      const account = accountOf(request)
      const invitation = await db.invitations.byId(request.params.invitationId)
      if (invitation === undefined) throw refuse('INVIGIL_ERR_INVITATION_UNKNOWN')
      if (account.role !== 'admin' && invitation.createdBy !== account.id) throw refuse('INVIGIL_ERR_NOT_YOURS')
      if (await db.invitations.revoke(invitation.id, Date.now())) {
        await audit(account.id, 'invitation.revoke', invitation.id, {})
      }
      return await reply.code(204).send(null)
    }
  )
}

export default routes
