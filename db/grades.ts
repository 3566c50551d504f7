import { asc, eq, sql } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import type { Grades } from './exam-types.ts'

/** The queries on grades. */
export function createGrades (dialect: Dialect): Grades {
  const { grades, attempts } = dialect.schema
  const key = [grades.attemptId, grades.questionId]

  /** Locks the attempt, so that two graders' sums follow one another; false: it is not submitted. */
  const lockSubmitted = async (tx: Queries, attemptId: string): Promise<boolean> => {
    await tx.update(attempts).set({ number: sql`${attempts.number}` }).where(eq(attempts.id, attemptId))
    return (await tx.select({ state: attempts.state }).from(attempts).where(eq(attempts.id, attemptId)).limit(1))[0]?.state === 'submitted'
  }
  const list = async (db: Queries, attemptId: string) =>
    await db.select().from(grades).where(eq(grades.attemptId, attemptId)).orderBy(asc(grades.questionId))
  const sumUp = async (tx: Queries, attemptId: string, atMs: number, more: { readonly autoGradedAtMs?: number } = {}) => {
    const rows = await list(tx, attemptId)
    const isDone = rows.every(row => row.points !== null)
    await tx.update(attempts).set({
      ...more,
      points: sum(rows.map(row => row.points ?? 0)),
      pointsMax: sum(rows.map(row => row.pointsMax)),
      // The moment when nothing was left stays, until something is.
      gradedAtMs: isDone ? sql`coalesce(${attempts.gradedAtMs}, ${sql.param(atMs, attempts.gradedAtMs)})` : null
    }).where(eq(attempts.id, attemptId))
  }

  return {
    setAuto: (attemptId, given, atMs) => dialect.transaction(async tx => {
      if (!await lockSubmitted(tx, attemptId)) return false
      const isOurs = eq(grades.isAuto, true)
      for (const { questionId, points, pointsMax } of given) {
        await dialect.upsert(tx, grades, [{ attemptId, questionId, points, pointsMax, isAuto: true, graderId: null, comment: '', atMs }], key, {
          points: sql`case when ${isOurs} then ${points} else ${grades.points} end`,
          pointsMax: sql`case when ${isOurs} then ${pointsMax} else ${grades.pointsMax} end`,
          atMs: sql`case when ${isOurs} then ${sql.param(atMs, grades.atMs)} else ${grades.atMs} end`
        })
      }
      await sumUp(tx, attemptId, atMs, { autoGradedAtMs: atMs })
      return true
    }),
    setManual: ({ attemptId, questionId, ...rest }) => dialect.transaction(async tx => {
      if (!await lockSubmitted(tx, attemptId)) return false
      const values = { ...rest, isAuto: false }
      await dialect.upsert(tx, grades, [{ attemptId, questionId, ...values }], key, values)
      await sumUp(tx, attemptId, rest.atMs)
      return true
    }),
    list: (attemptId) => dialect.read(db => list(db, attemptId))
  }
}

/** Without the dust of adding thirds. */
function sum (points: readonly number[]): number {
  return Math.round(points.reduce((all, one) => all + one, 0) * 1e6) / 1e6
}
