import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type LegalHold } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import { refuse } from '../../errors.ts'
import { accountOf } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { dueUntil } from '../../retention/due.ts'
import { goodReason } from '../../reviews/reason.ts'
import { readPage } from '../page.ts'
import {
  HoldBody, HoldParams, HoldReleaseBody, HoldSchema, HoldsAnswer, HoldsQuery, RetentionAnswer
} from './retention-schemas.ts'

const tags = ['retention']
const SOON_MS = 7 * 86_400_000

/** For how long things are kept, what is deleted next, and legal holds. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { config: { retention: days }, services: { db, live } } = fastify
  const config = { access: { roles: ['admin'] } } as const

  fastify.get(
    '/retention',
    {
      config,
      schema: {
        tags,
        summary: 'For how long things are kept, and what the next seven days will delete',
        description: 'The days are those of the server; an exam may set its own in its policy. What a legal hold covers is listed with `isHeld` and stays.',
        response: { 200: RetentionAnswer, ...refusals('guarded') }
      }
    },
    async () => {
      const untilMs = live.now() + SOON_MS
      const { items, sessions, isMore } = await dueUntil(db, days, untilMs)
      const [people, exams] = await Promise.all([
        db.users.namesOf([...new Set(items.map(({ session }) => session.userId))]),
        db.exams.titles([...new Set(items.flatMap(({ session }) => session.examId ?? []))])
      ])
      return {
        days,
        untilMs,
        sessions,
        isMore,
        due: items.map(({ session: { id: sessionId, userId, examId, dueAtMs }, ...item }) => ({
          ...item,
          sessionId,
          userId,
          userName: people[userId] ?? '',
          examId,
          examTitle: examId === null ? null : exams[examId] ?? null,
          dueAtMs
        }))
      }
    }
  )

  fastify.get(
    '/holds',
    {
      config,
      schema: {
        tags,
        summary: 'Legal holds, newest first',
        querystring: HoldsQuery,
        response: { 200: HoldsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { userId, isActive, before, limit } = request.query
      const { rows, next } = await readPage(limit, limit =>
        db.holds.list({ limit, ...defined({ userId, isActive, before }) }))
      return { holds: await shown(rows), next }
    }
  )

  fastify.post(
    '/holds',
    {
      config,
      schema: {
        tags,
        summary: 'Place a legal hold on a person, an attempt or a session',
        description: 'What it covers is not deleted: neither because its time is over nor by an erasure, until the hold is released.',
        body: HoldBody,
        response: {
          201: HoldSchema,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_USER_UNKNOWN',
            'INVIGIL_ERR_ATTEMPT_UNKNOWN',
            'INVIGIL_ERR_SESSION_UNKNOWN',
            'INVIGIL_ERR_REASON_SHORT'
          )
        }
      }
    },
    async (request, reply) => {
      const { targetType, targetId } = request.body
      const reason = goodReason(request.body.reason)
      const userId = await personOf(targetType, targetId)
      const by = accountOf(request).id
      const atMs = live.now()
      const id = await db.holds.place({
        userId,
        sessionId: targetType === 'session' ? targetId : null,
        attemptId: targetType === 'attempt' ? targetId : null,
        reason,
        placedBy: by,
        placedAtMs: atMs
      }, { actorId: by, action: 'hold.place', targetType, targetId, detail: { reason }, atMs })
      return await reply.code(201).send(await holdOf(id))
    }
  )

  fastify.post(
    '/holds/:holdId/release',
    {
      config,
      schema: {
        tags,
        summary: 'Release a legal hold',
        description: 'What is due by then is deleted by the next sweep.',
        params: HoldParams,
        body: HoldReleaseBody,
        response: {
          200: HoldSchema,
          ...refusals(
            'guarded', 'INVIGIL_ERR_HOLD_UNKNOWN', 'INVIGIL_ERR_HOLD_RELEASED', 'INVIGIL_ERR_REASON_SHORT'
          )
        }
      }
    },
    async request => {
      const reason = goodReason(request.body.reason)
      const { userId, sessionId, attemptId, id: holdId } = await holdOf(request.params.holdId)
      const by = accountOf(request).id
      const atMs = live.now()
      const released = await db.holds.release(holdId, by, atMs, {
        actorId: by,
        action: 'hold.release',
        targetType: sessionId !== null ? 'session' : attemptId !== null ? 'attempt' : 'user',
        targetId: sessionId ?? attemptId ?? userId,
        detail: { reason, holdId },
        atMs
      })
      if (!released) throw refuse('INVIGIL_ERR_HOLD_RELEASED')
      return await holdOf(holdId)
    }
  )

  async function personOf (targetType: 'user' | 'attempt' | 'session', id: string): Promise<string> {
    if (targetType === 'user') {
      if (await db.users.byId(id) === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      return id
    }
    const found = await db[targetType === 'attempt' ? 'attempts' : 'sessions'].byId(id)
    if (found === undefined) {
      throw refuse(targetType === 'attempt' ? 'INVIGIL_ERR_ATTEMPT_UNKNOWN' : 'INVIGIL_ERR_SESSION_UNKNOWN')
    }
    return found.userId
  }

  async function holdOf (id: string) {
    const hold = await db.holds.byId(id)
    if (hold === undefined) throw refuse('INVIGIL_ERR_HOLD_UNKNOWN')
    return (await shown([hold]))[0]!
  }

  async function shown (holds: readonly LegalHold[]) {
    const ids = holds.flatMap(({ userId, placedBy, releasedBy }) => [userId, placedBy, releasedBy ?? userId])
    const names = await db.users.namesOf([...new Set(ids)])
    return holds.map(hold => ({
      ...hold,
      userName: names[hold.userId] ?? '',
      placedByName: names[hold.placedBy] ?? null,
      releasedByName: hold.releasedBy === null ? null : names[hold.releasedBy] ?? null
    }))
  }
}

export default routes
