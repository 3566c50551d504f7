import type { Database, EventRow, SessionWithUser } from '../../db/index.ts'
import type { Policy } from '../../detection/events/policy.ts'
import { riskLevel } from '../../detection/events/score.ts'
import { policyOf } from '../exams/policy.ts'
import type { Limits } from './limits.ts'
import type { Heard, LiveSummary } from './live.ts'
import type { SessionReport } from './protocol.ts'
import { rowsOf, type Report } from './report.ts'
import { Tally } from './tally.ts'

/** What the database alone says of a session, and takes for it: of one that is over, or that no gateway has in memory. */
export interface SessionRecord {
  /** All events of a session in the order of ids. */
  events (sessionId: string): Promise<EventRow[]>
  /** Adds what others saw and the scores that come of it; gives the rows. Undefined: there is no such session. */
  note (sessionId: string, reports: readonly Report[]): Promise<EventRow[] | undefined>
  /** As `note` does, where the page may still tell all of these. */
  hear (sessionId: string, reports: readonly Report[]): Promise<Heard>
  summary (row: SessionWithUser): Promise<LiveSummary>
  /** The session as monitors are shown it. */
  report (row: SessionWithUser): SessionReport
}

const PAGE_ROWS = 1_000
/** Rows of one insert. */
const INSERT_ROWS_MAX = 100

export interface RecordOptions {
  readonly db: Database
  readonly policy: Policy
  readonly limits: Pick<Limits, 'ownKindsMax' | 'ownEventsMax'>
  readonly now: () => number
}

export function createRecord ({ db, policy, limits, now }: RecordOptions): SessionRecord {
  async function events (sessionId: string): Promise<EventRow[]> {
    const rows: EventRow[] = []
    for (let page: EventRow[], after: string | undefined; ; after = page.at(-1)?.id) {
      page = await db.events.listBySession(sessionId, { limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) })
      rows.push(...page)
      if (page.length < PAGE_ROWS) return rows
    }
  }

  /** A session with all that is stored of it. */
  async function tallied (sessionId: string) {
    const session = await db.sessions.byId(sessionId)
    if (session === undefined) return undefined
    const [pauses, rows, judged] = await Promise.all([db.sessions.pauses(sessionId), events(sessionId), policyOf(db, session)])
    const own = judged?.policy ?? policy
    return { session, policy: own, tally: new Tally({ ...session, pauses, rows }, own) }
  }

  async function add ({ session, policy, tally }: NonNullable<Awaited<ReturnType<typeof tallied>>>, reports: readonly Report[]): Promise<EventRow[]> {
    const rows: EventRow[] = []
    for (const report of reports) {
      const added = rowsOf(report, { sessionId: session.id, userId: session.userId, incident: tally.incidents + 1 }, policy, now())
      for (const row of added) tally.add(row)
      rows.push(...added)
    }
    for (let start = 0; start < rows.length; start += INSERT_ROWS_MAX) await db.events.append(rows.slice(start, start + INSERT_ROWS_MAX))
    const { riskScore, trustScore, complianceScore, eventCount } = tally.scores(session.endedAtMs ?? now())
    await db.sessions.setScores(session.id, { riskScore, trustScore, complianceScore, eventCount }, now())
    return rows
  }

  return {
    events,
    async note (sessionId, reports) {
      const stood = await tallied(sessionId)
      return stood === undefined ? undefined : await add(stood, reports)
    },
    async hear (sessionId, reports) {
      const stood = await tallied(sessionId)
      if (stood?.tally.takes(reports, limits) === false) return 'full'
      return stood === undefined ? undefined : await add(stood, reports)
    },
    async summary (row) {
      const [pauses, rows, judged] = await Promise.all([db.sessions.pauses(row.id), events(row.id), policyOf(db, row)])
      const tally = new Tally({ ...row, pauses, rows }, judged?.policy ?? policy)
      const { id: sessionId, userId, startedAtMs, state, endedAtMs } = row
      return { sessionId, userId, startedAtMs, state, online: false, endedAtMs, pauses, ...tally.scores(endedAtMs ?? now()), counts: tally.counts }
    },
    report ({ id: sessionId, userId, userName: name, examId, state, startedAtMs, riskScore, trustScore, complianceScore, eventCount }) {
      return {
        type: 'session',
        sessionId,
        userId,
        name,
        examId,
        state,
        online: false,
        startedAt: new Date(startedAtMs).toISOString(),
        scores: { riskScore, riskLevel: riskLevel(riskScore, policy.riskLimits), trustScore, complianceScore, eventCount }
      }
    }
  }
}
