import { and, asc, desc, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import type { BulkDismissal, Reviews, SampledIncident } from './review-types.ts'

/** Rows of one insert, update or list of ids. */
const ROWS_AT_ONCE = 200
/** Sessions and rows looked at for one selection. */
const SESSIONS_MAX = 5000
const ROWS_MAX = 20_000
/** Earlier draws of the same rule in the same exam that are looked at. */
const DRAWS_MAX = 100

type Dismissals = Pick<Reviews<never>, 'drawDismissal' | 'bulkDismissal' | 'sampleOf' | 'dismissDrawn'>

interface Selection {
  readonly examId: string
  readonly kind: string
  readonly belowMs: number | null
  readonly by: string
  readonly atMs: number
}

const inParts = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / ROWS_AT_ONCE) }, (_, at) =>
    ids.slice(at * ROWS_AT_ONCE, (at + 1) * ROWS_AT_ONCE))

/** The queries on dismissals of many incidents of one rule. */
export function createReviewDismissals (dialect: Dialect): Dismissals {
  const {
    sessionReviews: reviews, incidentReviews: incidents, evidenceViews: views, evidence, bulkDismissals: bulk, events,
    sessions, users, auditLog
  } = dialect.schema

  const isUnjudged = or(isNull(incidents.state), inArray(incidents.state, ['open', 'under_review']))

  /** The rows of a rule's incidents in these sessions. */
  const rowsOf = async (db: Queries, sessionIds: readonly string[], kind: string) => await db
    .select({
      id: events.id,
      sessionId: events.sessionId,
      incident: events.incident,
      phase: events.phase,
      durationMs: events.durationMs,
      state: incidents.state
    })
    .from(events)
    .leftJoin(incidents, eq(incidents.eventId, events.id))
    .where(and(inArray(events.sessionId, [...sessionIds]), eq(events.kind, kind), eq(events.class, 'integrity')))
    .orderBy(asc(events.id))
    .limit(ROWS_MAX)

  type Row = Awaited<ReturnType<typeof rowsOf>>[number]

  /** The starts of incidents that are shorter than that. One without an end has no length, and is not. */
  function shorter (rows: readonly Row[], belowMs: number | null): Row[] {
    const keyOf = ({ sessionId, incident }: Row): string => `${sessionId} ${incident}`
    const ends = new Map(rows.flatMap(row => (row.phase === 'end' ? [[keyOf(row), row.durationMs]] : [])))
    const lengthOf = (row: Row): number => row.phase === 'instant' ? 0 : ends.get(keyOf(row)) ?? Infinity
    return rows.filter(row => row.phase !== 'end' && (belowMs === null || lengthOf(row) < belowMs))
  }

  /** What is in the selection, and the starts of all incidents of that length in the exam. */
  const select = async ({ examId, kind, belowMs, by, atMs }: Selection) =>
    await dialect.read(async db => {
      // The sessions first: an exam has hundreds, a rule has incidents in all exams.
      const found = await db
        .select({
          id: sessions.id, state: reviews.state, claimedBy: reviews.claimedBy, untilMs: reviews.claimedUntilMs
        })
        .from(sessions)
        .leftJoin(reviews, eq(reviews.sessionId, sessions.id))
        .where(and(eq(sessions.examId, examId), ne(sessions.userId, by)))
        .limit(SESSIONS_MAX)
      if (found.length === 0) return { all: [], selected: [] }
      const all = shorter(await rowsOf(db, found.map(({ id }) => id), kind), belowMs)
      const free = new Set(
        found
          .filter(({ state, claimedBy, untilMs }) =>
            state !== 'decided' && (claimedBy === null || claimedBy === by || (untilMs ?? 0) <= atMs))
          .map(({ id }) => id)
      )
      const selected = all.filter(({ sessionId, state }) =>
        free.has(sessionId) && (state === null || state === 'open' || state === 'under_review'))
      return { all, selected }
    })

  const bulkDismissal = async (id: string): Promise<BulkDismissal | undefined> =>
    (await dialect.read(async db => await db.select().from(bulk).where(eq(bulk.id, id)).limit(1)))[0]

  const sampleOf = async ({ sampleIds, by }: BulkDismissal): Promise<SampledIncident[]> =>
    await dialect.read(async db => {
      const ids = [...sampleIds]
      const rows = await db
        .select({
          eventId: events.id,
          sessionId: events.sessionId,
          userName: sql<string | null>`${users.name}`,
          startedAtMs: events.atMs,
          state: incidents.state
        })
        .from(events)
        .leftJoin(users, eq(users.id, events.userId))
        .leftJoin(incidents, eq(incidents.eventId, events.id))
        .where(inArray(events.id, ids))
        .orderBy(asc(events.id))
      const stored = await db
        .select({ eventId: evidence.eventId })
        .from(evidence)
        .where(and(inArray(evidence.eventId, ids), isNull(evidence.deletedAtMs)))
      const seen = await db
        .select({ eventId: views.eventId, what: views.what })
        .from(views)
        .where(and(inArray(views.eventId, ids), eq(views.viewerId, by)))
      const hasEvidence = new Set(stored.map(({ eventId }) => eventId))
      const isOpened = (id: string): boolean =>
        seen.some(({ eventId, what }) => eventId === id && (what !== 'why' || !hasEvidence.has(id)))
      return rows.map(row => ({ ...row, state: row.state ?? 'open', isOpened: isOpened(row.eventId) }))
    })

  /** Session by session, each under its lock, so that it cannot cross a change by another reviewer. */
  const dismissIn = async (sessionId: string, ids: readonly string[], by: string, reason: string, atMs: number) =>
    await dialect.transaction(async tx => {
      const [review] = await dialect.locked(
        tx
          .select({ state: reviews.state, claimedBy: reviews.claimedBy, untilMs: reviews.claimedUntilMs })
          .from(reviews)
          .where(eq(reviews.sessionId, sessionId))
      )
      const isOthers =
        review !== undefined && review.claimedBy !== null && review.claimedBy !== by && (review.untilMs ?? 0) > atMs
      if (review?.state === 'decided' || isOthers) return 0
      let dismissed = 0
      for (const part of inParts(ids)) {
        const known = await tx
          .select({ eventId: incidents.eventId, state: incidents.state })
          .from(incidents)
          .where(inArray(incidents.eventId, part))
        const change = { state: 'dismissed' as const, reason, isWithoutEvidence: false, by, atMs }
        const unjudged = known.filter(({ state }) => state === 'open' || state === 'under_review')
        if (unjudged.length > 0) {
          await tx
            .update(incidents)
            .set(change)
            .where(inArray(incidents.eventId, unjudged.map(({ eventId }) => eventId)))
        }
        const fresh = part.filter(id => !known.some(({ eventId }) => eventId === id))
        if (fresh.length > 0) {
          await tx.insert(incidents).values(fresh.map(eventId => ({ eventId, sessionId, ...change })))
        }
        dismissed += unjudged.length + fresh.length
      }
      return dismissed
    })

  return {
    bulkDismissal,
    sampleOf,
    drawDismissal: async ({ incidentsMax, draw, ...selection }) => {
      const { examId, kind, belowMs, by } = selection
      const earlier = await dialect.read(async db => await db
        .select()
        .from(bulk)
        .where(and(eq(bulk.examId, examId), eq(bulk.kind, kind)))
        .orderBy(desc(bulk.id))
        .limit(DRAWS_MAX))
      const { all, selected } = await select({ ...selection, atMs: Math.trunc(selection.atMs) })
      const sampled = new Set(earlier.flatMap(({ sampleIds }) => sampleIds))
      if (all.some(({ id, state }) => state === 'confirmed' && sampled.has(id))) return { outcome: 'confirmed' }
      const open = earlier.find(row => row.by === by && row.belowMs === belowMs && row.state !== 'done')
      if (open !== undefined) return { outcome: 'drawn', drawn: open }
      const eventIds = selected.slice(0, incidentsMax).map(({ id }) => id)
      if (eventIds.length === 0) return { outcome: 'empty' }
      const drawn: BulkDismissal = {
        id: newId(),
        examId,
        kind,
        belowMs,
        state: 'drawn',
        eventIds,
        sampleIds: draw(eventIds),
        dismissed: 0,
        by,
        atMs: Math.trunc(selection.atMs)
      }
      await dialect.write(async db => { await db.insert(bulk).values(drawn) })
      return { outcome: 'drawn', drawn }
    },
    dismissDrawn: async (id, by, reason, now, audit) => {
      const atMs = Math.trunc(now)
      const drawn = await bulkDismissal(id)
      if (drawn === undefined || drawn.by !== by) return { outcome: 'unknown', dismissed: 0 }
      const { kind, belowMs, eventIds, sampleIds } = drawn
      if (drawn.state === 'done') return { outcome: 'done', dismissed: drawn.dismissed }
      if (drawn.state === 'drawn') {
        const sample = await sampleOf(drawn)
        if (sample.some(({ state }) => state === 'confirmed')) return { outcome: 'confirmed', dismissed: 0 }
        if (sample.some(({ isOpened }) => !isOpened)) return { outcome: 'unopened', dismissed: 0 }
        await dialect.transaction(async tx => {
          const taken = await tx
            .update(bulk)
            .set({ state: 'applying' })
            .where(and(eq(bulk.id, id), eq(bulk.state, 'drawn')))
          if (dialect.affected(taken) === 0) return
          await tx.insert(auditLog).values(auditRow({
            ...audit, detail: { kind, belowMs, text: reason, count: eventIds.length, sampleIds, ids: eventIds }
          }))
        })
      }
      const bySession = new Map<string, string[]>()
      for (const part of inParts(eventIds)) {
        const rows = await dialect.read(async db => await db
          .select({ id: events.id, sessionId: events.sessionId })
          .from(events)
          .leftJoin(incidents, eq(incidents.eventId, events.id))
          .where(and(inArray(events.id, part), isUnjudged)))
        for (const row of rows) bySession.set(row.sessionId, [...bySession.get(row.sessionId) ?? [], row.id])
      }
      let dismissed = 0
      for (const [sessionId, ids] of bySession) dismissed += await dismissIn(sessionId, ids, by, reason, atMs)
      await dialect.write(async db => {
        await db
          .update(bulk)
          .set({ state: 'done', dismissed: sql`${bulk.dismissed} + ${dismissed}` })
          .where(eq(bulk.id, id))
      })
      return { outcome: 'done', dismissed }
    }
  }
}
