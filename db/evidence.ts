import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import type { EvidenceStore } from './review-types.ts'

/** Pieces of evidence of one session that a reader gets. */
const ROWS_MAX = 2000

/** The queries on stored evidence. */
export function createEvidence (dialect: Dialect): EvidenceStore {
  const { evidence } = dialect.schema
  return {
    add: async row => {
      try {
        await dialect.write(async db => { await db.insert(evidence).values({ ...row, atMs: Math.trunc(row.atMs) }) })
        return true
      } catch (error) {
        if (error instanceof DatabaseError && (error.code === 'unique' || error.code === 'missing')) return false
        throw error
      }
    },
    byId: async id =>
      (await dialect.read(async db => await db.select().from(evidence).where(eq(evidence.id, id)).limit(1)))[0],
    list: sessionId =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(evidence)
            .where(and(eq(evidence.sessionId, sessionId), isNull(evidence.deletedAtMs)))
            .orderBy(asc(evidence.id))
            .limit(ROWS_MAX)
      )
  }
}
