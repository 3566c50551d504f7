import { asc, eq, inArray } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { Storyboards } from './media-types.ts'

/** Sheets of one session that a reader gets. */
const ROWS_MAX = 2000

/** The queries on the small pictures of recordings. */
export function createStoryboards (dialect: Dialect): Storyboards {
  const { storyboardSheets: sheets } = dialect.schema
  return {
    byId: async id =>
      (await dialect.read(async db => await db.select().from(sheets).where(eq(sheets.id, id)).limit(1)))[0],
    list: sessionId =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(sheets)
            .where(eq(sheets.sessionId, sessionId))
            .orderBy(asc(sheets.startedAtMs))
            .limit(ROWS_MAX)
      ),
    ofRecordings: async recordingIds =>
      recordingIds.length === 0
        ? []
        : await dialect.read(
          async db => await db.select().from(sheets).where(inArray(sheets.recordingId, [...recordingIds]))
        )
  }
}
