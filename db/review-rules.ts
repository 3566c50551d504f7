import { and, asc, eq, inArray, isNull, lte, ne, or, sql } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect } from './dialect.ts'
import type { Reviews, RuleMeasure } from './review-types.ts'

/** Rows of one insert or update. */
const ROWS_AT_ONCE = 200
/** Sessions looked at for one dismissal. */
const SESSIONS_MAX = 5000

/** The queries on the incidents of one rule, of many sessions. */
export function createReviewRules (dialect: Dialect): Pick<Reviews<never>, 'dismissRule' | 'rules'> {
  const {
    sessionReviews: reviews, incidentReviews: incidents, evidenceViews: views, events, sessions, exams, auditLog
  } = dialect.schema

  const isUnjudged = or(isNull(incidents.state), inArray(incidents.state, ['open', 'under_review']))

  return {
    dismissRule: async ({ examId, kind, reason, by, sample, incidentsMax, ...dismissal }, audit) => {
      const atMs = Math.trunc(dismissal.atMs)
      const found = await dialect.read(
        async db =>
          await db
            .select({ eventId: events.id, sessionId: events.sessionId })
            .from(events)
            .innerJoin(sessions, eq(sessions.id, events.sessionId))
            .leftJoin(incidents, eq(incidents.eventId, events.id))
            .leftJoin(reviews, eq(reviews.sessionId, events.sessionId))
            .where(
              and(
                // The sessions first: an exam has hundreds, a rule has incidents in all exams.
                inArray(
                  events.sessionId,
                  (
                    await db
                      .select({ id: sessions.id })
                      .from(sessions)
                      .where(and(eq(sessions.examId, examId), ne(sessions.userId, by)))
                      .limit(SESSIONS_MAX)
                  ).map(({ id }) => id)
                ),
                eq(events.kind, kind),
                eq(events.class, 'integrity'),
                ne(events.phase, 'end'),
                isUnjudged,
                or(isNull(reviews.state), ne(reviews.state, 'decided')),
                // Another reviewer is at work there.
                or(
                  isNull(reviews.claimedBy),
                  eq(reviews.claimedBy, by),
                  lte(reviews.claimedUntilMs, atMs)
                )
              )
            )
            .orderBy(asc(events.id))
            .limit(incidentsMax)
      )
      const ids = found.map(({ eventId }) => eventId)
      const opened = new Set<string>()
      for (let start = 0; start < ids.length; start += ROWS_AT_ONCE) {
        const seen = await dialect.read(
          async db =>
            await db
              .select({ eventId: views.eventId })
              .from(views)
              .where(and(inArray(views.eventId, ids.slice(start, start + ROWS_AT_ONCE)), eq(views.viewerId, by)))
        )
        for (const { eventId } of seen) if (eventId !== null) opened.add(eventId)
      }
      const needed = Math.min(sample, found.length)
      const about = {
        opened: opened.size,
        needed,
        sample: found.filter(({ eventId }) => !opened.has(eventId)).slice(0, Math.max(0, needed - opened.size))
      }
      if (opened.size < needed) return { outcome: 'unopened', dismissed: 0, ...about }
      let dismissed = 0
      // Session by session, each under its lock, so that it cannot cross a change by another reviewer.
      for (const sessionId of new Set(found.map(row => row.sessionId))) {
        const mine = found.filter(row => row.sessionId === sessionId).map(({ eventId }) => eventId)
        dismissed += await dialect.transaction(async tx => {
          const [review] = await dialect.locked(
            tx
              .select({ state: reviews.state, claimedBy: reviews.claimedBy, untilMs: reviews.claimedUntilMs })
              .from(reviews)
              .where(eq(reviews.sessionId, sessionId))
          )
          const isOthers =
            review !== undefined &&
            review.claimedBy !== null && review.claimedBy !== by && (review.untilMs ?? 0) > atMs
          if (review?.state === 'decided' || isOthers) return 0
          const known = await tx
            .select({ eventId: incidents.eventId, state: incidents.state })
            .from(incidents)
            .where(inArray(incidents.eventId, mine))
          const change = { state: 'dismissed' as const, reason, isWithoutEvidence: false, by, atMs }
          const unjudged = known.filter(({ state }) => state === 'open' || state === 'under_review')
          if (unjudged.length > 0) {
            await tx
              .update(incidents)
              .set(change)
              .where(inArray(incidents.eventId, unjudged.map(({ eventId }) => eventId)))
          }
          const fresh = mine.filter(id => !known.some(({ eventId }) => eventId === id))
          for (let start = 0; start < fresh.length; start += ROWS_AT_ONCE) {
            await tx
              .insert(incidents)
              .values(fresh.slice(start, start + ROWS_AT_ONCE).map(eventId => ({ eventId, sessionId, ...change })))
          }
          return unjudged.length + fresh.length
        })
      }
      await dialect.write(async db => {
        await db.insert(auditLog).values(auditRow({ ...audit, detail: { ...audit.detail, incidents: dismissed } }))
      })
      return { outcome: 'done', dismissed, ...about }
    },
    rules: ({ examId, overseerId }) =>
      dialect.read(async db => {
        const isAsked = and(
          examId === undefined ? undefined : eq(sessions.examId, examId),
          overseerId === undefined
            ? undefined
            : or(
              isNull(sessions.examId),
              inArray(sessions.examId, db.select({ id: exams.id }).from(exams).where(eq(exams.ownerId, overseerId)))
            )
        )
        const count = (state: string) =>
          sql<number>`coalesce(sum(case when ${incidents.state} = ${state} then 1 else 0 end), 0)`.mapWith(Number)
        const judged = await db
          .select({ kind: events.kind, confirmed: count('confirmed'), dismissed: count('dismissed') })
          .from(incidents)
          .innerJoin(events, eq(events.id, incidents.eventId))
          .innerJoin(sessions, eq(sessions.id, incidents.sessionId))
          .where(and(inArray(incidents.state, ['confirmed', 'dismissed']), isAsked))
          .groupBy(events.kind)
        const rest = await db
          .select({ kind: events.kind, undecided: sql<number>`count(*)`.mapWith(Number) })
          .from(reviews)
          .innerJoin(sessions, eq(sessions.id, reviews.sessionId))
          .innerJoin(events, eq(events.sessionId, reviews.sessionId))
          .leftJoin(incidents, eq(incidents.eventId, events.id))
          .where(and(eq(events.class, 'integrity'), ne(events.phase, 'end'), isUnjudged, isAsked))
          .groupBy(events.kind)
        const none = { confirmed: 0, dismissed: 0, undecided: 0 }
        const measures = new Map<string, RuleMeasure>()
        for (const row of [...judged, ...rest]) {
          measures.set(row.kind, { ...none, ...measures.get(row.kind), ...row })
        }
        return [...measures.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1))
      })
  }
}
