import { and, asc, desc, eq, inArray, lt, max, sql } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { Answer, Answers, CodeSubmission } from './exam-types.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'

/** The queries on answers and on code handed in. */
export function createAnswers (dialect: Dialect): Answers {
  const { answers, attempts, codeSubmissions: code } = dialect.schema

  return {
    save: async ({ attemptId, questionId, value, clientSeq, savedAtMs }) => {
      const text = JSON.stringify(value ?? null)
      const isNewer = sql`${clientSeq} > ${answers.clientSeq}`
      // The insert selects from the open attempt, so no hand-in can come between the check and the save.
      const source = sql`select ${attempts.id}, ${questionId}, ${text}, ${sql.param(savedAtMs, answers.savedAtMs)}, ${clientSeq} from ${attempts} where ${and(eq(attempts.id, attemptId), eq(attempts.state, 'open'))}`
      await dialect.write(db =>
        dialect.upsert(db, answers, source, [answers.attemptId, answers.questionId], {
          value: sql`case when ${isNewer} then ${text} else ${answers.value} end`,
          savedAtMs: sql`case when ${isNewer} then ${sql.param(savedAtMs, answers.savedAtMs)} else ${answers.savedAtMs} end`,
          clientSeq: sql`case when ${isNewer} then ${clientSeq} else ${answers.clientSeq} end`
        })
      )
      const [stored] = await dialect.read(
        async db =>
          await db
            .select()
            .from(answers)
            .where(and(eq(answers.attemptId, attemptId), eq(answers.questionId, questionId)))
            .limit(1)
      )
      if (stored !== undefined && stored.clientSeq >= clientSeq) {
        // Several writers with one clientSeq: the first one stands, and the others must learn what it wrote.
        const outcome = stored.clientSeq > clientSeq ? 'stale' : stored.value === text ? 'saved' : 'conflict'
        return { outcome, stored: read(stored) }
      }
      // Not stored: the attempt is not open. (A row that was written and deleted since belongs to an erased account.)
      return { outcome: 'closed' }
    },
    list: (attemptId, questionIds) =>
      dialect.read(async db => {
        const rows = await db
          .select()
          .from(answers)
          .where(
            and(
              eq(answers.attemptId, attemptId),
              questionIds === undefined ? undefined : inArray(answers.questionId, [...questionIds])
            )
          )
          .orderBy(asc(answers.questionId))
        return rows.map(read)
      }),
    addCode: async ({ attemptId, questionId, language, code: text, atMs }) => {
      const row: CodeSubmission = { id: newId(), attemptId, questionId, language, code: text, atMs: Math.trunc(atMs) }
      const source = sql`select ${row.id}, ${attempts.id}, ${questionId}, ${language}, ${text}, ${sql.param(row.atMs, code.atMs)} from ${attempts} where ${and(eq(attempts.id, attemptId), eq(attempts.state, 'open'))}`
      const result = await dialect.write(async db => await db.insert(code).select(source))
      return dialect.affected(result) > 0 ? row : 'closed'
    },
    listCode: (attemptId, { questionId, before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(code)
            .where(
              and(
                eq(code.attemptId, attemptId),
                questionId === undefined ? undefined : eq(code.questionId, questionId),
                before === undefined ? undefined : lt(code.id, before)
              )
            )
            .orderBy(desc(code.id))
            .limit(pageSize(limit, 500))
      ),
    lastCode: attemptId =>
      dialect.read(async db => {
        const last = db
          .select({ id: max(code.id) })
          .from(code)
          .where(eq(code.attemptId, attemptId))
          .groupBy(code.questionId)
        return await db.select().from(code).where(inArray(code.id, last)).orderBy(desc(code.id))
      }),
    codeById: id => dialect.read(async db => (await db.select().from(code).where(eq(code.id, id)).limit(1))[0])
  }
}

function read ({ value, ...row }: Omit<Answer, 'value'> & { readonly value: string }): Answer {
  return { ...row, value: JSON.parse(value) as unknown }
}
