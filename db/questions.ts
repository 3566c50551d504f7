import { asc, eq, max } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import type { QuestionRow, Questions, QuestionValues } from './exam-types.ts'
import { newId } from './id.ts'

/** Rows of one insert: ten of the longest questions fit into the smallest packet that a server may have. */
const ROWS_AT_ONCE = 10

/** The queries on the questions of exams. */
export function createQuestions (dialect: Dialect): Questions {
  const { questions, exams } = dialect.schema
  const byId = (id: string) =>
    dialect.read(async db => (await db.select().from(questions).where(eq(questions.id, id)).limit(1))[0])
  const ordered = async (db: Queries, examId: string) =>
    await db
      .select()
      .from(questions)
      .where(eq(questions.examId, examId))
      .orderBy(asc(questions.position), asc(questions.id))

  return {
    list: (examId) => dialect.read(db => ordered(db, examId)),
    byId,
    create: (examId, { position, ...values }) => dialect.transaction(async tx => {
      // One after the other: of two that are added at once both would else see the same last position.
      await dialect.locked(tx.select({ id: exams.id }).from(exams).where(eq(exams.id, examId)))
      const [present] = position === undefined
        ? await tx.select({ last: max(questions.position) }).from(questions).where(eq(questions.examId, examId))
        : []
      const row = questionRow(examId, position ?? (present?.last ?? -1) + 1, values)
      await tx.insert(questions).values(row)
      return row
    }),
    createAll: (examId, values) => dialect.transaction(async tx => {
      await dialect.locked(tx.select({ id: exams.id }).from(exams).where(eq(exams.id, examId)))
      const [present] = await tx.select({ last: max(questions.position) }).from(questions)
        .where(eq(questions.examId, examId))
      const first = (present?.last ?? -1) + 1
      const rows = values.map((question, index) => questionRow(examId, first + index, question))
      for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
        await tx.insert(questions).values(rows.slice(start, start + ROWS_AT_ONCE))
      }
      return rows
    }, 'long'),
    change: async (id, { section, kind, text, points, body, position }) => {
      const changes = Object.entries({ section, kind, text, points, body, position }).filter(
        ([, value]) => value !== undefined
      )
      if (changes.length === 0) return (await byId(id)) !== undefined
      const result = await dialect.write(
        async db => await db.update(questions).set(Object.fromEntries(changes)).where(eq(questions.id, id))
      )
      // MySQL counts 0 when the row had these values already.
      return dialect.affected(result) > 0 || await byId(id) !== undefined
    },
    reorder: (examId, ids) =>
      dialect.transaction(async tx => {
        const present = (await ordered(tx, examId)).map(({ id }) => id)
        const given = new Set(ids)
        if (given.size !== ids.length || present.length !== ids.length || !present.every(id => given.has(id))) {
          return false
        }
        for (const [position, id] of ids.entries()) {
          await tx.update(questions).set({ position }).where(eq(questions.id, id))
        }
        return true
      }),
    delete: async id =>
      dialect.affected(await dialect.write(async db => await db.delete(questions).where(eq(questions.id, id)))) > 0
  }
}

/** A new question as stored. */
export function questionRow (
  examId: string,
  position: number,
  { id, section, kind, text, points, body }: QuestionValues
): QuestionRow {
  return { id: id ?? newId(), examId, position, section, kind, text, points, body }
}
