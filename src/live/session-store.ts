import { defined } from '../../lib/defined.ts'
import {
  DatabaseError, pages, type Database, type EventRow, type SessionScores as StoredScores, type SessionWithUser
} from '../../db/index.ts'
import type { Policy } from '../../detection/events/policy.ts'
import { riskLevel } from '../../detection/events/score.ts'
import { policyOf } from '../policy/exam-policy.ts'
import type { SessionReport } from '../protocol/messages.ts'
import { candidateRequests } from '../protocol/thread.ts'
import { idAfter, rowsOf, type Report } from '../protocol/event-report.ts'
import { SessionScores } from './session/session-scores.ts'
import type { RecordedReport } from '../cluster/session-command.ts'
import type { LiveSummary } from './session/live-summary.ts'

/** Reads and updates sessions that no gateway has in memory (ended, or not loaded). */
export interface SessionStore {
  /** All events of a session in the order of ids. */
  events (sessionId: string): Promise<EventRow[]>
  /** Adds reports, and the new scores, to a session that has ended. Returns undefined if it does not exist. */
  recordReport (sessionId: string, reports: readonly Report[]): Promise<RecordedReport | undefined>
  /** Removes the events of a session that has ended; returns their number. */
  clear (sessionId: string): Promise<number>
  summary (row: SessionWithUser): Promise<LiveSummary>
  /** The session's snapshot for monitors. */
  report (row: SessionWithUser): SessionReport
}

const PAGE_ROWS = 1_000
/** Concurrent amendments are retried; in each round at least one of them succeeds. */
const AMEND_TRIES_MAX = 10
/** Greater than every id. */
export const LAST_ID = 'ffffffff-ffff-7fff-bfff-ffffffffffff'
/** The scores of a session without events. */
export const NO_SCORES: StoredScores = {
  riskScore: 0,
  trustScore: 100,
  complianceScore: 100,
  eventCount: 0,
  seenPercent: null
}

export interface SessionStoreOptions {
  readonly db: Database
  readonly policy: Policy
  readonly now: () => number
}

export function createSessionStore ({ db, policy, now }: SessionStoreOptions): SessionStore {
  async function events (sessionId: string): Promise<EventRow[]> {
    const rows: EventRow[] = []
    const found = pages(PAGE_ROWS, (limit, after) =>
      db.events.listBySession(sessionId, { limit, ...defined({ after }) })
    )
    for await (const page of found) rows.push(...page)
    return rows
  }

  /** Loads a session with its policy, and computes its scores from all stored rows. */
  async function loadScores (sessionId: string) {
    const session = await db.sessions.byId(sessionId)
    if (session === undefined) return undefined
    const [pauses, rows, judged] = await Promise.all([
      db.sessions.pauses(sessionId),
      events(sessionId),
      policyOf(db, session)
    ])
    const own = judged?.policy ?? policy
    return {
      session,
      policy: own,
      sessionScores: new SessionScores({ ...session, pauses, rows, isWatched: isWatched(session) }, own)
    }
  }

  /** Adds rows to a session that has ended; returns undefined if it was changed since it was read. */
  async function add (
    { session, policy, sessionScores }: NonNullable<Awaited<ReturnType<typeof loadScores>>>,
    reports: readonly Report[]
  ): Promise<EventRow[] | undefined> {
    const rows: EventRow[] = []
    for (const report of reports) {
      const added = rowsOf(
        report,
        { sessionId: session.id, userId: session.userId, incident: sessionScores.incidents + 1 },
        policy,
        now()
      )
      for (const row of added) sessionScores.add(row)
      rows.push(...added)
    }
    const { riskLevel: _, ...scores } = sessionScores.scores(session.endedAtMs ?? now())
    return (await db.sessions.amend(session.id, { epoch: session.epoch, rows, scores, atMs: now() })) === undefined
      ? undefined
      : rows
  }

  /** Repeats `change` while other writers change the session between its read and its write. */
  async function retryAmendment<T> (change: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 1; tries <= AMEND_TRIES_MAX; tries++) {
      const done = await change()
      if (done !== undefined) return done
    }
    throw new DatabaseError('unavailable', 'SESSION_CONTENDED')
  }

  return {
    events,
    recordReport: async (sessionId, reports) =>
      await retryAmendment(async () => {
        const stood = await loadScores(sessionId)
        if (stood === undefined) return { result: undefined }
        const known = await db.events.byIds(reports.flatMap(({ id }) => (id === undefined ? [] : [id, idAfter(id)])))
        const fresh = reports.filter(({ id }) => !known.some(row => row.id === id))
        const rows = fresh.length === 0 ? [] : await add(stood, fresh)
        return rows === undefined ? undefined : { result: { rows: [...known, ...rows], stored: true } }
      }).then(({ result }) => result),
    clear: async sessionId =>
      await retryAmendment(async () => {
        const session = await db.sessions.byId(sessionId)
        if (session === undefined) return 0
        return await db.sessions.amend(sessionId, {
          epoch: session.epoch,
          rows: [],
          scores: NO_SCORES,
          atMs: now(),
          removeUntilId: LAST_ID
        })
      }),
    async summary (row) {
      const [pauses, rows, judged] = await Promise.all([db.sessions.pauses(row.id), events(row.id), policyOf(db, row)])
      const sessionScores = new SessionScores(
        { ...row, pauses, rows, isWatched: isWatched(row) },
        judged?.policy ?? policy
      )
      const { id: sessionId, userId, startedAtMs, updatedAtMs, state, endedAtMs } = row
      const untilMs = endedAtMs ?? now()
      // No gateway has the session in memory, so the candidate was not seen since the last save.
      const unseenFromMs = state === 'active' ? Math.max(startedAtMs, updatedAtMs) : undefined
      const unseenMs = unseenFromMs === undefined ? 0 : Math.max(0, untilMs - unseenFromMs)
      const wasHeld = rows.length > 0 || row.seenPercent !== null
      return {
        sessionId,
        userId,
        startedAtMs,
        state,
        online: false,
        endedAtMs,
        pauses,
        ...sessionScores.scores(untilMs, unseenFromMs),
        counts: sessionScores.counts,
        unseenMs,
        unseenCause: unseenMs === 0 ? null : wasHeld ? 'restart' : 'never_connected',
        unseenMsByCause: sessionScores.unseenMs(untilMs),
        gaps: sessionScores.gaps()
      }
    },
    report ({
      id: sessionId,
      userId,
      userName: name,
      examId,
      state,
      startedAtMs,
      riskScore,
      trustScore,
      complianceScore,
      eventCount,
      seenPercent,
      ...row
    }) {
      return {
        type: 'session',
        sessionId,
        userId,
        name,
        examId,
        state,
        online: false,
        startedAt: new Date(startedAtMs).toISOString(),
        ...candidateRequests(row),
        scores: {
          riskScore,
          riskLevel: riskLevel(riskScore, policy.riskLimits),
          trustScore,
          complianceScore,
          eventCount,
          seenPercent
        }
      }
    }
  }
}

/** Whether gaps were recorded; for a session that has ended only its row shows that. */
function isWatched ({ endedAtMs, seenPercent }: SessionWithUser): boolean {
  return endedAtMs === null || seenPercent !== null
}
