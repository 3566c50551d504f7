import {
  and, asc, count, desc, eq, exists, getTableColumns, gt, inArray, isNotNull, lt, notExists, or, sql
} from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import type { Exam, Exams, ExamValues } from './exam-types.ts'
import { newId } from './id.ts'
import { foldForSearch } from './fold.ts'
import { pageSize } from './page.ts'
import { questionRow } from './questions.ts'
import { matching } from './search.ts'

/** The queries on exams, on who may sit them and how. */
export function createExams (dialect: Dialect): Exams {
  const { exams, examAssignments: assignments, accommodations, preflights, questions, attempts, users } = dialect.schema

  const { titleFolded, ...own } = getTableColumns(exams)

  const find = async (db: Queries, id: string): Promise<Exam | undefined> =>
    (await db.select(own).from(exams).where(eq(exams.id, id)).limit(1))[0]
  const byId = (id: string) => dialect.read(db => find(db, id))
  const assignedTo = (db: Queries, examId: typeof exams.id | string, userId: string) =>
    exists(
      db
        .select({ one: sql`1` })
        .from(assignments)
        .where(and(eq(assignments.examId, examId), eq(assignments.userId, userId)))
    )

  return {
    create: async ({ id, ownerId, atMs, ...values }, questionValues = []) => {
      const exam: Exam = {
        ...DEFAULTS,
        ...settable(values),
        id: id ?? newId(),
        ownerId,
        createdAtMs: Math.trunc(atMs),
        updatedAtMs: Math.trunc(atMs)
      }
      await dialect.transaction(async tx => {
        await tx.insert(exams).values({ ...exam, titleFolded: foldForSearch(exam.title) })
        if (questionValues.length > 0) {
          await tx
            .insert(questions)
            .values(questionValues.map((question, position) => questionRow(exam.id, position, question)))
        }
      })
      return exam
    },
    byId,
    titles: ids =>
      dialect.read(async db => {
        if (ids.length === 0) return {}
        const rows = await db
          .select({ id: exams.id, title: exams.title })
          .from(exams)
          .where(inArray(exams.id, ids.slice(0, 500)))
        return Object.fromEntries(rows.map(({ id, title }) => [id, title]))
      }),
    list: ({ ownerId, state, search, before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select(own)
            .from(exams)
            .where(
              and(
                ownerId === undefined ? undefined : eq(exams.ownerId, ownerId),
                state === undefined ? undefined : eq(exams.state, state),
                matching(search, exams.titleFolded),
                before === undefined ? undefined : lt(exams.id, before)
              )
            )
            .orderBy(desc(exams.id))
            .limit(pageSize(limit, 500))
      ),
    listForUser: (userId, { search, before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select(own)
            .from(exams)
            .leftJoin(assignments, and(eq(assignments.examId, exams.id), eq(assignments.userId, userId)))
            .where(
              and(
                eq(exams.state, 'published'),
                or(eq(exams.isOpenToAll, true), isNotNull(assignments.userId)),
                matching(search, exams.titleFolded),
                before === undefined ? undefined : lt(exams.id, before)
              )
            )
            .orderBy(desc(exams.id))
            .limit(pageSize(limit, 500))
      ),
    isFor: (examId, userId) =>
      dialect.read(
        async db =>
          (
            await db
              .select({ id: exams.id })
              .from(exams)
              .where(and(eq(exams.id, examId), or(eq(exams.isOpenToAll, true), assignedTo(db, examId, userId))))
              .limit(1)
          ).length > 0
      ),
    change: async (id, values, atMs, version) => {
      const result = await dialect.write(async db => await db.update(exams).set({
        ...settable(values),
        ...(values.title !== undefined && { titleFolded: foldForSearch(values.title) }),
        ...(values.policy !== undefined && { policyVersion: sql`${exams.policyVersion} + 1` }),
        updatedAtMs: atMs,
        version: sql`${exams.version} + 1`
      }).where(and(eq(exams.id, id), version === undefined ? undefined : eq(exams.version, version))))
      if (dialect.affected(result) > 0) return 'changed'
      return await byId(id) === undefined ? 'missing' : 'conflict'
    },
    setState: async (id, from, to, atMs) => {
      const states = from.filter(state => state !== to)
      if (states.length === 0) return false
      return dialect.affected(await dialect.write(async db => await db.update(exams)
        .set({ state: to, updatedAtMs: atMs, version: sql`${exams.version} + 1` })
        .where(and(eq(exams.id, id), inArray(exams.state, states))))) > 0
    },
    setReleased: async (id, releasedAtMs, atMs) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(exams)
              .set({ resultsReleasedAtMs: releasedAtMs, updatedAtMs: atMs, version: sql`${exams.version} + 1` })
              .where(eq(exams.id, id))
        )
      ) > 0,
    delete: async id => {
      const result = await dialect.write(
        async db =>
          await db.delete(exams).where(
            and(
              eq(exams.id, id),
              notExists(
                db
                  .select({ one: sql`1` })
                  .from(attempts)
                  .where(eq(attempts.examId, id))
              )
            )
          ),
        'long'
      )
      if (dialect.affected(result) > 0) return 'deleted'
      return await byId(id) === undefined ? 'missing' : 'used'
    },

    assign: async (examId, userIds) => {
      const rows = [...new Set(userIds)].map(userId => ({ examId, userId }))
      if (rows.length === 0) return
      await dialect.write(db =>
        dialect.upsert(db, assignments, rows, [assignments.examId, assignments.userId], {
          userId: sql`${assignments.userId}`
        })
      )
    },
    unassign: async (examId, userId) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db.delete(assignments).where(and(eq(assignments.examId, examId), eq(assignments.userId, userId)))
        )
      ) > 0,
    assigned: (examId, { after, limit }) =>
      dialect.read(
        async db =>
          await db
            .select({ userId: users.id, userName: users.name, userEmail: users.email })
            .from(assignments)
            .innerJoin(users, eq(users.id, assignments.userId))
            .where(and(eq(assignments.examId, examId), after === undefined ? undefined : gt(assignments.userId, after)))
            .orderBy(asc(assignments.userId))
            .limit(pageSize(limit, 500))
      ),

    notBegun: (examId, limit) =>
      dialect.read(async db => {
        const [sums] = await db.select({ assigned: count() }).from(assignments).where(eq(assignments.examId, examId))
        const waiting = and(
          eq(assignments.examId, examId),
          notExists(
            db
              .select({ one: sql`1` })
              .from(attempts)
              .where(and(eq(attempts.examId, assignments.examId), eq(attempts.userId, assignments.userId)))
          )
        )
        const [left] = await db.select({ waiting: count() }).from(assignments).where(waiting)
        const candidates = await db
          .select({ userId: users.id, userName: users.name })
          .from(assignments)
          .innerJoin(users, eq(users.id, assignments.userId))
          .where(waiting)
          .orderBy(asc(assignments.userId))
          .limit(pageSize(limit, 500))
        return { assigned: sums?.assigned ?? 0, waiting: left?.waiting ?? 0, candidates }
      }),

    setAccommodation: async ({ examId, userId, ...rest }) => {
      await dialect.write(db =>
        dialect.upsert(
          db,
          accommodations,
          [{ examId, userId, ...rest }],
          [accommodations.examId, accommodations.userId],
          rest
        )
      )
    },
    accommodation: (examId, userId) =>
      dialect.read(
        async db =>
          (
            await db
              .select()
              .from(accommodations)
              .where(and(eq(accommodations.examId, examId), eq(accommodations.userId, userId)))
              .limit(1)
          )[0]
      ),
    accommodations: examId =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(accommodations)
            .where(eq(accommodations.examId, examId))
            .orderBy(asc(accommodations.userId))
      ),
    deleteAccommodation: async (examId, userId) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .delete(accommodations)
              .where(and(eq(accommodations.examId, examId), eq(accommodations.userId, userId)))
        )
      ) > 0,

    addPreflight: async (preflight) => {
      const row = { ...preflight, id: newId(), atMs: Math.trunc(preflight.atMs) }
      await dialect.write(async db => { await db.insert(preflights).values(row) })
      return row
    },
    lastPreflight: (examId, userId) =>
      dialect.read(
        async db =>
          (
            await db
              .select()
              .from(preflights)
              .where(and(eq(preflights.examId, examId), eq(preflights.userId, userId)))
              .orderBy(desc(preflights.id))
              .limit(1)
          )[0]
      )
  }
}

const DEFAULTS = {
  title: '',
  description: '',
  opensAtMs: null,
  closesAtMs: null,
  durationMs: null,
  attemptsMax: null,
  language: 'en',
  shuffle: false,
  isOpenToAll: false,
  needsPreflight: false,
  state: 'draft',
  policy: {},
  policyVersion: 1,
  resultsReleasedAtMs: null,
  version: 1
} as const

/** Only the settable fields that are present: unknown keys of a caller do not reach the table. */
function settable (values: Partial<ExamValues>): Partial<ExamValues> {
  return Object.fromEntries(VALUES.flatMap(key => values[key] === undefined ? [] : [[key, values[key]]]))
}

const VALUES = [
  'title',
  'description',
  'opensAtMs',
  'closesAtMs',
  'durationMs',
  'attemptsMax',
  'language',
  'shuffle',
  'isOpenToAll',
  'needsPreflight',
  'policy'
] as const satisfies ReadonlyArray<keyof ExamValues>
