import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { defined } from '../../../lib/defined.ts'
import type { NewAuditEntry, SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { identityOf } from '../../exams/identity.ts'
import { submitPath } from '../../exams/receipt.ts'
import { accountOf, mayOversee, ROLES, STAFF } from '../../plugins/access.ts'
import { requireQuota, requireSessionQuota } from '../../quotas.ts'
import { startAnswer } from '../attempts/attempt-view.ts'
import { UserIdParams } from '../schemas.ts'
import { ClearAnswer, ReasonBody, SessionSchema, StartAnswer, StartBody, SummarySchema } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

/** Refusals of a start that names an exam. */
const START_REFUSALS = [
  'INVIGIL_ERR_EXAM_UNKNOWN',
  'INVIGIL_ERR_EXAM_CLOSED',
  'INVIGIL_ERR_EXAM_OTHER_OPEN',
  'INVIGIL_ERR_ATTEMPTS_EXHAUSTED',
  'INVIGIL_ERR_TERMINATED',
  'INVIGIL_ERR_CONSENT_NEEDED',
  'INVIGIL_ERR_PREFLIGHT_MISSING',
  'INVIGIL_ERR_IDENTITY_NEEDED',
  'INVIGIL_ERR_BUSY',
  'INVIGIL_ERR_DRAINING',
  'INVIGIL_ERR_QUOTA'
] as const

const tags = ['exam']
const params = UserIdParams

type Named = FastifyRequest & { readonly params: { readonly userId: string } }

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    admission,
    faces,
    attempts,
    services: { db, live }
  } = fastify
  /** Students act on themselves, staff on every user. */
  const config = { access: { roles: ROLES, owner: 'userId' } } as const
  const changed = { 200: SessionSchema }

  fastify.get(
    '/summary/:userId',
    {
      config,
      schema: {
        tags,
        summary: "Scores and counts of a user's session: the open one, else the last",
        params,
        response: { 200: SummarySchema, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE') }
      }
    },
    async request => {
      const session = await latestSession(request)
      const summary = await live.summary(session.id)
      if (summary === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
      return {
        ...summary,
        pauses: [...summary.pauses],
        gaps: [...summary.gaps],
        identity: await identityOf(db, faces.enrolled, session)
      }
    }
  )

  fastify.post(
    '/start/:userId',
    {
      // A user cannot take an exam for another user.
      config: { access: { roles: ROLES, owner: 'userId', ownerRoles: ROLES } },
      schema: {
        tags,
        summary: 'Start a session, with or without an exam',
        description:
          'If a session is already open, the response is 200 with that session. An overloaded or draining gateway starts no new session and returns 503 with Retry-After. With examId, the same as POST /exams/:examId/start, for students.',
        params,
        body: StartBody,
        response: {
          200: StartAnswer,
          201: StartAnswer,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', ...START_REFUSALS)
        }
      }
    },
    async (request, reply) => {
      const { userId } = request.params
      const { examId } = request.body
      if (examId !== undefined) {
        // Whoever was a student when the open attempt began goes on with it.
        if (accountOf(request).role !== 'student' && (await db.attempts.openByUser(userId))?.examId !== examId) {
          throw refuse('INVIGIL_ERR_FORBIDDEN')
        }
        const exam = await db.exams.byId(examId)
        if (exam === undefined || exam.state === 'draft') throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
        const started = await attempts.start(exam, userId)
        const { session, ...answer } = await startAnswer(db, started)
        return await reply.code(started.created ? 201 : 200).send({ ...session, ...answer })
      }
      if ((await db.sessions.openByUser(userId)) === undefined) {
        admission.admit()
        await requireSessionQuota(db, 'sessionsADay', userId, Date.now())
      }
      const { session, created } = await db.sessions.open({ userId, atMs: Date.now() })
      await live.start(session)
      const answer = { ...(await loadSession(session.id)), socketPath: `/ws/${userId}` }
      return await reply.code(created ? 201 : 200).send(answer)
    }
  )

  fastify.post(
    '/pause/:userId',
    {
      config,
      schema: {
        tags,
        summary: 'Pause the running session',
        description:
          'A pause by staff stops the clock of the exam. While an attempt is open, a pause by the candidate is a break: the policy limits the number, length and spacing of breaks, and the clock keeps running. Staff can take over a pause that the candidate started.',
        params,
        body: ReasonBody,
        response: {
          ...changed,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_SESSION_NONE',
            'INVIGIL_ERR_SESSION_NOT_ACTIVE',
            'INVIGIL_ERR_BREAK_REFUSED',
            'INVIGIL_ERR_QUOTA'
          )
        }
      }
    },
    async request => {
      const session = await openSession(request)
      const { id } = accountOf(request)
      const { reason } = request.body
      if (session.userId !== id) {
        if (!(await live.pause(session.id, id, reason, staffNote(request, session, 'session.pause')))) {
          throw refuse('INVIGIL_ERR_SESSION_NOT_ACTIVE')
        }
        return await loadSession(session.id)
      }
      if (session.state !== 'active') throw refuse('INVIGIL_ERR_SESSION_NOT_ACTIVE')
      const attempt = session.attemptId === null ? undefined : await db.attempts.byId(session.attemptId)
      const isBreak = attempt?.state === 'open'
      if (isBreak) await attempts.breaks.check(attempt)
      else requireQuota('ownPausesOfSession', await db.quotas.pausesBy(session.id, id))
      if (!(await live.pause(session.id, id, reason))) throw refuse('INVIGIL_ERR_SESSION_NOT_ACTIVE')
      if (isBreak) await attempts.breaks.checkBegun(attempt, session.id)
      return await loadSession(session.id)
    }
  )

  fastify.post(
    '/resume/:userId',
    {
      config,
      schema: {
        tags,
        summary: 'Resume after a pause',
        description: 'Candidates can resume after their own pauses, not after pauses by staff.',
        params,
        body: ReasonBody,
        response: { ...changed, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE', 'INVIGIL_ERR_SESSION_NOT_PAUSED') }
      }
    },
    async request => {
      const session = await openSession(request)
      const { id } = accountOf(request)
      // What a proctor, or the system, has stopped is not the candidate's to go on with.
      const pause = (await db.sessions.pauses(session.id)).find(({ endedAtMs }) => endedAtMs === null)
      if (id === session.userId && pause !== undefined && pause.by !== id) throw refuse('INVIGIL_ERR_FORBIDDEN')
      if (session.state !== 'paused') throw refuse('INVIGIL_ERR_SESSION_NOT_PAUSED')
      const done = await live.resume(session.id, id, request.body.reason, staffNote(request, session, 'session.resume'))
      if (!done) throw refuse('INVIGIL_ERR_SESSION_NOT_PAUSED')
      return await loadSession(session.id)
    }
  )

  fastify.post(
    '/stop/:userId',
    {
      config,
      schema: {
        tags,
        summary: 'End the session',
        description:
          'When this responds, all events until now are stored. It never hands in an attempt: while the attempt of the session is open, the response is 409, and `details` names the address for handing in. Staff end the session of an open attempt by terminating it.',
        params,
        body: ReasonBody,
        response: { ...changed, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE', 'INVIGIL_ERR_ATTEMPT_OPEN') }
      }
    },
    async request => {
      const session = await openSession(request)
      const { attemptId } = session
      if (attemptId !== null && (await db.attempts.byId(attemptId))?.state === 'open') {
        throw refuse('INVIGIL_ERR_ATTEMPT_OPEN', { details: { attemptId, submitPath: submitPath(attemptId) } })
      }
      // False: another request has just ended the session, which is the same result.
      await live.stop(
        session.id,
        accountOf(request).id,
        request.body.reason,
        staffNote(request, session, 'session.stop')
      )
      return await loadSession(session.id)
    }
  )

  fastify.post(
    '/clear-logs/:userId',
    {
      config: { access: { roles: STAFF, owner: 'userId', notOwn: true } },
      schema: {
        tags,
        summary: "Remove the events of a user's session: the open one, else the last",
        description:
          'The audit log keeps the scores and counts before the clearing, and the account that cleared them.',
        params,
        body: ReasonBody,
        response: { 200: ClearAnswer, ...refusals('guarded', 'INVIGIL_ERR_SESSION_NONE', 'INVIGIL_ERR_LEGAL_HOLD') }
      }
    },
    async request => {
      const session = await latestSession(request)
      if (await db.holds.covers(session.userId, session)) throw refuse('INVIGIL_ERR_LEGAL_HOLD')
      const summary = await live.summary(session.id)
      // Written first: a clearing that leaves no trace is worse than a trace of one that failed.
      const entry = await db.audit.append({
        actorId: accountOf(request).id,
        action: 'session.clear-logs',
        targetType: 'session',
        targetId: session.id,
        detail: {
          reason: request.body.reason ?? null,
          riskScore: summary?.riskScore ?? session.riskScore,
          trustScore: summary === undefined ? session.trustScore : summary.trustScore,
          complianceScore: summary === undefined ? session.complianceScore : summary.complianceScore,
          seenPercent: summary === undefined ? session.seenPercent : summary.seenPercent,
          counts: summary?.counts ?? {}
        },
        atMs: Date.now()
      })
      return { sessionId: session.id, removed: await live.clear(session.id), auditId: entry.id }
    }
  )

  /** The audit entry for what staff do to another person's session. */
  function staffNote (
    request: Named & { readonly body: { readonly reason?: string } },
    session: SessionWithUser,
    action: string
  ): NewAuditEntry | undefined {
    const { id } = accountOf(request)
    if (id === session.userId) return undefined
    const { reason } = request.body
    return {
      actorId: id,
      action,
      targetType: 'session',
      targetId: session.id,
      detail: defined({ text: reason }),
      atMs: Date.now()
    }
  }

  async function openSession (request: Named): Promise<SessionWithUser> {
    const session = await db.sessions.openByUser(request.params.userId)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return await checkOversight(request, session)
  }

  async function latestSession (request: Named): Promise<SessionWithUser> {
    const { userId } = request.params
    const session = (await db.sessions.openByUser(userId)) ?? (await db.sessions.lastByUser(userId))
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return await checkOversight(request, session)
  }

  /** The path names a user. The session tells which exam it belongs to. */
  async function checkOversight (request: Named, session: SessionWithUser): Promise<SessionWithUser> {
    const account = accountOf(request)
    if (session.userId !== account.id && !(await mayOversee(db, account, session))) {
      throw refuse('INVIGIL_ERR_NOT_YOURS')
    }
    return session
  }

  async function loadSession (id: string): Promise<SessionWithUser> {
    const session = await db.sessions.byId(id)
    if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
    return session
  }
}

export default routes
