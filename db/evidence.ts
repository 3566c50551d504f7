import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { pageSize } from './page.ts'
import type { EvidenceStore } from './review-types.ts'

/** Pieces of evidence of one session that a reader gets. */
const ROWS_MAX = 2000

/** The queries on stored evidence. */
export function createEvidence (dialect: Dialect): EvidenceStore {
  const { evidence, sessions } = dialect.schema
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
      ),
    markDeleted: async (id, atMs) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(evidence)
              .set({ deletedAtMs: Math.trunc(atMs), seen: {} })
              .where(and(eq(evidence.id, id), isNull(evidence.deletedAtMs)))
        )
      ) > 0,
    listOfUser: (userId, { after, limit }) =>
      dialect.read(async db => {
        const rows = await db
          .select({ evidence })
          .from(evidence)
          .innerJoin(sessions, eq(sessions.id, evidence.sessionId))
          .where(and(eq(sessions.userId, userId), after === undefined ? undefined : gt(evidence.id, after)))
          .orderBy(asc(evidence.id))
          .limit(pageSize(limit, 500))
        return rows.map(row => row.evidence)
      })
  }
}
