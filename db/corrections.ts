import { and, asc, desc, eq, getTableColumns, gt, isNull, lt, lte, max, sql } from 'drizzle-orm'
import { isDeepStrictEqual } from 'node:util'
import { auditRow } from './audit.ts'
import type { Dialect, Queries } from './dialect.ts'
import type { Correction, Corrections } from './grade-types.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'

/** The queries on corrections of questions that candidates have answered, and on what is still to be graded again. */
export function createCorrections (dialect: Dialect): Corrections {
  const { exams, questions, questionCorrections: corrections, attempts, auditLog } = dialect.schema
  const lastNumber = async (db: Queries, examId: string): Promise<number> =>
    (
      await db
        .select({ last: max(corrections.number) })
        .from(corrections)
        .where(eq(corrections.examId, examId))
    )[0]?.last ?? 0
  const { openFor, ...ofAttempt } = getTableColumns(attempts)

  return {
    add: ({ examId, questionId, before, after, regradesManual, by, reason, atMs }) =>
      dialect.transaction(async tx => {
        // The exam's row is locked, so that corrections of one exam are numbered one after the other.
        const [exam] = await dialect.locked(tx.select({ id: exams.id }).from(exams).where(eq(exams.id, examId)))
        const [question] = await dialect.locked(
          tx
            .select()
            .from(questions)
            .where(and(eq(questions.id, questionId), eq(questions.examId, examId)))
        )
        if (exam === undefined || question === undefined) return 'missing'
        if (question.points !== before.points || !isDeepStrictEqual(question.body, before.body)) return 'conflict'
        const row: Correction = {
          id: newId(),
          examId,
          questionId,
          number: (await lastNumber(tx, examId)) + 1,
          before,
          after,
          regradesManual,
          by,
          reason,
          atMs: Math.trunc(atMs),
          finishedAtMs: null,
          attempts: 0,
          changed: 0
        }
        await tx.insert(corrections).values(row)
        await tx.update(questions).set({ points: after.points, body: after.body }).where(eq(questions.id, questionId))
        await tx.insert(auditLog).values(
          auditRow({
            actorId: by,
            action: 'question.correct',
            targetType: 'exam',
            targetId: examId,
            detail: { correctionId: row.id, questionId, reason, before, after, regradesManual },
            atMs
          })
        )
        return row
      }),
    byId: id =>
      dialect.read(async db => (await db.select().from(corrections).where(eq(corrections.id, id)).limit(1))[0]),
    list: (examId, { before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(corrections)
            .where(
              and(eq(corrections.examId, examId), before === undefined ? undefined : lt(corrections.number, before))
            )
            .orderBy(desc(corrections.number))
            .limit(pageSize(limit, 500))
      ),
    since: (examId, number) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(corrections)
            .where(and(eq(corrections.examId, examId), gt(corrections.number, number)))
            .orderBy(asc(corrections.number))
      ),
    keyVersion: examId => dialect.read(db => lastNumber(db, examId)),
    unfinishedExams: limit =>
      dialect.read(async db =>
        (
          await db
            .select({ examId: corrections.examId })
            .from(corrections)
            .where(isNull(corrections.finishedAtMs))
            .groupBy(corrections.examId)
            .limit(pageSize(limit, 500))
        ).map(({ examId }) => examId)
      ),
    stale: (examId, keyVersion, { after, limit }) =>
      dialect.read(
        async db =>
          await db
            .select(ofAttempt)
            .from(attempts)
            .where(
              and(
                eq(attempts.examId, examId),
                eq(attempts.state, 'submitted'),
                lt(attempts.keyVersion, keyVersion),
                after === undefined ? undefined : gt(attempts.id, after)
              )
            )
            .orderBy(asc(attempts.id))
            .limit(pageSize(limit, 500))
      ),
    finish: (examId, keyVersion, atMs) =>
      dialect.transaction(async tx => {
        const open = await dialect.locked(
          tx
            .select()
            .from(corrections)
            .where(
              and(eq(corrections.examId, examId), lte(corrections.number, keyVersion), isNull(corrections.finishedAtMs))
            )
        )
        for (const { id, questionId, attempts, changed } of open) {
          const done = await tx
            .update(corrections)
            .set({ finishedAtMs: sql`${sql.param(Math.trunc(atMs), corrections.finishedAtMs)}` })
            .where(and(eq(corrections.id, id), isNull(corrections.finishedAtMs)))
          if (dialect.affected(done) === 0) continue
          await tx
            .insert(auditLog)
            .values(
              auditRow({
                actorId: null,
                action: 'question.regraded',
                targetType: 'exam',
                targetId: examId,
                detail: { correctionId: id, questionId, attempts, changed },
                atMs
              })
            )
        }
      })
  }
}
