import { and, asc, desc, eq, getTableColumns, gte, inArray, isNull, lt, or, sql, type SQL } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { newId } from './id.ts'
import type { RecordingState, Recordings } from './media-types.ts'
import { announce, lockSession } from './outbox.ts'
import { pageSize } from './page.ts'

export function createRecordings (dialect: Dialect): Recordings {
  const { recordings, storyboardSheets, users, exams } = dialect.schema
  const withUser = { ...getTableColumns(recordings), userName: sql<string>`${users.name}` }
  type Change = Partial<typeof recordings.$inferInsert>

  async function update (id: string, from: SQL, change: Change): Promise<boolean> {
    return dialect.affected(
      await dialect.write(async db => await db.update(recordings).set(change).where(and(eq(recordings.id, id), from)))
    ) > 0
  }
  const isIn = (...states: RecordingState[]): SQL => inArray(recordings.state, states)

  return {
    add: async (recording, atMs) => {
      const { id, sessionId, userId, examId, mode, source = 'camera', mediaType, storageKey } = recording
      const startedAtMs = Math.trunc(recording.startedAtMs)
      const row = { id, sessionId, userId, examId, mode, source, mediaType, storageKey, startedAtMs }
      try {
        await dialect.write(async db => {
          await db.insert(recordings).values({ ...row, state: 'writing', gaps: [], updatedAtMs: Math.trunc(atMs) })
        })
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== 'unique') throw error
      }
    },
    byId: async id => {
      const [row] = await dialect.read(
        async db =>
          await db
            .select(withUser)
            .from(recordings)
            .innerJoin(users, eq(users.id, recordings.userId))
            .where(eq(recordings.id, id))
            .limit(1)
      )
      return row
    },
    list: ({ userId, examId, sessionId, state, source, fromMs, toMs, overseerId, before, limit }) =>
      dialect.read(
        async db =>
          // A left join, as in `sessions.list`.
          await db
            .select(withUser)
            .from(recordings)
            .leftJoin(users, eq(users.id, recordings.userId))
            .where(
              and(
                userId === undefined ? undefined : eq(recordings.userId, userId),
                examId === undefined ? undefined : eq(recordings.examId, examId),
                sessionId === undefined ? undefined : eq(recordings.sessionId, sessionId),
                state === undefined ? undefined : eq(recordings.state, state),
                source === undefined ? undefined : eq(recordings.source, source),
                fromMs === undefined ? undefined : gte(recordings.startedAtMs, Math.ceil(fromMs)),
                toMs === undefined ? undefined : lt(recordings.startedAtMs, Math.ceil(toMs)),
                overseerId === undefined
                  ? undefined
                  : or(
                    isNull(recordings.examId),
                    inArray(
                      recordings.examId,
                      db.select({ id: exams.id }).from(exams).where(eq(exams.ownerId, overseerId))
                    )
                  ),
                before === undefined ? undefined : lt(recordings.id, before)
              )
            )
            .orderBy(desc(recordings.id))
            .limit(pageSize(limit, 501))
      ),
    finalizing: async (id, atMs) =>
      await update(id, isIn('writing'), { state: 'finalizing', updatedAtMs: Math.trunc(atMs) }),
    ready: (id, { durationMs, bytes, sha256, mediaType, gaps, failure }, atMs, sheets = []) =>
      dialect.transaction(async tx => {
        const change = { durationMs, bytes, sha256, mediaType, gaps, failure, updatedAtMs: Math.trunc(atMs) }
        const finished = await tx
          .update(recordings)
          .set({ state: 'ready', ...change })
          .where(and(eq(recordings.id, id), isIn('writing', 'finalizing')))
        if (dialect.affected(finished) === 0) return false
        const [row] = await tx
          .select({ sessionId: recordings.sessionId })
          .from(recordings)
          .where(eq(recordings.id, id))
        const session = row === undefined ? undefined : await lockSession(dialect, tx, row.sessionId)
        if (row === undefined || session === undefined) return false
        for (const sheet of sheets) {
          await tx.insert(storyboardSheets).values({
            ...sheet, id: newId(), recordingId: id, ...row, startedAtMs: Math.trunc(sheet.startedAtMs)
          })
        }
        const data = { recordingId: id, ...row, ...session, durationMs, bytes, href: `/api/v1/recordings/${id}` }
        await announce(dialect, tx, [{ type: 'recording.ready', ...row, userId: session.userId, atMs, data }])
        return true
      }),
    failed: async (id, failure, atMs) =>
      await update(id, isIn('writing', 'finalizing'), { state: 'failed', failure, updatedAtMs: Math.trunc(atMs) }),
    unfinished: (beforeMs, limit) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(recordings)
            .where(and(isIn('writing', 'finalizing'), lt(recordings.updatedAtMs, Math.trunc(beforeMs))))
            .orderBy(asc(recordings.id))
            .limit(pageSize(limit, 500))
      )
  }
}
