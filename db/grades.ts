import { asc, eq, sql } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import type { Grades } from './grade-types.ts'
import { announceAttempt } from './outbox.ts'

/** The queries on grades. */
export function createGrades (dialect: Dialect): Grades {
  const { grades, attempts, questionCorrections: corrections } = dialect.schema
  const key = [grades.attemptId, grades.questionId]

  /** Locks the attempt, so that two graders' sums follow one another; undefined: it is not submitted. */
  const lockSubmitted = async (
    tx: Queries,
    attemptId: string
  ): Promise<{ readonly keyVersion: number } | undefined> => {
    await tx
      .update(attempts)
      .set({ number: sql`${attempts.number}` })
      .where(eq(attempts.id, attemptId))
    const [attempt] = await tx
      .select({ state: attempts.state, keyVersion: attempts.keyVersion })
      .from(attempts)
      .where(eq(attempts.id, attemptId))
      .limit(1)
    return attempt?.state === 'submitted' ? attempt : undefined
  }
  const list = async (db: Queries, attemptId: string) =>
    await db.select().from(grades).where(eq(grades.attemptId, attemptId)).orderBy(asc(grades.questionId))
  const sumUp = async (
    tx: Queries,
    attemptId: string,
    atMs: number,
    more: { readonly autoGradedAtMs?: number, readonly keyVersion?: number, readonly correctedAtMs?: number } = {}
  ) => {
    const rows = await list(tx, attemptId)
    const isDone = rows.every(row => row.points !== null)
    const [before] = await tx
      .select({ gradedAtMs: attempts.gradedAtMs })
      .from(attempts)
      .where(eq(attempts.id, attemptId))
    if (isDone && before?.gradedAtMs === null) await announceAttempt(dialect, tx, attemptId, 'attempt.graded', atMs)
    await tx.update(attempts).set({
      ...more,
      points: sum(rows.map(row => row.points ?? 0)),
      pointsMax: sum(rows.map(row => row.pointsMax)),
      // The moment when nothing was left stays, until something is.
      gradedAtMs: isDone ? sql`coalesce(${attempts.gradedAtMs}, ${sql.param(atMs, attempts.gradedAtMs)})` : null
    }).where(eq(attempts.id, attemptId))
  }

  return {
    setAuto: (attemptId, given, atMs, keyVersion = 0) =>
      dialect.transaction(async tx => {
        const attempt = await lockSubmitted(tx, attemptId)
        if (attempt === undefined) return false
        // Somebody has graded it by a newer key meanwhile.
        if (attempt.keyVersion > keyVersion) return true
        const isOurs = eq(grades.isAuto, true)
        for (const { questionId, points, pointsMax } of given) {
          await dialect.upsert(
            tx,
            grades,
            [
              {
                attemptId,
                questionId,
                points,
                pointsMax,
                isAuto: true,
                graderId: null,
                comment: '',
                atMs,
                correctionId: null,
                pointsBefore: null
              }
            ],
            key,
            {
              points: sql`case when ${isOurs} then ${points} else ${grades.points} end`,
              pointsMax: sql`case when ${isOurs} then ${pointsMax} else ${grades.pointsMax} end`,
              atMs: sql`case when ${isOurs} then ${sql.param(atMs, grades.atMs)} else ${grades.atMs} end`
            }
          )
        }
        await sumUp(tx, attemptId, atMs, { autoGradedAtMs: atMs, keyVersion })
        return true
      }),
    setManual: ({ attemptId, questionId, ...rest }) =>
      dialect.transaction(async tx => {
        if ((await lockSubmitted(tx, attemptId)) === undefined) return false
        const values = { ...rest, isAuto: false }
        await dialect.upsert(
          tx,
          grades,
          [{ attemptId, questionId, ...values, correctionId: null, pointsBefore: null }],
          key,
          values
        )
        await sumUp(tx, attemptId, rest.atMs)
        return true
      }),
    regrade: (regraded, keyVersion, atMs) =>
      dialect.transaction(async tx => {
        const counts = new Map<string, { attempts: number, changed: number }>()
        for (const { attemptId, grades: due } of regraded) {
          const attempt = await lockSubmitted(tx, attemptId)
          if (attempt === undefined || attempt.keyVersion >= keyVersion) continue
          const present = new Map((await list(tx, attemptId)).map(grade => [grade.questionId, grade]))
          let isChanged = false
          for (const { questionId, points, pointsMax, correctionId, regradesManual } of due) {
            const before = present.get(questionId)
            const next =
              before === undefined || before.isAuto || regradesManual
                ? { points, pointsMax, isAuto: true, graderId: null }
                : { points: before.points === null ? null : Math.min(before.points, pointsMax), pointsMax }
            const changes = before?.points !== next.points || before.pointsMax !== next.pointsMax
            isChanged ||= changes
            const count = counts.get(correctionId) ?? { attempts: 0, changed: 0 }
            counts.set(correctionId, { attempts: count.attempts + 1, changed: count.changed + (changes ? 1 : 0) })
            if (!changes) continue
            const values = { ...next, atMs, correctionId, pointsBefore: before?.points ?? null }
            await dialect.upsert(
              tx,
              grades,
              [{ attemptId, questionId, isAuto: true, graderId: null, comment: '', ...values }],
              key,
              values
            )
          }
          await sumUp(tx, attemptId, atMs, { keyVersion, ...(isChanged && { correctedAtMs: atMs }) })
        }
        for (const [id, count] of counts) {
          await tx
            .update(corrections)
            .set({
              attempts: sql`${corrections.attempts} + ${count.attempts}`,
              changed: sql`${corrections.changed} + ${count.changed}`
            })
            .where(eq(corrections.id, id))
        }
      }),
    list: attemptId => dialect.read(db => list(db, attemptId))
  }
}

/** Without the dust of adding thirds. */
function sum (points: readonly number[]): number {
  return Math.round(points.reduce((all, one) => all + one, 0) * 1e6) / 1e6
}
