import { and, desc, eq } from 'drizzle-orm'
import { isDeepStrictEqual } from 'node:util'
import { auditRow } from './audit.ts'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import type { Consent, Consents } from './review-types.ts'

/** Consents of one person that a reader gets. */
const ROWS_MAX = 200

/** The queries on what candidates agreed to. */
export function createConsents (dialect: Dialect): Consents {
  const { consents, auditLog, users } = dialect.schema
  const shown = ({ current: _, ...row }: Consent & { readonly current: number | null }): Consent => row
  const isCurrent = (userId: string, examId: string) =>
    and(eq(consents.userId, userId), eq(consents.examId, examId), eq(consents.current, 1))
  const currentOf = async (db: Queries, userId: string, examId: string): Promise<Consent | undefined> => {
    const [row] = await db.select().from(consents).where(isCurrent(userId, examId)).limit(1)
    return row === undefined ? undefined : shown(row)
  }

  return {
    give: consent =>
      dialect.transaction(async tx => {
        const { userId, examId } = consent
        // The account's row is locked, so that consents that are sent at once come one after the other.
        await dialect.locked(tx.select({ id: users.id }).from(users).where(eq(users.id, userId)))
        const earlier = await currentOf(tx, userId, examId)
        if (
          earlier !== undefined &&
          earlier.noticeSha256 === consent.noticeSha256 &&
          isDeepStrictEqual(earlier.items, consent.items)
        ) { return earlier }
        await tx.update(consents).set({ current: null }).where(isCurrent(userId, examId))
        const row = { ...consent, id: newId(), givenAtMs: Math.trunc(consent.givenAtMs), withdrawnAtMs: null }
        await tx.insert(consents).values({ ...row, current: 1 })
        return row
      }),
    current: (userId, examId) => dialect.read(async db => await currentOf(db, userId, examId)),
    withdraw: (userId, examId, atMs, audit) =>
      dialect.transaction(async tx => {
        const withdrawn = await tx
          .update(consents)
          .set({ current: null, withdrawnAtMs: Math.trunc(atMs) })
          .where(isCurrent(userId, examId))
        if (dialect.affected(withdrawn) === 0) return false
        await tx.insert(auditLog).values(auditRow(audit))
        return true
      }),
    list: (userId, examId) =>
      dialect.read(async db => {
        const rows = await db
          .select()
          .from(consents)
          .where(and(eq(consents.userId, userId), examId === undefined ? undefined : eq(consents.examId, examId)))
          .orderBy(desc(consents.id))
          .limit(ROWS_MAX)
        return rows.map(shown)
      })
  }
}
