import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect, Queries } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'
import { renewClaim } from './review-claim.ts'
import { createDecisions } from './review-decisions.ts'
import { createReviewDismissals } from './review-dismissals.ts'
import { createReviewRules } from './review-rules.ts'
import type { EvidenceView, IncidentReviewState, Reviews } from './review-types.ts'
import { sessionColumns } from './session-columns.ts'
import type { SessionWithUser } from './types.ts'

/** Notes and comments of one session that a reader gets. */
const NOTES_MAX = 500
/** Incidents of one session that a reader gets. */
const INCIDENTS_MAX = 2000

/** From which states an incident moves to one. A judged one goes back under review before it is judged again. */
const FROM: Readonly<Record<Exclude<IncidentReviewState, 'open'>, readonly IncidentReviewState[]>> = {
  under_review: ['open', 'dismissed', 'confirmed'],
  dismissed: ['open', 'under_review'],
  confirmed: ['under_review']
}

/** The queries on reviews. */
export function createReviews (dialect: Dialect): Reviews<SessionWithUser> {
  const {
    sessionReviews: reviews, incidentReviews: incidents, reviewNotes: notes, evidence, evidenceViews: views, appeals,
    sessions, events, exams, users, auditLog
  } = dialect.schema
  const nameOf = sql<string | null>`${users.name}`
  const { updatedAtMs: _, ...reviewColumns } = getTableColumns(reviews)

  const isOpened = async (tx: Queries, eventId: string, viewerId: string): Promise<boolean> => {
    const [stored] = await tx
      .select({ id: evidence.id })
      .from(evidence)
      .where(and(eq(evidence.eventId, eventId), isNull(evidence.deletedAtMs)))
      .limit(1)
    const [view] = await tx
      .select({ id: views.id })
      .from(views)
      .where(
        and(
          eq(views.eventId, eventId),
          eq(views.viewerId, viewerId),
          stored === undefined ? undefined : ne(views.what, 'why')
        )
      )
      .limit(1)
    return view !== undefined
  }

  return {
    ...createDecisions(dialect),
    ...createReviewRules(dialect),
    ...createReviewDismissals(dialect),
    inbox: ({
      state, examId, overseerId, claimedBy, nowMs, appeals: appealStates, riskMin, notUserId, after, limit
    }) =>
      dialect.read(async db => {
        // MySQL may begin with the exams or the users, and look at every session.
        const forceIndex =
          examId !== undefined || claimedBy !== undefined || appealStates !== undefined || riskMin === undefined
            ? []
            : ['sessions_risk']
        const rows = await db
          .select({
            ...sessionColumns(dialect),
            userName: sql<string>`${users.name}`,
            userEmail: sql<string>`${users.email}`,
            examTitle: sql<string | null>`${exams.title}`,
            reviewState: reviews.state,
            claimedBy: reviews.claimedBy,
            claimedUntilMs: reviews.claimedUntilMs,
            decision: reviews.decision,
            isDisputed: reviews.isDisputed,
            decidedAtMs: reviews.decidedAtMs,
            appealState: appeals.state
          })
          .from(sessions, { forceIndex })
          .leftJoin(users, eq(users.id, sessions.userId))
          .leftJoin(exams, eq(exams.id, sessions.examId))
          .leftJoin(reviews, eq(reviews.sessionId, sessions.id))
          .leftJoin(appeals, eq(appeals.sessionId, sessions.id))
          .where(
            and(
              isNotNull(sessions.endedAtMs),
              state === undefined
                ? undefined
                : state === 'unreviewed' ? isNull(reviews.sessionId) : eq(reviews.state, state),
              examId === undefined ? undefined : eq(sessions.examId, examId),
              overseerId === undefined
                ? undefined
                : or(
                  isNull(sessions.examId),
                  inArray(
                    sessions.examId,
                    db.select({ id: exams.id }).from(exams).where(eq(exams.ownerId, overseerId))
                  )
                ),
              claimedBy === undefined
                ? undefined
                : and(eq(reviews.claimedBy, claimedBy), gt(reviews.claimedUntilMs, nowMs)),
              appealStates === undefined ? undefined : inArray(appeals.state, [...appealStates]),
              riskMin === undefined ? undefined : gte(sessions.riskScore, riskMin),
              notUserId === undefined ? undefined : ne(sessions.userId, notUserId),
              after === undefined
                ? undefined
                : or(
                  lt(sessions.riskScore, after.riskScore),
                  and(eq(sessions.riskScore, after.riskScore), gt(sessions.id, after.id))
                )
            )
          )
          .orderBy(desc(sessions.riskScore), asc(sessions.id))
          .limit(pageSize(limit, 101))
        return rows.map(
          ({ reviewState, claimedBy, claimedUntilMs, decision, isDisputed, decidedAtMs, appealState, ...row }) => ({
            ...row,
            appealState,
            review: reviewState === null
              ? null
              : {
                  sessionId: row.id,
                  state: reviewState,
                  claimedBy,
                  claimedByName: null,
                  claimedUntilMs,
                  decision,
                  isDisputed: isDisputed ?? false,
                  decidedAtMs
                }
          })
        )
      }),
    bySession: async sessionId => {
      const [row] = await dialect.read(
        async db =>
          await db
            .select({ ...reviewColumns, claimedByName: nameOf })
            .from(reviews)
            .leftJoin(users, eq(users.id, reviews.claimedBy))
            .where(eq(reviews.sessionId, sessionId))
            .limit(1)
      )
      return row
    },
    claim: async (act, audit) => {
      const { sessionId, by } = act
      const [atMs, untilMs] = [Math.trunc(act.atMs), Math.trunc(act.untilMs)]
      const once = (): Promise<'claimed' | 'taken'> => dialect.transaction(async tx => {
        const [row] = await dialect.locked(tx.select().from(reviews).where(eq(reviews.sessionId, sessionId)))
        if (row === undefined) {
          await tx.insert(reviews).values({
            sessionId,
            state: 'in_review',
            claimedBy: by,
            claimedUntilMs: untilMs,
            decision: null,
            decidedAtMs: null,
            isDisputed: false,
            updatedAtMs: atMs
          })
        } else {
          if (row.claimedBy !== null && row.claimedBy !== by && (row.claimedUntilMs ?? 0) > atMs) return 'taken'
          await tx
            .update(reviews)
            .set({ claimedBy: by, claimedUntilMs: untilMs, updatedAtMs: atMs })
            .where(eq(reviews.sessionId, sessionId))
          if (row.claimedBy === by && (row.claimedUntilMs ?? 0) > atMs) return 'claimed'
        }
        await tx.insert(auditLog).values(auditRow(audit))
        return 'claimed'
      })
      return await once().catch(async error => {
        // Another reviewer was the first at the same time.
        if (!(error instanceof DatabaseError) || error.code !== 'unique') throw error
        return await once()
      })
    },
    release: async (sessionId, by, atMs) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(reviews)
              .set({ claimedBy: null, claimedUntilMs: null, updatedAtMs: Math.trunc(atMs) })
              .where(and(eq(reviews.sessionId, sessionId), eq(reviews.claimedBy, by)))
        )
      ) > 0,
    incidents: sessionId =>
      dialect.read(async db => {
        const { sessionId: _, ...columns } = getTableColumns(incidents)
        return await db
          .select({ ...columns, byName: nameOf })
          .from(incidents)
          .leftJoin(users, eq(users.id, incidents.by))
          .where(eq(incidents.sessionId, sessionId))
          .orderBy(asc(incidents.eventId))
          .limit(INCIDENTS_MAX)
      }),
    setIncident: ({ eventId, to, reason, ...act }, audit) =>
      dialect.transaction(async tx => {
        const { sessionId, by } = act
        const refused = await renewClaim(dialect, tx, act)
        if (refused !== undefined) return refused
        const [event] = await tx
          .select({ id: events.id })
          .from(events)
          .where(
            and(
              eq(events.id, eventId),
              eq(events.sessionId, sessionId),
              eq(events.class, 'integrity'),
              ne(events.phase, 'end')
            )
          )
          .limit(1)
        if (event === undefined) return 'unknown'
        const [row] = await tx.select().from(incidents).where(eq(incidents.eventId, eventId)).limit(1)
        const from = row?.state ?? 'open'
        if (from === to && (row?.reason ?? null) === reason) return 'done'
        if (!FROM[to].includes(from)) return 'state'
        if (to === 'confirmed' && !(await isOpened(tx, eventId, by))) return 'unopened'
        const isWithoutEvidence =
          to === 'confirmed' &&
          (
            await tx
              .select({ id: evidence.id })
              .from(evidence)
              .where(and(eq(evidence.eventId, eventId), isNull(evidence.deletedAtMs)))
              .limit(1)
          ).length === 0
        const change = { state: to, reason, isWithoutEvidence, by, atMs: Math.trunc(act.atMs) }
        if (row === undefined) await tx.insert(incidents).values({ eventId, sessionId, ...change })
        else await tx.update(incidents).set(change).where(eq(incidents.eventId, eventId))
        await tx.insert(auditLog).values(auditRow({
          ...audit, detail: { ...audit.detail, eventId, from, state: to, isWithoutEvidence }
        }))
        return 'done'
      }),
    addNote: async note => {
      const row = { ...note, id: newId(), atMs: Math.trunc(note.atMs) }
      await dialect.write(async db => { await db.insert(notes).values(row) })
      const [author] = await dialect.read(
        async db => await db.select({ name: users.name }).from(users).where(eq(users.id, note.authorId)).limit(1)
      )
      const { sessionId: _, ...shown } = row
      return { ...shown, authorName: author?.name ?? null }
    },
    notes: sessionId =>
      dialect.read(async db => {
        const { sessionId: _, ...columns } = getTableColumns(notes)
        return await db
          .select({ ...columns, authorName: nameOf })
          .from(notes)
          .leftJoin(users, eq(users.id, notes.authorId))
          .where(eq(notes.sessionId, sessionId))
          .orderBy(asc(notes.id))
          .limit(NOTES_MAX)
      }),
    addView: async view => {
      await dialect.write(async db => {
        await db.insert(views).values({ ...view, id: newId(), atMs: Math.trunc(view.atMs) })
      })
    },
    views: (sessionId, limit) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(views)
            .where(eq(views.sessionId, sessionId))
            .orderBy(desc(views.id))
            .limit(pageSize(limit, 1000))
            .then(rows => rows as EvidenceView[])
      )
  }
}
