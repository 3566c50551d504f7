import {
  and, asc, count, desc, eq, exists, getTableColumns, gt, gte, inArray, isNull, lt, lte, max, or, sql, type SQL
} from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import type { Attempt, Attempts, AttemptWithUser } from './exam-types.ts'
import { newId } from './id.ts'
import { announceAttempt } from './outbox.ts'
import { pageSize } from './page.ts'

/** Starts that meet each other look again; each look sees at least one more of them stored. */
const START_ATTEMPTS = 5

/** The queries on attempts. */
export function createAttempts (dialect: Dialect): Attempts {
  const { attempts, auditLog, exams, grades, sessions, sessionPauses: pauses, users } = dialect.schema
  const { openFor, ...own } = getTableColumns(attempts)
  const withUser = { ...own, userName: sql<string>`${users.name}`, userEmail: sql<string>`${users.email}` }

  const oneBy = (condition: SQL): Promise<AttemptWithUser | undefined> =>
    dialect.read(
      async db =>
        (
          await db
            .select(withUser)
            .from(attempts)
            .innerJoin(users, eq(users.id, attempts.userId))
            .where(condition)
            .limit(1)
        )[0]
    )
  const ofUser = (examId: string, userId: string) => and(eq(attempts.examId, examId), eq(attempts.userId, userId))
  /** The last attempt, where it was terminated and staff have not allowed another. */
  const barringAttempt = async (examId: string, userId: string): Promise<{ readonly id: string } | undefined> => {
    const [last] = await dialect.read(async db => await db
      .select({ id: attempts.id, submittedBy: attempts.submittedBy, anotherAllowedAtMs: attempts.anotherAllowedAtMs })
      .from(attempts).where(ofUser(examId, userId)).orderBy(desc(attempts.number)).limit(1))
    return last?.submittedBy === 'terminated' && last.anotherAllowedAtMs === null ? last : undefined
  }

  return {
    start: async ({ id, examId, userId, attemptsMax, examVersion, policyVersion, dueAtMs, atMs }) => {
      for (let attempt = 1; ; attempt++) {
        // Counted before the look for an open one: whoever begins in between is seen by the one or refused by the
        // index.
        const [last] = await dialect.read(
          async db =>
            await db
              .select({ number: max(attempts.number) })
              .from(attempts)
              .where(ofUser(examId, userId))
        )
        const number = (last?.number ?? 0) + 1
        const [open] = await dialect.read(
          async db => await db.select(own).from(attempts).where(eq(attempts.openFor, userId)).limit(1)
        )
        if (open !== undefined) return { outcome: 'open', attempt: open }
        // Read after the look for an open one: what was open before it and is not any more says here how it ended.
        const barring = await barringAttempt(examId, userId)
        if (barring !== undefined) return { outcome: 'terminated', attemptId: barring.id }
        if (attemptsMax !== null && number > attemptsMax) return { outcome: 'exhausted' }
        const begun = fresh({ id: id ?? newId(), examId, userId, number, examVersion, policyVersion, dueAtMs, atMs })
        try {
          // Two unique indexes decide: one open attempt a user, one attempt a number.
          await dialect.write(async db => { await db.insert(attempts).values({ ...begun, openFor: userId }) })
          return { outcome: 'created', attempt: begun }
        } catch (error) {
          if (!(error instanceof DatabaseError) || error.code !== 'unique' || attempt === START_ATTEMPTS) throw error
        }
      }
    },
    byId: id => oneBy(eq(attempts.id, id)),
    openByUser: userId => oneBy(eq(attempts.openFor, userId)),
    list: ({ examId, userId, state, needsGrading, before, limit }) =>
      dialect.read(
        async db =>
          // A left join for the order of the tables, as in `sessions.list`.
          await db
            .select(withUser)
            .from(attempts)
            .leftJoin(users, eq(users.id, attempts.userId))
            .where(
              and(
                examId === undefined ? undefined : eq(attempts.examId, examId),
                userId === undefined ? undefined : eq(attempts.userId, userId),
                state === undefined ? undefined : eq(attempts.state, state),
                needsGrading === undefined
                  ? undefined
                  : and(eq(attempts.state, 'submitted'), isNull(attempts.gradedAtMs)),
                before === undefined ? undefined : lt(attempts.id, before)
              )
            )
            .orderBy(desc(attempts.id))
            .limit(pageSize(limit, 500))
      ),
    countOf: (examId, userId) =>
      dialect.read(
        async db =>
          (await db.select({ attempts: count() }).from(attempts).where(ofUser(examId, userId)))[0]?.attempts ?? 0
      ),
    countByExam: examId =>
      dialect.read(
        async db =>
          (await db.select({ attempts: count() }).from(attempts).where(eq(attempts.examId, examId)))[0]?.attempts ?? 0
      ),
    pauses: id =>
      dialect.read(
        async db =>
          await db
            .select({ startedAtMs: pauses.startedAtMs, endedAtMs: pauses.endedAtMs, by: pauses.by })
            .from(sessions)
            .innerJoin(pauses, eq(pauses.sessionId, sessions.id))
            .where(eq(sessions.attemptId, id))
            .orderBy(asc(pauses.id))
      ),
    pausesOf: ids =>
      dialect.read(async db => {
        if (ids.length === 0) return []
        return await db
          .select({
            attemptId: sql<string>`${sessions.attemptId}`,
            startedAtMs: pauses.startedAtMs,
            endedAtMs: pauses.endedAtMs,
            by: pauses.by
          })
          .from(sessions)
          .innerJoin(pauses, eq(pauses.sessionId, sessions.id))
          .where(inArray(sessions.attemptId, ids.slice(0, 500)))
          .orderBy(asc(pauses.id))
      }),
    listDue: (nowMs, limit) =>
      dialect.read(
        async db =>
          await db
            .select(own)
            .from(attempts)
            .where(and(eq(attempts.state, 'open'), lte(attempts.dueAtMs, Math.trunc(nowMs))))
            .orderBy(asc(attempts.dueAtMs))
            .limit(pageSize(limit, 500))
      ),
    setDue: async (id, dueAtMs) => {
      const result = await dialect.write(async db =>
        await db.update(attempts).set({ dueAtMs }).where(and(eq(attempts.id, id), eq(attempts.state, 'open'))))
      return dialect.affected(result) > 0 || (await oneBy(eq(attempts.id, id)))?.state === 'open'
    },
    setDueOfExam: async (examId, atMs, userId) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(attempts)
              .set({ dueAtMs: atMs })
              .where(
                and(
                  eq(attempts.examId, examId),
                  eq(attempts.state, 'open'),
                  userId === undefined ? undefined : eq(attempts.userId, userId)
                )
              )
        )
      ),
    submit: (id, by, atMs, key) =>
      dialect.transaction(async tx => {
        const submitted = await tx
          .update(attempts)
          .set({
            state: 'submitted',
            openFor: null,
            dueAtMs: null,
            submittedAtMs: atMs,
            submittedBy: by,
            submitKey: key ?? null
          })
          .where(and(eq(attempts.id, id), eq(attempts.state, 'open')))
        if (dialect.affected(submitted) === 0) return false
        await announceAttempt(dialect, tx, id, 'attempt.submitted', atMs)
        return true
      }),
    reopen: async (id, { atMs, dueAtMs, audit }) => {
      const [found] = await dialect.read(
        async db => await db.select({ examId: attempts.examId }).from(attempts).where(eq(attempts.id, id)).limit(1)
      )
      if (found === undefined) return 'open'
      try {
        return await dialect.transaction(async tx => {
          // The exam first, as in `corrections.add`: a release waits for this, or is seen.
          const [exam] = await dialect.locked(
            tx.select({ releasedAtMs: exams.resultsReleasedAtMs }).from(exams).where(eq(exams.id, found.examId))
          )
          const [attempt] = await dialect.locked(
            tx
              .select({ state: attempts.state, userId: attempts.userId, submittedAtMs: attempts.submittedAtMs })
              .from(attempts)
              .where(eq(attempts.id, id))
          )
          if (attempt?.state !== 'submitted') return 'open'
          if (exam?.releasedAtMs !== null) return 'released'
          await tx.update(attempts).set({
            state: 'open',
            openFor: attempt.userId,
            dueAtMs,
            submittedAtMs: null,
            submittedBy: null,
            submitKey: null,
            autoGradedAtMs: null,
            gradedAtMs: null,
            points: null,
            pointsMax: null,
            keyVersion: 0,
            correctedAtMs: null,
            anotherAllowedAtMs: null,
            // After the end of its last session, whichever machine's clock that was told by.
            reopenedAtMs: Math.max(Math.trunc(atMs), (attempt.submittedAtMs ?? 0) + 1)
          }).where(eq(attempts.id, id))
          await tx.delete(grades).where(eq(grades.attemptId, id))
          await tx.insert(auditLog).values(auditRow(audit))
          return 'reopened'
        })
      } catch (error) {
        if (error instanceof DatabaseError && error.code === 'unique') return 'other-open'
        throw error
      }
    },
    allowAnother: (id, atMs, audit) =>
      dialect.transaction(async tx => {
        const [attempt] = await dialect.locked(
          tx.select({ submittedBy: attempts.submittedBy }).from(attempts).where(eq(attempts.id, id))
        )
        if (attempt?.submittedBy !== 'terminated') return false
        await tx
          .update(attempts)
          .set({ anotherAllowedAtMs: Math.trunc(atMs) })
          .where(eq(attempts.id, id))
        await tx.insert(auditLog).values(auditRow(audit))
        return true
      }),
    allowUnwatched: (id, atMs, audit) =>
      dialect.transaction(async tx => {
        const [attempt] = await dialect.locked(
          tx.select({ state: attempts.state }).from(attempts).where(eq(attempts.id, id))
        )
        if (attempt?.state !== 'open') return false
        await tx
          .update(attempts)
          .set({ unwatchedAllowedAtMs: atMs === null ? null : Math.trunc(atMs) })
          .where(eq(attempts.id, id))
        await tx.insert(auditLog).values(auditRow(audit))
        return true
      }),
    listTerminated: (endedBeforeMs, { after, limit }) =>
      dialect.read(
        async db =>
          await db
            .select(own)
            .from(attempts)
            .where(
              and(
                eq(attempts.state, 'open'),
                after === undefined ? undefined : gt(attempts.id, after),
                exists(
                  db
                    .select({ one: sql`1` })
                    .from(sessions)
                    .where(
                      and(
                        eq(sessions.attemptId, attempts.id),
                        eq(sessions.state, 'terminated'),
                        lt(sessions.endedAtMs, Math.trunc(endedBeforeMs)),
                        or(isNull(attempts.reopenedAtMs), gte(sessions.endedAtMs, attempts.reopenedAtMs))
                      )
                    )
                )
              )
            )
            .orderBy(asc(attempts.id))
            .limit(pageSize(limit, 500))
      ),
    listUngraded: limit =>
      dialect.read(
        async db =>
          await db
            .select(own)
            .from(attempts)
            .where(and(eq(attempts.state, 'submitted'), isNull(attempts.autoGradedAtMs)))
            .orderBy(asc(attempts.id))
            .limit(pageSize(limit, 500))
      )
  }
}

function fresh ({
  atMs,
  dueAtMs,
  ...given
}: Pick<Attempt, 'id' | 'examId' | 'userId' | 'number' | 'examVersion' | 'policyVersion' | 'dueAtMs'> & {
  atMs: number
}): Attempt {
  return {
    ...given,
    state: 'open',
    startedAtMs: Math.trunc(atMs),
    dueAtMs: dueAtMs === null ? null : Math.trunc(dueAtMs),
    submittedAtMs: null,
    submittedBy: null,
    autoGradedAtMs: null,
    gradedAtMs: null,
    points: null,
    pointsMax: null,
    keyVersion: 0,
    correctedAtMs: null,
    submitKey: null,
    unwatchedAllowedAtMs: null,
    anotherAllowedAtMs: null,
    reopenedAtMs: null
  }
}
