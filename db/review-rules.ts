import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { Reviews, RuleMeasure } from './review-types.ts'

/** What people said of the incidents of each rule. */
export function createReviewRules (dialect: Dialect): Pick<Reviews<never>, 'rules'> {
  const { sessionReviews: reviews, incidentReviews: incidents, events, sessions, exams } = dialect.schema

  const isUnjudged = or(isNull(incidents.state), inArray(incidents.state, ['open', 'under_review']))

  return {
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
