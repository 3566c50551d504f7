/**
 * What the gateway that has a session in memory writes for it. Each gateway that takes a session raises the epoch in
 * its row, and every write names the epoch it was made under: a gateway that stood still, or could not be reached, is
 * refused when it comes back.
 */
import { and, eq, inArray, isNull, lte, max, min, sql, type SQL } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect, Queries } from './dialect.ts'
import { grouped } from './grouped.ts'
import { forgetHours } from './hours.ts'
import { newId, timeOfId } from './id.ts'
import { runInLane, SYSTEM_LANE } from './lane.ts'
import { announceIncidents, announceSession } from './outbox.ts'
import { scoreColumns } from './session-columns.ts'
import type { EventRow, SessionScores, SessionState, Sessions } from './types.ts'
import type { WebhookType } from './webhook-types.ts'

/** Sessions written in one commit: some milliseconds of the thread that waits for it. */
const AT_ONCE = 50
/** Rows of one insert. */
const ROWS_MAX = 100

const OPEN_STATES: readonly SessionState[] = ['active', 'paused']

const SESSION_TYPES = {
  active: 'session.resumed',
  paused: 'session.paused',
  stopped: 'session.ended',
  terminated: 'session.ended'
} as const satisfies Record<SessionState, WebhookType>

interface ScoresOf {
  readonly id: string
  readonly scores: SessionScores
  readonly atMs: number
  readonly epoch: number | undefined
}

/** Those of the sessions that are open and have that epoch. In a transaction, they stay so until it ends. */
export async function ownedBy (
  dialect: Dialect,
  tx: Queries,
  epochs: ReadonlyMap<string, number>
): Promise<ReadonlySet<string>> {
  const { sessions } = dialect.schema
  // In the order of ids, so that two transactions never wait for each other.
  const rows = await dialect.locked(
    tx
      .select({ id: sessions.id, epoch: sessions.epoch })
      .from(sessions)
      .where(and(inArray(sessions.id, [...epochs.keys()]), inArray(sessions.state, [...OPEN_STATES])))
      .orderBy(sessions.id)
  )
  return new Set(rows.filter(({ id, epoch }) => epochs.get(id) === epoch).map(({ id }) => id))
}

export function createOwnership (dialect: Dialect): Pick<Sessions, 'take' | 'transition' | 'setScores' | 'amend'> {
  const { sessions, sessionPauses: pauses, events, auditLog } = dialect.schema

  const isOwned = (id: string, epoch: number | undefined) => and(
    eq(sessions.id, id),
    epoch === undefined ? undefined : and(eq(sessions.epoch, epoch), inArray(sessions.state, [...OPEN_STATES])))

  async function insertAll (tx: Queries, rows: readonly EventRow[]): Promise<void> {
    await announceIncidents(dialect, tx, rows)
    for (let start = 0; start < rows.length; start += ROWS_MAX) {
      await tx.insert(events).values(rows.slice(start, start + ROWS_MAX))
    }
  }

  // A group holds what many accounts write, so it counts for none of them.
  const ofAll = async <T>(write: () => Promise<T>): Promise<T> => await runInLane(SYSTEM_LANE, write)

  const writeScores = async (db: Queries, { id, scores, atMs, epoch }: ScoresOf): Promise<boolean> =>
    dialect.affected(
      await db
        .update(sessions)
        .set({ ...scoreColumns(scores), updatedAtMs: atMs })
        .where(isOwned(id, epoch))
    ) > 0
  // Each commit waits for the disk, and the scores of a hundred sessions are due every few seconds.
  const saveScores = grouped(
    AT_ONCE,
    async (all: readonly ScoresOf[]): Promise<readonly boolean[]> =>
      await ofAll(async () => {
        if (all.length === 1) return [await dialect.write(async db => await writeScores(db, all[0]!))]
        const written = new Map<ScoresOf, boolean>()
        await dialect.transaction(async tx => {
          // In the order of ids, as in `ownedBy`.
          for (const one of all.toSorted((a, b) => (a.id < b.id ? -1 : 1))) written.set(one, await writeScores(tx, one))
        })
        return all.map(one => written.get(one)!)
      })
  )

  async function raise (tx: Queries, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const open = and(inArray(sessions.id, [...ids]), inArray(sessions.state, [...OPEN_STATES]))
    await tx
      .update(sessions)
      .set({ epoch: sql`${sessions.epoch} + 1` })
      .where(open)
    return new Map(
      (await tx.select({ id: sessions.id, epoch: sessions.epoch }).from(sessions).where(open)).map(({ id, epoch }) => [
        id,
        epoch
      ])
    )
  }

  // After a restart a whole room comes back within seconds.
  const acquireAll = grouped(
    AT_ONCE,
    async (ids: readonly string[]): Promise<ReadonlyArray<number | undefined>> =>
      await ofAll(
        async () =>
          await dialect.transaction(async tx => {
            const epochs = await raise(tx, ids)
            const given: Array<number | undefined> = []
            for (const [index, id] of ids.entries()) {
              // No two takers get the same number, not even in one group.
              const isFirst = ids.indexOf(id) === index
              given.push(isFirst ? epochs.get(id) : (await raise(tx, [id])).get(id))
            }
            return given
          })
      )
  )

  /**
   * Ends the running pause if the session's candidate began it, so that staff can begin theirs. False: no pause runs,
   * or the caller began it.
   */
  async function endOwnPause (
    tx: Queries,
    id: string,
    by: string,
    isOwner: SQL | undefined,
    values: Partial<ReturnType<typeof scoreColumns>> & { readonly updatedAtMs: number }
  ): Promise<boolean> {
    const [session] = await dialect.locked(
      tx
        .select({ userId: sessions.userId })
        .from(sessions)
        .where(and(eq(sessions.id, id), eq(sessions.state, 'paused'), isOwner))
    )
    if (session === undefined || session.userId === by) return false
    const ended = await tx
      .update(pauses)
      .set({ endedAtMs: values.updatedAtMs })
      .where(and(eq(pauses.sessionId, id), isNull(pauses.endedAtMs), eq(pauses.by, session.userId)))
    if (dialect.affected(ended) === 0) return false
    await tx.update(sessions).set(values).where(eq(sessions.id, id))
    return true
  }

  return {
    take: acquireAll,
    transition: (id, from, to, atMs, by, endReason, last, audit) =>
      dialect.transaction(async tx => {
        const ends = to === 'stopped' || to === 'terminated'
        const states = from.filter(state => state !== to)
        const isOwner = last === undefined ? undefined : eq(sessions.epoch, last.epoch)
        const moved =
          states.length > 0 &&
          dialect.affected(
            await tx
              .update(sessions)
              .set({
                ...(last !== undefined && scoreColumns(last.scores)),
                state: to,
                updatedAtMs: atMs,
                ...(ends && { openFor: null, endedAtMs: atMs, endReason: endReason ?? null })
              })
              .where(and(eq(sessions.id, id), inArray(sessions.state, states), isOwner))
          ) > 0
        const takesOver = !moved && to === 'paused' && from.includes('paused')
        if (
          !moved &&
          !(
            takesOver &&
            (await endOwnPause(tx, id, by, isOwner, {
              ...(last !== undefined && scoreColumns(last.scores)),
              updatedAtMs: atMs
            }))
          )
        ) { return false }
        await insertAll(tx, last?.rows ?? [])
        if (to === 'paused') {
          await tx.insert(pauses).values({ id: newId(), sessionId: id, startedAtMs: atMs, endedAtMs: null, by })
        } else {
          await tx
            .update(pauses)
            .set({ endedAtMs: atMs })
            .where(and(eq(pauses.sessionId, id), isNull(pauses.endedAtMs)))
        }
        if (moved) await announceSession(dialect, tx, id, SESSION_TYPES[to], atMs)
        if (audit !== undefined) await tx.insert(auditLog).values(auditRow(audit))
        return true
      }),
    setScores: async (id, scores, atMs, epoch) =>
      (await saveScores({ id, scores, atMs, epoch })) ||
      (
        await dialect.read(
          async db => await db.select({ id: sessions.id }).from(sessions).where(isOwned(id, epoch)).limit(1)
        )
      ).length > 0,
    amend: async (id, { epoch, rows, scores, atMs, removeUntilId }) => {
      const outcome = await dialect.transaction(async tx => {
        const [row] = await dialect.locked(
          tx.select({ epoch: sessions.epoch, endedAtMs: sessions.endedAtMs }).from(sessions).where(eq(sessions.id, id))
        )
        if (row?.epoch !== epoch) return undefined
        await tx
          .update(sessions)
          .set({ ...scoreColumns(scores), updatedAtMs: atMs, ...(row.endedAtMs !== null && { epoch: epoch + 1 }) })
          .where(eq(sessions.id, id))
        const removed =
          removeUntilId === undefined
            ? undefined
            : await remove(tx, and(eq(events.sessionId, id), lte(events.id, removeUntilId)))
        await insertAll(tx, rows)
        return { removed: removed?.count ?? 0, ids: [...removed?.ids ?? [], ...rows.map(row => row.id)] }
      })
      if (outcome === undefined) return undefined
      const times = outcome.ids.map(timeOfId)
      if (times.length > 0) await forgetHours(dialect, Math.min(...times), Math.max(...times))
      return outcome.removed
    }
  }

  async function remove (
    tx: Queries,
    condition: ReturnType<typeof and>
  ): Promise<{ readonly count: number, readonly ids: readonly string[] }> {
    const [range] = await tx
      .select({ first: min(events.id), last: max(events.id) })
      .from(events)
      .where(condition)
    const count = dialect.affected(await tx.delete(events).where(condition))
    return { count, ids: range?.first == null || range.last == null ? [] : [range.first, range.last] }
  }
}
