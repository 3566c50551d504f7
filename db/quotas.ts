import { and, count, desc, eq, gt, inArray, lte, sql } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { Quotas } from './quota-types.ts'

/** Rows removed at once; more go with the next call. */
const REMOVED_MAX = 200

export function createQuotas (dialect: Dialect): Quotas {
  const {
    sessions,
    sessionPauses: pauses,
    exams,
    codeSubmissions: code,
    refreshTokens: tokens,
    preflights
  } = dialect.schema
  const counted = async (rows: Promise<ReadonlyArray<{ readonly count: number }>>): Promise<number> =>
    (await rows)[0]?.count ?? 0

  return {
    sessionsSince: (userId, sinceMs) =>
      dialect.read(
        async db =>
          await counted(
            db
              .select({ count: count() })
              .from(sessions)
              .where(and(eq(sessions.userId, userId), gt(sessions.startedAtMs, Math.trunc(sinceMs))))
          )
      ),
    pausesBy: (sessionId, userId) =>
      dialect.read(
        async db =>
          await counted(
            db
              .select({ count: count() })
              .from(pauses)
              .where(and(eq(pauses.sessionId, sessionId), eq(pauses.by, userId)))
          )
      ),
    exams: ownerId =>
      dialect.read(
        async db => await counted(db.select({ count: count() }).from(exams).where(eq(exams.ownerId, ownerId)))
      ),
    trimCode: async (attemptId, { submissionsMax, lengthMax }) => {
      const rows = await dialect.read(
        async db =>
          await db
            .select({ id: code.id, questionId: code.questionId, length: sql<number>`length(${code.code})` })
            .from(code)
            .where(eq(code.attemptId, attemptId))
            .orderBy(desc(code.id))
      )
      const kept = new Map<string, number>()
      const removed: string[] = []
      let length = 0
      for (const row of rows) {
        const ofQuestion = kept.get(row.questionId) ?? 0
        const isNewest = ofQuestion === 0
        if (!isNewest && (ofQuestion >= submissionsMax || length + Number(row.length) > lengthMax)) {
          removed.push(row.id)
          continue
        }
        kept.set(row.questionId, ofQuestion + 1)
        length += Number(row.length)
      }
      if (removed.length === 0) return 0
      const oldest = removed.slice(-REMOVED_MAX)
      return dialect.affected(
        await dialect.write(
          async db => await db.delete(code).where(and(eq(code.attemptId, attemptId), inArray(code.id, oldest)))
        )
      )
    },
    trimRefreshTokens: async (userId, keep) => {
      const [last] = await dialect.read(async db => await db.select({ id: tokens.id }).from(tokens)
        .where(eq(tokens.userId, userId)).orderBy(desc(tokens.id)).limit(1).offset(keep))
      if (last === undefined) return 0
      return dialect.affected(
        await dialect.write(
          async db => await db.delete(tokens).where(and(eq(tokens.userId, userId), lte(tokens.id, last.id)))
        )
      )
    },
    trimPreflights: async (examId, userId, keep) => {
      const ofUser = and(eq(preflights.examId, examId), eq(preflights.userId, userId))
      const [last] = await dialect.read(async db => await db.select({ id: preflights.id }).from(preflights)
        .where(ofUser).orderBy(desc(preflights.id)).limit(1).offset(keep))
      if (last === undefined) return 0
      return dialect.affected(
        await dialect.write(async db => await db.delete(preflights).where(and(ofUser, lte(preflights.id, last.id))))
      )
    }
  }
}
