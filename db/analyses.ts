import { and, asc, count, desc, eq, inArray, lt, or } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import type { Analyses, RecordingAnalysis } from './media-types.ts'

/** The queries on runs of recordings through the detectors. */
export function createAnalyses (dialect: Dialect): Analyses {
  const { analyses, recordings } = dialect.schema
  const isPending = inArray(analyses.state, ['waiting', 'running'])

  async function change (id: string, set: Partial<typeof analyses.$inferInsert>): Promise<boolean> {
    const result = await dialect.write(async db =>
      await db.update(analyses).set(set).where(and(eq(analyses.id, id), eq(analyses.state, 'running'))))
    return dialect.affected(result) > 0
  }
  const newest = async (db: Queries, recordingId: string): Promise<RecordingAnalysis | undefined> => {
    const isOf = eq(analyses.recordingId, recordingId)
    return (await db.select().from(analyses).where(isOf).orderBy(desc(analyses.id)).limit(1))[0]
  }

  return {
    request: ({ recordingId, requestedBy, atMs }, waitingMax) =>
      dialect.transaction(async tx => {
        // Requests for one recording that come at once wait for each other.
        await dialect.locked(tx.select({ id: recordings.id }).from(recordings).where(eq(recordings.id, recordingId)))
        const known = await newest(tx, recordingId)
        if (known?.state === 'waiting' || known?.state === 'running') return known
        const [{ pending } = { pending: 0 }] = await tx.select({ pending: count() }).from(analyses).where(isPending)
        if (pending >= waitingMax) return undefined
        const row = {
          id: newId(),
          recordingId,
          requestedBy,
          state: 'waiting' as const,
          doneMs: 0,
          tries: 0,
          found: [],
          models: {},
          failure: null,
          createdAtMs: Math.trunc(atMs),
          updatedAtMs: Math.trunc(atMs)
        }
        await tx.insert(analyses).values(row)
        return row
      }),
    newest: recordingId => dialect.read(async db => await newest(db, recordingId)),
    claim: (atMs, staleMs) =>
      dialect.transaction(async tx => {
        const [row] = await tx
          .select()
          .from(analyses)
          .where(or(
            eq(analyses.state, 'waiting'),
            and(eq(analyses.state, 'running'), lt(analyses.updatedAtMs, Math.trunc(staleMs)))
          ))
          .orderBy(asc(analyses.id))
          .limit(1)
        if (row === undefined) return undefined
        const taken = { state: 'running' as const, tries: row.tries + 1, updatedAtMs: Math.trunc(atMs) }
        const result = await tx
          .update(analyses)
          .set(taken)
          .where(and(eq(analyses.id, row.id), eq(analyses.state, row.state), eq(analyses.tries, row.tries)))
        return dialect.affected(result) > 0 ? { ...row, ...taken } : undefined
      }),
    progress: async (id, doneMs, atMs) =>
      await change(id, { doneMs: Math.trunc(doneMs), updatedAtMs: Math.trunc(atMs) }),
    done: async (id, { found, models, doneMs }, atMs) =>
      await change(id, { state: 'done', found, models, doneMs: Math.trunc(doneMs), updatedAtMs: Math.trunc(atMs) }),
    failed: async (id, failure, atMs) => await change(id, { state: 'failed', failure, updatedAtMs: Math.trunc(atMs) }),
    release: async (id, atMs) => await change(id, { state: 'waiting', updatedAtMs: Math.trunc(atMs) })
  }
}
