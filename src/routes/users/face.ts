import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { defined } from '../../../lib/defined.ts'
import type { FaceEnrollment, User } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { actorOf, identityOf } from '../../exams/identity.ts'
import { accountOf, mayOversee, ROLES, STAFF } from '../../plugins/access.ts'
import type { Account } from '../../plugins/auth.ts'
import { readPage } from '../page.ts'
import { UserIdParams } from '../schemas.ts'
import {
  FaceConfirmBody, FaceEnrollmentSchema, FaceHistoryAnswer, FaceHistoryQuery, FaceStateSchema
} from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['users']
const params = UserIdParams

/** The history of a person's enrolled face, and its confirmation. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    faces,
    services: { db, live }
  } = fastify

  fastify.get(
    '/:userId/face/history',
    {
      config: { access: { roles: ROLES, owner: 'userId' } },
      schema: {
        tags,
        summary: "What happened to a person's enrolled face, newest first",
        description:
          'Each enrollment, replacement and removal with its time, actor, network address and confirmation. Teachers see students and themselves.',
        params,
        querystring: FaceHistoryQuery,
        response: {
          200: FaceHistoryAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_USER_UNKNOWN')
        }
      }
    },
    async request => {
      const account = accountOf(request)
      const { id } = await loadVisibleUser(account, request.params.userId)
      const { before, limit } = request.query
      const { rows, next } = await readPage(limit, limit =>
        db.faceEnrollments.list(id, { limit, ...defined({ before }) })
      )
      return { history: rows.map(entry => enrollmentView(account, entry)), next }
    }
  )

  fastify.get(
    '/:userId/face',
    {
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: "The state of a person's enrolled face",
        description:
          'Whether a face is enrolled, when and by whom, and who confirmed it. The face itself is never returned. Teachers see students and themselves.',
        params,
        response: { 200: FaceStateSchema, ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async request => {
      const { id } = await loadVisibleUser(accountOf(request), request.params.userId)
      const { isEnrolled, change } = await db.faceEnrollments.at(id)
      const entry = isEnrolled ? change : null
      return {
        isEnrolled,
        enrollmentId: entry?.id ?? null,
        enrolledAtMs: entry?.atMs ?? null,
        enrolledBy: entry !== null ? actorOf(entry) : isEnrolled ? ('system' as const) : null,
        enrolledByName: await nameOf(entry?.by),
        confirmedAtMs: entry?.confirmedAtMs ?? null,
        confirmedByName: await nameOf(entry?.confirmedBy)
      }
    }
  )

  fastify.post(
    '/:userId/face/confirm',
    {
      config: { access: { roles: STAFF, owner: 'userId', notOwn: true } },
      schema: {
        tags,
        summary: "Confirm that the enrolled face is this person's",
        description:
          'The confirmation is valid until the face is replaced or removed. Teachers can confirm students; staff cannot confirm themselves. With enrollmentId, a face that was enrolled after the history was read is not confirmed. With sessionId, the confirmation relies on the live picture of that session: the session must belong to the person and be running, and pictures must have arrived for three seconds without a break. The audit entry names the session and says whether its pictures are compared with the face.',
        params,
        body: FaceConfirmBody,
        response: {
          200: FaceEnrollmentSchema,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_USER_UNKNOWN',
            'INVIGIL_ERR_FACE_NONE',
            'INVIGIL_ERR_FACE_NOT_LIVE',
            'INVIGIL_ERR_SESSION_UNKNOWN',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_CONFLICT'
          )
        }
      }
    },
    async request => {
      const account = accountOf(request)
      const { id } = await loadVisibleUser(account, request.params.userId)
      const { reason, enrollmentId, sessionId } = request.body
      const detail = sessionId === undefined ? {} : await livePicture(account, id, sessionId)
      const confirmed = await db.faceEnrollments.confirm(id, {
        by: account.id,
        reason,
        detail,
        atMs: live.now(),
        ...defined({ enrollmentId })
      })
      if (confirmed === 'none') throw refuse('INVIGIL_ERR_FACE_NONE')
      if (confirmed === 'changed') throw refuse('INVIGIL_ERR_CONFLICT')
      return enrollmentView(account, confirmed)
    }
  )

  /** What the audit entry says of the live picture that a confirmation rests on; throws where none comes. */
  async function livePicture (
    account: Account,
    userId: string,
    sessionId: string
  ): Promise<{ readonly sessionId: string, readonly isCompared: boolean | null }> {
    const session = await db.sessions.byId(sessionId)
    if (session?.userId !== userId) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
    if (!(await mayOversee(db, account, session))) throw refuse('INVIGIL_ERR_NOT_YOURS')
    const summary = session.state === 'active' ? await live.summary(sessionId) : undefined
    if (summary?.online !== true || summary.unseenMs > 0) throw refuse('INVIGIL_ERR_FACE_NOT_LIVE')
    const { isCompared } = await identityOf(db, faces.enrolled, session)
    return { sessionId, isCompared }
  }

  async function nameOf (userId: string | null | undefined): Promise<string | null> {
    return userId == null ? null : ((await db.users.byId(userId))?.name ?? null)
  }

  /** The account, if the requester may read it. */
  async function loadVisibleUser (account: Account, id: string): Promise<User> {
    const user = await db.users.byId(id)
    if (user === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
    if (account.role === 'teacher' && user.role !== 'student' && user.id !== account.id) {
      throw refuse('INVIGIL_ERR_FORBIDDEN')
    }
    return user
  }
}

export default routes

/** Where staff were is told to admins only. */
function enrollmentView ({ role }: Account, entry: FaceEnrollment) {
  const { id, action, atMs, by, address, confirmedBy, confirmedAtMs } = entry
  const actor = actorOf(entry)
  const isTold = address !== '' && (actor === 'candidate' || role === 'admin')
  return { id, action, atMs, by, actor, address: isTold ? address : null, confirmedBy, confirmedAtMs }
}
