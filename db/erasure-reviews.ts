import { and, asc, gt, inArray, isNull, type SQL } from 'drizzle-orm'
import type { AnyMySqlColumn, MySqlTable } from 'drizzle-orm/mysql-core'
import { mentions, type Person } from './audit-detail.ts'
import type { Dialect } from './dialect.ts'

/** Rows looked at in one query: some milliseconds of this thread on SQLite. */
const ROWS_AT_ONCE = 500

/** The audit entries of these actions hold a copy of a reason, a note or an appeal. */
export const REVIEW_ACTIONS = [
  'review.incident', 'review.note', 'review.decide', 'review.dismiss_rule', 'appeal.open', 'appeal.answer',
  'appeal.close', 'hold.place', 'hold.release'
] as const

/**
 * Empties reasons, notes and answers about other candidates that the person wrote or that name the person. The rows
 * stay: they say what was decided, by which account and when. Rows about the person's own sessions go with the account.
 * Signed reports that quote such a text are withdrawn.
 */
export async function scrubReviews (dialect: Dialect, person: Person): Promise<void> {
  const {
    incidentReviews, reviewDecisions, reviewNotes, appeals, consents, signedReports, legalHolds
  } = dialect.schema

  async function scrub (
    table: MySqlTable,
    id: AnyMySqlColumn,
    text: AnyMySqlColumn,
    by: AnyMySqlColumn | undefined,
    empty: Record<string, unknown>,
    sessionId?: AnyMySqlColumn
  ): Promise<void> {
    for (let after: string | undefined; ;) {
      const where: SQL | undefined = after === undefined ? undefined : gt(id, after)
      const page = await dialect.read(
        async db =>
          await db
            .select({ id, text, by: by ?? id, sessionId: sessionId ?? id })
            .from(table)
            .where(where)
            .orderBy(asc(id))
            .limit(ROWS_AT_ONCE)
      ) as Array<{ id: string, text: string | null, by: string | null, sessionId: string }>
      const found = page
        .filter(row => row.text !== null && row.text !== '')
        .filter(row => (by !== undefined && row.by === person.id) || mentions({ text: row.text }, person))
      const ids = found.map(row => row.id)
      if (ids.length > 0) {
        if (sessionId !== undefined) await withdrawReports(found.map(row => row.sessionId))
        await dialect.write(async db => { await db.update(table).set(empty).where(inArray(id, ids)) })
      }
      if (page.length < ROWS_AT_ONCE) return
      after = page.at(-1)!.id
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  async function withdrawReports (sessionIds: readonly string[]): Promise<void> {
    await dialect.write(async db => {
      await db
        .update(signedReports)
        .set({ withdrawnAtMs: Date.now() })
        .where(and(inArray(signedReports.sessionId, [...sessionIds]), isNull(signedReports.withdrawnAtMs)))
    })
  }

  await scrub(incidentReviews, incidentReviews.eventId, incidentReviews.reason, incidentReviews.by, { reason: null },
    incidentReviews.sessionId)
  await scrub(reviewDecisions, reviewDecisions.id, reviewDecisions.reason, reviewDecisions.by, { reason: '' },
    reviewDecisions.sessionId)
  await scrub(reviewNotes, reviewNotes.id, reviewNotes.text, reviewNotes.authorId, { text: '' }, reviewNotes.sessionId)
  await scrub(appeals, appeals.sessionId, appeals.text, undefined, { text: '' }, appeals.sessionId)
  await scrub(appeals, appeals.sessionId, appeals.answer, appeals.answeredBy, { answer: null }, appeals.sessionId)
  await scrub(appeals, appeals.sessionId, appeals.reason, appeals.closedBy, { reason: null }, appeals.sessionId)
  await scrub(legalHolds, legalHolds.id, legalHolds.reason, legalHolds.placedBy, { reason: '' })
  // A notice names the teacher of the exam. Its hash stays.
  await scrub(consents, consents.id, consents.notice, undefined, { notice: '' })
}
