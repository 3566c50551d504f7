import { and, asc, count, desc, eq, getTableColumns, gt, inArray, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { cursorAt, newId } from './id.ts'
import { pageSize } from './page.ts'
import type { Messages, NewMessage, ThreadRow } from './thread-types.ts'

/** Rows of one insert. */
const ROWS_AT_ONCE = 100

/** The queries on the words between candidates and staff. */
export function createMessages (dialect: Dialect): Messages {
  const { messages, sessions, users } = dialect.schema
  const columns = { ...getTableColumns(messages), authorName: sql<string | null>`${users.name}` }

  const select = (db: Queries, where: SQL | undefined, order: SQL, limit: number): Promise<ThreadRow[]> =>
    db
      .select(columns)
      .from(messages)
      .leftJoin(users, eq(users.id, messages.authorId))
      .where(where)
      .orderBy(order)
      .limit(limit)
      .then(rows => rows)

  const read = (where: SQL | undefined, limit: number): Promise<ThreadRow[]> =>
    dialect.read(async db => await select(db, where, asc(messages.id), limit))

  const byIds = async (ids: readonly string[]): Promise<ThreadRow[]> => {
    const found: ThreadRow[] = []
    for (let start = 0; start < ids.length; start += ROWS_AT_ONCE) {
      found.push(...await read(inArray(messages.id, ids.slice(start, start + ROWS_AT_ONCE)), ROWS_AT_ONCE))
    }
    return found
  }

  const known = async (authorId: string, clientId: string, sessionId: string): Promise<ThreadRow | undefined> =>
    (
      await read(
        and(eq(messages.authorId, authorId), eq(messages.clientId, clientId), eq(messages.sessionId, sessionId)),
        1
      )
    )[0]

  return {
    known,
    add: async message => {
      const row = rowOf(message)
      try {
        await dialect.write(async db => { await db.insert(messages).values(row) })
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== 'unique' || row.clientId === null) throw error
        const message = await known(row.authorId, row.clientId, row.sessionId)
        if (message === undefined) throw error
        return { message, isNew: false }
      }
      return { message: (await byIds([row.id]))[0]!, isNew: true }
    },
    addAll: async all => {
      if (all.length === 0) return []
      const rows = all.map(rowOf)
      await dialect.transaction(async tx => {
        for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
          await tx.insert(messages).values(rows.slice(start, start + ROWS_AT_ONCE))
        }
      })
      return await byIds(rows.map(({ id }) => id))
    },
    byClientId: async (authorId, clientId, examId) =>
      await dialect.read(
        async db =>
          await db
            .select(columns)
            .from(messages)
            .innerJoin(sessions, eq(sessions.id, messages.sessionId))
            .leftJoin(users, eq(users.id, messages.authorId))
            .where(and(eq(messages.authorId, authorId), eq(messages.clientId, clientId), eq(sessions.examId, examId)))
            .orderBy(asc(messages.id))
      ),
    list: (sessionId, { after, limit }) =>
      read(
        and(eq(messages.sessionId, sessionId), after === undefined ? undefined : gt(messages.id, after)),
        pageSize(limit, 501)
      ),
    undelivered: (sessionId, limit) =>
      read(
        and(
          eq(messages.sessionId, sessionId),
          eq(messages.direction, 'to_candidate'),
          isNull(messages.deliveredAtMs)
        ),
        pageSize(limit, 500)
      ),
    unseen: async (sessionIds, limit) =>
      sessionIds.length === 0
        ? []
        : await read(
          and(
            inArray(messages.sessionId, [...sessionIds]),
            eq(messages.direction, 'from_candidate'),
            isNull(messages.seenAtMs)
          ),
          pageSize(limit, 500)
        ),
    listAfter: ({ after, limit }) => read(gt(messages.id, after), pageSize(limit, 500)),
    confirm: async (sessionId, ids, direction, state, atMs) => {
      if (ids.length === 0) return []
      const column = state === 'seen' ? messages.seenAtMs : messages.deliveredAtMs
      const own = and(
        eq(messages.sessionId, sessionId),
        inArray(messages.id, [...ids]),
        eq(messages.direction, direction)
      )
      const open = await read(and(own, isNull(column)), ROWS_AT_ONCE)
      if (open.length === 0) return []
      const at = Math.trunc(atMs)
      await dialect.transaction(async tx => {
        await tx.update(messages).set({ deliveredAtMs: at }).where(and(own, isNull(messages.deliveredAtMs)))
        if (state === 'seen') await tx.update(messages).set({ seenAtMs: at }).where(and(own, isNull(messages.seenAtMs)))
      })
      return await byIds(open.map(({ id }) => id))
    },
    counts: async (sessionId, sinceMs) =>
      await dialect.read(async db => {
        const of = async (after?: string): Promise<number> =>
          (
            await db
              .select({ rows: count() })
              .from(messages)
              .where(
                and(
                  eq(messages.sessionId, sessionId),
                  eq(messages.direction, 'from_candidate'),
                  after === undefined ? undefined : gt(messages.id, after)
                )
              )
          )[0]?.rows ?? 0
        return { recent: await of(cursorAt(sinceMs)), total: await of() }
      }),
    last: async (sessionId, kind) =>
      (
        await dialect.read(
          async db =>
            await select(db, and(eq(messages.sessionId, sessionId), eq(messages.kind, kind)), desc(messages.id), 1)
        )
      )[0],
    setBreakRequest: async (sessionId, askedAtMs, message) => {
      const row = message === undefined ? undefined : rowOf(message)
      const isDone = await dialect.transaction(async tx => {
        const changed = await tx
          .update(sessions)
          .set({ breakAskedAtMs: askedAtMs === null ? null : Math.trunc(askedAtMs) })
          .where(
            and(
              eq(sessions.id, sessionId),
              inArray(sessions.state, ['active', 'paused']),
              askedAtMs === null ? isNotNull(sessions.breakAskedAtMs) : isNull(sessions.breakAskedAtMs)
            )
          )
        if (dialect.affected(changed) === 0) return false
        if (row !== undefined) await tx.insert(messages).values(row)
        return true
      })
      return isDone && row !== undefined ? (await byIds([row.id]))[0]! : isDone
    }
  }
}

function rowOf ({ canned, clientId, atMs, ...message }: NewMessage): Omit<ThreadRow, 'authorName'> {
  return {
    ...message,
    id: newId(),
    canned: canned ?? null,
    clientId: clientId ?? null,
    createdAtMs: Math.trunc(atMs),
    deliveredAtMs: null,
    seenAtMs: null
  }
}
