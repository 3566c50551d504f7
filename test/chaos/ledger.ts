/** Compares what was acknowledged to one candidate with the database. */
import { defined } from '../../lib/defined.ts'
import type { AuditEntry, Database, EventRow } from '../../db/index.ts'
import { recompute, wrongScores } from '../support/recompute.ts'

/** Everything that a gateway acknowledged for one attempt. */
export interface Ledger {
  readonly userId: string
  readonly sessionId: string
  readonly attemptId: string
  /** Ids of log lines that came with `stored: true`. */
  readonly events: Set<string>
  /** Markers of every report that was sent, acknowledged or not. */
  readonly sentReports: Set<string>
  /** Markers of reports that got 201 with `stored: true`. */
  readonly reports: Set<string>
  /** The newest answer that got 200, by question. */
  readonly answers: Map<string, { readonly clientSeq: number, readonly value: string }>
  /** Ids of code submissions that got 201. */
  readonly code: Set<string>
  /** Reasons of staff actions that got 200. */
  readonly actions: Set<string>
  isSubmitted: boolean
}

export function createLedger (about: Pick<Ledger, 'userId' | 'sessionId' | 'attemptId'>): Ledger {
  return {
    ...about,
    events: new Set(),
    sentReports: new Set(),
    reports: new Set(),
    answers: new Map(),
    code: new Set(),
    actions: new Set(),
    isSubmitted: false
  }
}

/** One line of the table of figures; all but the first three must be 0. */
export interface Figures {
  readonly sessions: number
  readonly acknowledged: number
  readonly rows: number
  /** Acknowledged but not in the database. */
  readonly lost: number
  /** Stored more than once. */
  readonly doubled: number
  /** Incidents of ended sessions without exactly one start and one end, and rows after the end. */
  readonly broken: number
  /** Sessions whose stored scores differ from the recomputed ones. */
  readonly wrongScores: number
  /** One sentence for each fault, for the output of a failed test. */
  readonly faults: readonly string[]
}

const PAGE_ROWS = 500

/** Compares the ledgers with the rows. Call it when all sessions have ended and no gateway writes any more. */
export async function compare (db: Database, ledgers: readonly Ledger[]): Promise<Figures> {
  let acknowledged = 0
  let rowCount = 0
  const lost: string[] = []
  const doubled: string[] = []
  const broken: string[] = []
  const wrong: string[] = []
  for (const ledger of ledgers) {
    const { sessionId, attemptId } = ledger
    const rows = await allEvents(db, sessionId)
    const [session, pauses, attempt, audit] = await Promise.all([
      db.sessions.byId(sessionId), db.sessions.pauses(sessionId), db.attempts.byId(attemptId), allAudit(db, sessionId)
    ])
    if (session === undefined) {
      lost.push(`session ${sessionId}`)
      continue
    }
    rowCount += rows.length
    acknowledged +=
      ledger.events.size +
      ledger.reports.size +
      ledger.answers.size +
      ledger.code.size +
      ledger.actions.size +
      Number(ledger.isSubmitted)

    const ids = new Set(rows.map(({ id }) => id))
    for (const id of ledger.events) if (!ids.has(id)) lost.push(`event ${id} of ${sessionId}`)
    const byMarker = countBy(rows.filter(({ phase }) => phase !== 'end').map(markerOf))
    for (const marker of ledger.reports) if (!byMarker.has(marker)) lost.push(`report ${marker} of ${sessionId}`)
    for (const marker of ledger.sentReports) {
      if ((byMarker.get(marker) ?? 0) > 1) doubled.push(`report ${marker} of ${sessionId}`)
    }

    const answers = new Map((await db.answers.list(attemptId)).map(answer => [answer.questionId, answer]))
    for (const [questionId, { clientSeq, value }] of ledger.answers) {
      const stored = answers.get(questionId)
      const isKept =
        stored !== undefined &&
        (stored.clientSeq > clientSeq || (stored.clientSeq === clientSeq && stored.value === value))
      if (!isKept) lost.push(`answer ${clientSeq} of ${attemptId}`)
    }
    const submissions = new Set((await db.answers.listCode(attemptId, { limit: PAGE_ROWS })).map(({ id }) => id))
    for (const id of ledger.code) if (!submissions.has(id)) lost.push(`code ${id} of ${attemptId}`)

    const byReason = countBy(audit.map(({ detail }) => String(detail['text'] ?? detail['reason'])))
    for (const reason of ledger.actions) {
      const entries = byReason.get(reason) ?? 0
      if (entries === 0) lost.push(`audit entry ${reason}`)
      if (entries > 1) doubled.push(`audit entry ${reason}`)
    }
    if (ledger.isSubmitted && attempt?.state !== 'submitted') lost.push(`hand-in of ${attemptId}`)
    if (ledger.isSubmitted && session.endedAtMs === null) broken.push(`session ${sessionId} goes on after the hand-in`)

    const expected = recompute({ session, pauses, events: rows })
    broken.push(...expected.problems.map(problem => `${sessionId}: ${problem}`))
    const differences = wrongScores(session, expected)
    if (differences.length > 0) wrong.push(`${sessionId}: ${differences.join(', ')}`)
  }
  return {
    sessions: ledgers.length,
    acknowledged,
    rows: rowCount,
    lost: lost.length,
    doubled: doubled.length,
    broken: broken.length,
    wrongScores: wrong.length,
    faults: [...lost.map(text => `lost ${text}`), ...doubled.map(text => `doubled ${text}`), ...broken, ...wrong]
  }
}

async function allEvents (db: Database, sessionId: string): Promise<EventRow[]> {
  const rows: EventRow[] = []
  for (;;) {
    const after = rows.at(-1)?.id
    const page = await db.events.listBySession(sessionId, { limit: PAGE_ROWS, ...defined({ after }) })
    rows.push(...page)
    if (page.length < PAGE_ROWS) return rows
  }
}

async function allAudit (db: Database, sessionId: string): Promise<AuditEntry[]> {
  return await db.audit.list({ targetType: 'session', targetId: sessionId, limit: PAGE_ROWS })
}

function markerOf ({ detail }: EventRow): string | undefined {
  const marker = (detail as Readonly<Record<string, unknown>> | null)?.['marker']
  return typeof marker === 'string' ? marker : undefined
}

function countBy (names: ReadonlyArray<string | undefined>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
