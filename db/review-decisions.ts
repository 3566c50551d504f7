import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { newId } from './id.ts'
import { announceReview } from './outbox.ts'
import { renewClaim } from './review-claim.ts'
import type { Appeals, DecisionStep, Reviews } from './review-types.ts'

/** The queries on decisions about sessions. */
export function createDecisions (dialect: Dialect): Pick<Reviews<never>, 'decide' | 'decisions'> {
  const { sessionReviews: reviews, reviewDecisions: decisions, incidentReviews: incidents, users, auditLog } =
    dialect.schema
  return {
    decide: ({ decision, reason, reviewers, isAdmin, ...act }, audit) =>
      dialect.transaction(async tx => {
        const { sessionId, by } = act
        const atMs = Math.trunc(act.atMs)
        const refused = await renewClaim(dialect, tx, act)
        if (refused !== undefined) return refused
        if (decision === 'concern') {
          const [confirmed] = await tx
            .select({ id: incidents.eventId })
            .from(incidents)
            .where(and(eq(incidents.sessionId, sessionId), eq(incidents.state, 'confirmed')))
            .limit(1)
          if (confirmed === undefined) return 'unconfirmed'
        }
        const earlier = await tx.select().from(decisions).where(eq(decisions.sessionId, sessionId))
        const first = earlier.find(({ step }) => step === 'first')
        const second = earlier.find(({ step }) => step === 'second')
        if (second !== undefined && !isAdmin) return 'admin'
        if (first !== undefined && second === undefined && first.by === by) return 'second'
        const step: DecisionStep = first === undefined ? 'first' : second === undefined ? 'second' : 'final'
        await tx.insert(decisions).values({ id: newId(), sessionId, step, decision, reason, by, atMs })
        await tx.insert(auditLog).values(auditRow({ ...audit, detail: { ...audit.detail, decision, step } }))
        const isDisputed = step === 'second' && first!.decision !== decision
        const isWaiting = (step === 'first' && reviewers === 2) || isDisputed
        await tx
          .update(reviews)
          .set({
            ...(isWaiting ? {} : { state: 'decided' as const, decision, decidedAtMs: atMs }),
            isDisputed,
            claimedBy: null,
            claimedUntilMs: null,
            updatedAtMs: atMs
          })
          .where(eq(reviews.sessionId, sessionId))
        if (!isWaiting) await announceReview(dialect, tx, sessionId, 'review.decided', atMs, { decision })
        return isDisputed ? 'disputed' : isWaiting ? 'waiting' : 'done'
      }),
    decisions: sessionId =>
      dialect.read(async db => {
        const { id, sessionId: _, ...columns } = getTableColumns(decisions)
        return await db
          .select({ ...columns, byName: sql<string | null>`${users.name}` })
          .from(decisions)
          .leftJoin(users, eq(users.id, decisions.by))
          .where(eq(decisions.sessionId, sessionId))
          .orderBy(asc(decisions.id))
          .limit(10)
      })
  }
}

/** The queries on appeals of candidates. */
export function createAppeals (dialect: Dialect): Appeals {
  const { appeals, sessionReviews: reviews, reviewDecisions: decisions, incidentReviews: incidents, auditLog } =
    dialect.schema
  return {
    bySession: async sessionId =>
      (
        await dialect.read(
          async db => await db.select().from(appeals).where(eq(appeals.sessionId, sessionId)).limit(1)
        )
      )[0],
    open: async ({ sessionId, text, atMs }, audit) =>
      await dialect.transaction(async tx => {
        const [review] = await dialect.locked(
          tx.select({ state: reviews.state }).from(reviews).where(eq(reviews.sessionId, sessionId))
        )
        if (review?.state !== 'decided') return false
        const known = await tx
          .select({ id: appeals.sessionId })
          .from(appeals)
          .where(eq(appeals.sessionId, sessionId))
          .limit(1)
        if (known.length > 0) return false
        await tx.insert(appeals).values({ sessionId, state: 'opened', text, openedAtMs: Math.trunc(atMs) })
        await tx.insert(auditLog).values(auditRow(audit))
        await announceReview(dialect, tx, sessionId, 'appeal.opened', atMs)
        return true
      }).catch(error => {
        if (error instanceof DatabaseError && error.code === 'unique') return false
        throw error
      }),
    answer: ({ sessionId, text, by, atMs }, audit) =>
      dialect.transaction(async tx => {
        const answered = await tx
          .update(appeals)
          .set({ state: 'answered', answer: text, answeredBy: by, answeredAtMs: Math.trunc(atMs) })
          .where(and(eq(appeals.sessionId, sessionId), eq(appeals.state, 'opened')))
        if (dialect.affected(answered) === 0) return false
        await tx.insert(auditLog).values(auditRow(audit))
        await announceReview(dialect, tx, sessionId, 'appeal.answered', atMs)
        return true
      }),
    close: ({ sessionId, state, reason, by, dismissEventIds, ...outcome }, audit) =>
      dialect.transaction(async tx => {
        const atMs = Math.trunc(outcome.atMs)
        await dialect.locked(
          tx.select({ id: reviews.sessionId }).from(reviews).where(eq(reviews.sessionId, sessionId))
        )
        const closed = await tx
          .update(appeals)
          .set({ state, reason, closedBy: by, closedAtMs: atMs })
          .where(and(eq(appeals.sessionId, sessionId), eq(appeals.state, 'answered')))
        if (dialect.affected(closed) === 0) return false
        if (state === 'overturned') {
          if (dismissEventIds.length > 0) {
            await tx
              .update(incidents)
              .set({ state: 'dismissed', reason, by, atMs })
              .where(and(eq(incidents.sessionId, sessionId), inArray(incidents.eventId, [...dismissEventIds])))
          }
          const decision = 'clear'
          await tx.insert(decisions).values({ id: newId(), sessionId, step: 'appeal', decision, reason, by, atMs })
          await tx.update(reviews).set({ decision, updatedAtMs: atMs }).where(eq(reviews.sessionId, sessionId))
        }
        await tx.insert(auditLog).values(auditRow(audit))
        await announceReview(dialect, tx, sessionId, 'appeal.decided', atMs, { state })
        return true
      })
  }
}
