import { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, or, sql, type SQL } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { forgetHours } from './hours.ts'
import { newId } from './id.ts'
import { announceSession } from './outbox.ts'
import { createOwnership } from './ownership.ts'
import { pageSize } from './page.ts'
import { sessionColumns } from './session-columns.ts'
import type { Session, SessionState, SessionWithUser, Sessions } from './types.ts'

/**
 * A session that ends between a refused start and the look for it frees the place: how often that is worth a new try.
 */
const OPEN_ATTEMPTS = 5

/** The queries on sessions and their pauses. */
export function createSessions (dialect: Dialect): Sessions {
  const { sessions, sessionPauses: pauses, users, exams } = dialect.schema
  const own = sessionColumns(dialect)
  const withUser = { ...own, userName: sql<string>`${users.name}`, userEmail: sql<string>`${users.email}` }

  const oneBy = (condition: SQL): Promise<SessionWithUser | undefined> => dialect.read(async db =>
    (await db.select(withUser).from(sessions).innerJoin(users, eq(users.id, sessions.userId))
      .where(condition).orderBy(desc(sessions.id)).limit(1))[0])
  return {
    ...createOwnership(dialect),
    open: async ({ id, userId, examId, attemptId, atMs }) => {
      for (let attempt = 1; ; attempt++) {
        const session = begun({
          id: id ?? newId(),
          userId,
          examId: examId ?? null,
          attemptId: attemptId ?? null,
          atMs: Math.trunc(atMs)
        })
        try {
          await dialect.transaction(async tx => {
            await tx.insert(sessions).values({ ...session, openFor: userId })
            await announceSession(dialect, tx, session.id, 'session.started', session.startedAtMs)
          })
          await forgetHours(dialect, session.startedAtMs, session.startedAtMs)
          return { session, created: true }
        } catch (error) {
          if (!(error instanceof DatabaseError) || error.code !== 'unique') throw error
          const [present] = await dialect.read(async db =>
            await db.select(own).from(sessions).where(eq(sessions.openFor, userId)).limit(1))
          if (present !== undefined) return { session: present, created: false }
          if (attempt === OPEN_ATTEMPTS) throw error
        }
      }
    },
    attach: async (id, { examId, attemptId }) => {
      const attached = await dialect.write(async db => await db.update(sessions).set({ examId, attemptId }).where(and(
        eq(sessions.id, id), inArray(sessions.state, ['active', 'paused']), isNull(sessions.attemptId))))
      // Asked again after an answer that was lost.
      return dialect.affected(attached) > 0 || (await oneBy(eq(sessions.id, id)))?.attemptId === attemptId
    },
    byId: id => oneBy(eq(sessions.id, id)),
    openByUser: userId => oneBy(eq(sessions.openFor, userId)),
    lastByUser: userId => oneBy(eq(sessions.userId, userId)),
    list: ({
      state,
      userId,
      examId,
      attemptId,
      riskMin,
      riskBelow,
      fromMs,
      toMs,
      ownerId,
      overseerId,
      before,
      limit
    }) =>
      dialect.read(
        async db =>
          // Every session has its user; a left join has MySQL begin with the sessions, in their order, and stop at the
          // limit.
          await db
            .select(withUser)
            .from(sessions)
            .leftJoin(users, eq(users.id, sessions.userId))
            .where(
              and(
                state === undefined
                  ? undefined
                  : state === 'open'
                    ? inArray(sessions.state, ['active', 'paused'])
                    : eq(sessions.state, state),
                userId === undefined ? undefined : eq(sessions.userId, userId),
                examId === undefined ? undefined : eq(sessions.examId, examId),
                attemptId === undefined ? undefined : eq(sessions.attemptId, attemptId),
                riskMin === undefined ? undefined : gte(sessions.riskScore, riskMin),
                riskBelow === undefined ? undefined : lt(sessions.riskScore, riskBelow),
                fromMs === undefined ? undefined : gte(sessions.startedAtMs, Math.ceil(fromMs)),
                toMs === undefined ? undefined : lt(sessions.startedAtMs, Math.ceil(toMs)),
                ownerId === undefined
                  ? undefined
                  : inArray(sessions.examId, db.select({ id: exams.id }).from(exams).where(eq(exams.ownerId, ownerId))),
                overseerId === undefined
                  ? undefined
                  : or(
                    isNull(sessions.examId),
                    inArray(
                      sessions.examId,
                      db.select({ id: exams.id }).from(exams).where(eq(exams.ownerId, overseerId))
                    )
                  ),
                before === undefined ? undefined : lt(sessions.id, before)
              )
            )
            .orderBy(desc(sessions.id))
            .limit(pageSize(limit, 500))
      ),
    countByState: () =>
      dialect.read(async db => {
        const rows = await db
          .select({ state: sessions.state, sessions: count() })
          .from(sessions)
          .groupBy(sessions.state)
        const counts: Record<SessionState, number> = { active: 0, paused: 0, stopped: 0, terminated: 0 }
        for (const row of rows) counts[row.state] = row.sessions
        return counts
      }),
    setHand: async (id, raisedAtMs) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(sessions)
              .set({ handRaisedAtMs: raisedAtMs === null ? null : Math.trunc(raisedAtMs) })
              .where(
                and(
                  eq(sessions.id, id),
                  inArray(sessions.state, ['active', 'paused']),
                  raisedAtMs === null ? isNotNull(sessions.handRaisedAtMs) : isNull(sessions.handRaisedAtMs)
                )
              )
        )
      ) > 0,
    pauses: id =>
      dialect.read(async db => await db.select().from(pauses).where(eq(pauses.sessionId, id)).orderBy(asc(pauses.id))),
    breaks: async (startedBeforeMs, { after, limit }) => {
      // A left join, and no condition on the pauses: both engines begin with the paused sessions, in their order.
      const rows = await dialect.read(
        async db =>
          await db
            .select({
              sessionId: sessions.id,
              examId: sessions.examId,
              attemptId: sessions.attemptId,
              startedAtMs: pauses.startedAtMs
            })
            .from(sessions)
            .leftJoin(
              pauses,
              and(eq(pauses.sessionId, sessions.id), isNull(pauses.endedAtMs), eq(pauses.by, sessions.userId))
            )
            .where(and(eq(sessions.state, 'paused'), after === undefined ? undefined : gt(sessions.id, after)))
            .orderBy(asc(sessions.id))
            .limit(pageSize(limit, 500))
      )
      const breaks = rows.flatMap(({ sessionId, examId, attemptId, startedAtMs }) =>
        attemptId === null || startedAtMs === null || startedAtMs >= startedBeforeMs
          ? []
          : [{ sessionId, examId, startedAtMs }]
      )
      return { breaks, next: rows.length < pageSize(limit, 500) ? null : rows.at(-1)!.sessionId }
    }
  }
}

function begun ({
  id,
  userId,
  examId,
  attemptId,
  atMs
}: {
  id: string
  userId: string
  examId: string | null
  attemptId: string | null
  atMs: number
}): Session & { readonly trustScore: number, readonly complianceScore: number } {
  return {
    id,
    userId,
    examId,
    attemptId,
    state: 'active',
    startedAtMs: atMs,
    endedAtMs: null,
    endReason: null,
    riskScore: 0,
    trustScore: 100,
    complianceScore: 100,
    eventCount: 0,
    seenPercent: null,
    updatedAtMs: atMs,
    epoch: 0,
    handRaisedAtMs: null,
    breakAskedAtMs: null
  }
}
