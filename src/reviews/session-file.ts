/** Everything that is known of one session, put together for its reviewer or its candidate. */
import {
  pages, type Database, type EventRow, type IncidentReview, type SessionScores as StoredScores, type SessionWithUser
} from '../../db/index.ts'
import { defined } from '../../lib/defined.ts'
import { DEFAULT_POLICY } from '../../detection/events/policy.ts'
import { SessionScores } from '../live/session/session-scores.ts'
import type { RiskLevel } from '../protocol/messages.ts'
import { policyOf } from '../policy/exam-policy.ts'

const PAGE_ROWS = 1_000

/** An integrity incident with its end. */
export interface Incident {
  /** The row that starts it. */
  readonly start: EventRow
  /** Null: an instant, or one without an end. */
  readonly endedAtMs: number | null
}

export type Scores = StoredScores & { readonly riskLevel: RiskLevel }

export interface SessionFile {
  /** All its events. */
  readonly rows: readonly EventRow[]
  readonly incidents: readonly Incident[]
  /** With every incident, and without the dismissed ones. */
  readonly scores: { readonly all: Scores, readonly remaining: Scores }
}

/** The integrity incidents of a session, in the order of their starts. */
export function incidentsOf (rows: readonly EventRow[]): Incident[] {
  const ends = new Map(rows.flatMap(row => (row.phase === 'end' ? [[row.incident, row.atMs]] : [])))
  return rows
    .filter(row => row.class === 'integrity' && row.phase !== 'end')
    .map(start => ({ start, endedAtMs: start.phase === 'instant' ? null : ends.get(start.incident) ?? null }))
    .sort((a, b) => a.start.atMs - b.start.atMs)
}

/** Reads all events of a session. */
export async function eventsOf (db: Pick<Database, 'events'>, sessionId: string): Promise<EventRow[]> {
  const rows: EventRow[] = []
  const found = pages(PAGE_ROWS, (limit, after) => db.events.listBySession(sessionId, { limit, ...defined({ after }) }))
  for await (const page of found) rows.push(...page)
  return rows
}

export async function readSessionFile (
  db: Pick<Database, 'events' | 'sessions' | 'exams'>,
  session: SessionWithUser,
  reviews: readonly IncidentReview[],
  nowMs: number
): Promise<SessionFile> {
  const [rows, pauses, judged] = await Promise.all([
    eventsOf(db, session.id), db.sessions.pauses(session.id), policyOf(db, session)
  ])
  const policy = judged?.policy ?? DEFAULT_POLICY
  const dismissedIds = new Set(reviews.filter(({ state }) => state === 'dismissed').map(({ eventId }) => eventId))
  const dismissed = new Set(rows.filter(({ id }) => dismissedIds.has(id)).map(({ incident }) => incident))
  const isWatched = session.endedAtMs === null || session.seenPercent !== null
  const scoresOf = (counted: readonly EventRow[]): Scores =>
    new SessionScores({ ...session, pauses, rows: counted, isWatched }, policy).scores(session.endedAtMs ?? nowMs)
  const all = scoresOf(rows)
  return {
    rows,
    incidents: incidentsOf(rows),
    scores: { all, remaining: dismissed.size === 0 ? all : scoresOf(rows.filter(row => !dismissed.has(row.incident))) }
  }
}
