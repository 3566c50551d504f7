import { and, asc, eq, getTableColumns, gt, inArray, ne, sql } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { pageSize } from './page.ts'
import type { Acknowledgements } from './thread-types.ts'

/** The queries on what staff say of incidents. */
export function createAcknowledgements (dialect: Dialect): Acknowledgements {
  const { acknowledgements, events, users } = dialect.schema
  return {
    set: async ({ eventId, sessionId, state, note, by, atMs }) => {
      const change = { state, note, by, atMs: Math.trunc(atMs) }
      const [event] = await dialect.read(
        async db =>
          await db
            .select({ id: events.id })
            .from(events)
            .where(and(eq(events.id, eventId), eq(events.sessionId, sessionId), ne(events.phase, 'end')))
            .limit(1)
      )
      if (event === undefined) return false
      try {
        await dialect.write(
          async db =>
            await dialect.upsert(
              db,
              acknowledgements,
              [{ eventId, sessionId, ...change }],
              [acknowledgements.eventId],
              change
            )
        )
        return true
      } catch (error) {
        // The events were cleared in between.
        if (error instanceof DatabaseError && error.code === 'missing') return false
        throw error
      }
    },
    list: async (sessionIds, { after, limit }) =>
      sessionIds.length === 0
        ? []
        : await dialect.read(
          async db =>
            await db
              .select({ ...getTableColumns(acknowledgements), byName: sql<string | null>`${users.name}` })
              .from(acknowledgements)
              .leftJoin(users, eq(users.id, acknowledgements.by))
              .where(
                and(
                  inArray(acknowledgements.sessionId, [...sessionIds]),
                  after === undefined ? undefined : gt(acknowledgements.eventId, after)
                )
              )
              .orderBy(asc(acknowledgements.eventId))
              .limit(pageSize(limit, 501))
        )
  }
}
