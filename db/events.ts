import {
  and, asc, count, desc, eq, exists, gt, gte, inArray, isNull, lt, lte, max, min, ne, or, sql
} from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { forgetHours } from './hours.ts'
import { cursorAt, timeOfId } from './id.ts'
import { announceIncidents } from './outbox.ts'
import { ownedBy } from './ownership.ts'
import { pageSize } from './page.ts'
import type { EventRow, Events } from './types.ts'

/** Rows of one insert: the writer's group. */
const ROWS_MAX = 100

/**
 * So few sessions are looked through one by one. Of more than that, the newest events of all hold a page of theirs soon
 * enough.
 */
const FEW_SESSIONS = 200

/** The queries on events. */
export function createEvents (dialect: Dialect): Events {
  const { events, sessions, exams } = dialect.schema
  const insert = (rows: readonly EventRow[]) => dialect.write(async db => { await db.insert(events).values([...rows]) })

  /**
   * Stores what can be stored, after an insert was refused: rows that are there already (a commit whose answer was
   * lost) count as stored, rows without a session are named.
   */
  const appendRest = async (rows: readonly EventRow[]) => {
    const sessionIds = [...new Set(rows.map(row => row.sessionId))]
    const present = await dialect.read(
      async db => await db.select({ id: sessions.id }).from(sessions).where(inArray(sessions.id, sessionIds))
    )
    const known = await dialect.read(
      async db =>
        await db
          .select({ id: events.id })
          .from(events)
          .where(
            inArray(
              events.id,
              rows.map(row => row.id)
            )
          )
    )
    const presentIds = new Set(present.map(({ id }) => id))
    const knownIds = new Set(known.map(({ id }) => id))
    const rest = rows.filter(row => presentIds.has(row.sessionId) && !knownIds.has(row.id))
    if (rest.length > 0) await insert(rest)
    return { stored: rest.length + knownIds.size, missingSessionIds: sessionIds.filter(id => !presentIds.has(id)) }
  }

  const mayOversee = (db: Queries, overseerId: string) =>
    or(
      isNull(sessions.examId),
      inArray(sessions.examId, db.select({ id: exams.id }).from(exams).where(eq(exams.ownerId, overseerId)))
    )
  /** Ids of the sessions that a teacher may see: all of them when they are few. */
  const visibleSessions = async (overseerId: string): Promise<string[]> =>
    (
      await dialect.read(
        async db =>
          await db
            .select({ id: sessions.id })
            .from(sessions)
            .where(mayOversee(db, overseerId))
            .limit(FEW_SESSIONS + 1)
      )
    ).map(({ id }) => id)

  return {
    append: async (rows) => {
      if (rows.length === 0) return { stored: 0, missingSessionIds: [] }
      if (rows.length > ROWS_MAX) throw new DatabaseError('unknown', 'TOO_MANY_ROWS')
      for (let attempt = 1; ; attempt++) {
        try {
          if (attempt > 1) return await appendRest(rows)
          await insert(rows)
          const times = rows.map(row => timeOfId(row.id))
          await forgetHours(dialect, Math.min(...times), Math.max(...times))
          return { stored: rows.length, missingSessionIds: [] }
        } catch (error) {
          // A session may be erased between the look and the insert: then look again.
          if (
            !(error instanceof DatabaseError) ||
            (error.code !== 'unique' && error.code !== 'missing') ||
            attempt === 4
          ) { throw error }
        }
      }
    },
    appendOwned: async (rows, epochs) => {
      if (rows.length === 0) return []
      if (rows.length > ROWS_MAX) throw new DatabaseError('unknown', 'TOO_MANY_ROWS')
      const insertOwned = async (isAgain: boolean): Promise<readonly string[]> =>
        await dialect.transaction(async tx => {
          const owned = await ownedBy(dialect, tx, epochs)
          const doubtful = rows.filter(row => isAgain || !owned.has(row.sessionId)).map(row => row.id)
          const known = new Set(
            doubtful.length === 0
              ? []
              : (await tx.select({ id: events.id }).from(events).where(inArray(events.id, doubtful))).map(
                  ({ id }) => id
                )
          )
          const wanted = rows.filter(row => owned.has(row.sessionId) && !known.has(row.id))
          if (wanted.length > 0) {
            await tx.insert(events).values([...wanted])
            await announceIncidents(dialect, tx, wanted)
          }
          return rows.filter(row => !owned.has(row.sessionId) && !known.has(row.id)).map(row => row.id)
        })
      const refused = await insertOwned(false).catch(async error => {
        // Some rows exist already: a commit lost its response, or a report arrived twice.
        if (!(error instanceof DatabaseError) || error.code !== 'unique') throw error
        return await insertOwned(true)
      })
      const times = rows.map(row => timeOfId(row.id))
      await forgetHours(dialect, Math.min(...times), Math.max(...times))
      return refused
    },
    byIds: ids =>
      dialect.read(async db =>
        ids.length === 0
          ? []
          : await db
            .select()
            .from(events)
            .where(inArray(events.id, [...ids]))
            .orderBy(asc(events.id))
      ),
    listBySession: (sessionId, { after, limit, kind }) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(events)
            .where(
              and(
                eq(events.sessionId, sessionId),
                after === undefined ? undefined : gt(events.id, after),
                kind === undefined ? undefined : eq(events.kind, kind)
              )
            )
            .orderBy(asc(events.id))
            .limit(pageSize(limit, 1000))
      ),
    listAfter: ({ after, limit, sessionIds }) =>
      dialect.read(async db => {
        if (sessionIds?.length === 0) return []
        return await db
          .select()
          .from(events)
          .where(
            and(
              after === undefined ? undefined : gt(events.id, after),
              sessionIds === undefined ? undefined : inArray(events.sessionId, [...sessionIds])
            )
          )
          .orderBy(asc(events.id))
          .limit(pageSize(limit, 1000))
      }),
    list: async ({ sessionId, userId, overseerId, kind, fromMs, toMs, before, limit }) => {
      const seen = overseerId === undefined ? undefined : await visibleSessions(overseerId)
      if (seen?.length === 0) return []
      const byFew = seen !== undefined && seen.length <= FEW_SESSIONS
      // MySQL cannot know that ids rise with time and that the limit is soon reached, and now and then intersects or
      // sorts a hundred thousand rows instead.
      const forceIndex =
        sessionId !== undefined || byFew
          ? 'events_session'
          : userId !== undefined
            ? 'events_user'
            : kind !== undefined
              ? 'events_kind'
              : 'PRIMARY'
      return await dialect.read(
        async db =>
          await db
            .select()
            .from(events, { forceIndex })
            .where(
              and(
                sessionId === undefined ? undefined : eq(events.sessionId, sessionId),
                userId === undefined ? undefined : eq(events.userId, userId),
                kind === undefined ? undefined : eq(events.kind, kind),
                byFew ? inArray(events.sessionId, seen) : undefined,
                overseerId === undefined || byFew
                  ? undefined
                  : exists(
                    db
                      .select({ one: sql`1` })
                      .from(sessions)
                      .where(and(eq(sessions.id, events.sessionId), mayOversee(db, overseerId)))
                  ),
                // Ids rise with the time of their making, so one index serves filter, range and order.
                fromMs === undefined ? undefined : gte(events.id, cursorAt(Math.ceil(fromMs))),
                toMs === undefined ? undefined : lt(events.id, cursorAt(Math.ceil(toMs))),
                before === undefined ? undefined : lt(events.id, before)
              )
            )
            .orderBy(desc(events.id))
            .limit(pageSize(limit, 1000))
      )
    },
    countsByKind: sessionId =>
      dialect.read(async db => {
        const rows = await db
          .select({ kind: events.kind, incidents: count() })
          .from(events)
          .where(and(eq(events.sessionId, sessionId), ne(events.phase, 'end')))
          .groupBy(events.kind)
          .orderBy(asc(events.kind))
        return Object.fromEntries(rows.map(row => [row.kind, row.incidents]))
      }),
    deleteBySession: async (sessionId, untilId) => {
      const condition = and(
        eq(events.sessionId, sessionId),
        untilId === undefined ? undefined : lte(events.id, untilId)
      )
      const [range] = await dialect.read(
        async db =>
          await db
            .select({ first: min(events.id), last: max(events.id) })
            .from(events)
            .where(condition)
      )
      const deleted = dialect.affected(
        await dialect.write(async db => await db.delete(events).where(condition), 'long')
      )
      if (range?.first != null && range.last != null) {
        await forgetHours(dialect, timeOfId(range.first), timeOfId(range.last))
      }
      return deleted
    }
  }
}
