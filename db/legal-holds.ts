import { and, desc, eq, inArray, isNotNull, isNull, lt, or } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect } from './dialect.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'
import type { LegalHolds } from './retention-types.ts'

/** The queries on legal holds. */
export function createLegalHolds (dialect: Dialect): LegalHolds {
  const { legalHolds: holds, sessions, attempts, auditLog } = dialect.schema
  const isActive = isNull(holds.releasedAtMs)
  const isWhole = and(isNull(holds.sessionId), isNull(holds.attemptId))
  return {
    place: (hold, audit) =>
      dialect.transaction(async tx => {
        const id = newId()
        await tx.insert(holds).values({ ...hold, id, placedAtMs: Math.trunc(hold.placedAtMs) })
        await tx.insert(auditLog).values(auditRow({ ...audit, detail: { ...audit.detail, holdId: id } }))
        return id
      }),
    byId: async id =>
      (await dialect.read(async db => await db.select().from(holds).where(eq(holds.id, id)).limit(1)))[0],
    release: (id, by, atMs, audit) =>
      dialect.transaction(async tx => {
        const released = await tx
          .update(holds)
          .set({ releasedBy: by, releasedAtMs: Math.trunc(atMs) })
          .where(and(eq(holds.id, id), isActive))
        if (dialect.affected(released) === 0) return false
        await tx.insert(auditLog).values(auditRow(audit))
        return true
      }),
    list: ({ userId, isActive: active, before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(holds)
            .where(
              and(
                userId === undefined ? undefined : eq(holds.userId, userId),
                active === undefined ? undefined : active ? isActive : isNotNull(holds.releasedAtMs),
                before === undefined ? undefined : lt(holds.id, before)
              )
            )
            .orderBy(desc(holds.id))
            .limit(pageSize(limit, 500))
      ),
    covers: (userId, session) =>
      dialect.read(
        async db =>
          (
            await db
              .select({ id: holds.id })
              .from(holds)
              .where(
                and(
                  eq(holds.userId, userId),
                  isActive,
                  session === undefined
                    ? undefined
                    : or(
                      isWhole,
                      eq(holds.sessionId, session.id),
                      session.attemptId === null ? undefined : eq(holds.attemptId, session.attemptId)
                    )
                )
              )
              .limit(1)
          ).length > 0
      ),
    heldIds: async () => {
      const rows = await dialect.read(async db => await db.select().from(holds).where(isActive))
      const people = rows.filter(row => row.sessionId === null && row.attemptId === null).map(row => row.userId)
      const attemptIds = rows.flatMap(row => row.attemptId ?? [])
      const ofPeople = people.length === 0
        ? []
        : await dialect.read(async db => [
          ...await db.select({ id: sessions.id }).from(sessions).where(inArray(sessions.userId, people)),
          ...await db.select({ id: attempts.id }).from(attempts).where(inArray(attempts.userId, people))
        ])
      const ofAttempts = attemptIds.length === 0
        ? []
        : await dialect.read(
          async db => await db.select({ id: sessions.id }).from(sessions).where(inArray(sessions.attemptId, attemptIds))
        )
      return new Set([
        ...people,
        ...attemptIds,
        ...rows.flatMap(row => row.sessionId ?? []),
        ...[...ofPeople, ...ofAttempts].map(({ id }) => id)
      ])
    }
  }
}
