import { asc, desc, eq } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import type { MediaKeyRows } from './media-types.ts'

export function createMediaKeyRows (dialect: Dialect): MediaKeyRows {
  const { mediaKeys } = dialect.schema
  const get = async (sessionId: string): Promise<Uint8Array | undefined> => {
    const [row] = await dialect.read(
      async db =>
        await db
          .select({ wrapped: mediaKeys.wrapped })
          .from(mediaKeys)
          .where(eq(mediaKeys.sessionId, sessionId))
          .limit(1)
    )
    return row?.wrapped
  }
  return {
    get,
    add: async (sessionId, wrapped, atMs) => {
      try {
        const row = { sessionId, wrapped, createdAtMs: atMs }
        await dialect.write(async db => { await db.insert(mediaKeys).values(row) })
        return wrapped
      } catch (error) {
        // Another gateway was first: its key counts, for it may have encrypted with it already.
        const present = error instanceof DatabaseError && error.code === 'unique' ? await get(sessionId) : undefined
        if (present === undefined) throw error
        return present
      }
    },
    // Ids of sessions sort by time.
    ends: async () => (await Promise.all([asc, desc].map(async order => await dialect.read(
      async db => await db
        .select({ sessionId: mediaKeys.sessionId, wrapped: mediaKeys.wrapped })
        .from(mediaKeys)
        .orderBy(order(mediaKeys.sessionId))
        .limit(1)
    )))).flat(),
    remove: async sessionId =>
      dialect.affected(
        await dialect.write(async db => await db.delete(mediaKeys).where(eq(mediaKeys.sessionId, sessionId)))
      ) > 0
  }
}
