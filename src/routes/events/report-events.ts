import type { Database, SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import type { PageEvent } from '../../protocol/messages.ts'
import type { Report } from '../../protocol/event-report.ts'
import { mayOversee } from '../../plugins/access.ts'
import type { Account } from '../../plugins/auth.ts'
import type { LiveGateway } from '../../live/live-gateway.ts'
import { parsePageReports, parseStaffReports, type ReportedEvent } from './parse-events.ts'
import type { RecordedReport } from '../../cluster/session-command.ts'

export interface EventReports {
  /** The session of that id, or one's own open one; refused where it is neither one's own nor to oversee. */
  loadSession (account: Account, sessionId: string | undefined): Promise<SessionWithUser>
  /** Adds reported events to a session: all of them, or none and an error. */
  report (account: Account, session: SessionWithUser, reported: readonly ReportedEvent[]): Promise<RecordedReport>
}

/** What pages, people and other systems say of sessions, over HTTP. */
export function createEventReports ({ db, live }: { readonly db: Database, readonly live: LiveGateway }): EventReports {
  /** Through the judge, as over the socket: a page's repetitions are kept back. */
  async function reportOwn (session: SessionWithUser, reported: readonly ReportedEvent[]) {
    const reports = parsePageReports(reported, live.now(), live.limits)
    if (session.state === 'paused') throw refuse('INVIGIL_ERR_SESSION_PAUSED')
    return await judgeReports(session, reports)
  }

  async function reportAsStaff (account: Account, session: SessionWithUser, reported: readonly ReportedEvent[]) {
    const reports = parseStaffReports(reported, account.id, session, live.now())
    const needsJudge = reports.some(report => 'type' in report)
    if (needsJudge && session.state !== 'active') {
      throw refuse(session.state === 'paused' ? 'INVIGIL_ERR_SESSION_PAUSED' : 'INVIGIL_ERR_SESSION_ENDED')
    }
    // The audit entry is written first, so that every addition to a candidate's record leaves a trace.
    await db.audit.append({
      actorId: account.id,
      action: 'session.report',
      targetType: 'session',
      targetId: session.id,
      detail: { kinds: [...new Set(reports.map(({ kind }) => kind))], events: reports.length },
      atMs: Date.now()
    })
    if (needsJudge) return await judgeReports(session, reports)
    const recorded = await live.recordReport(session.id, reports.flatMap(report => 'type' in report ? [] : [report]))
    if (recorded === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
    return recorded
  }

  async function judgeReports (session: SessionWithUser, reports: ReadonlyArray<PageEvent | Report>) {
    const judged = session.state === 'active' ? await live.reportPageEvents(session.id, reports) : undefined
    if (judged === undefined) throw refuse('INVIGIL_ERR_SESSION_ENDED')
    if (judged === 'full') {
      throw refuse('INVIGIL_ERR_EVENTS_FULL', {
        details: { kindsMax: live.limits.ownKindsMax, eventsMax: live.limits.ownEventsMax }
      })
    }
    return judged
  }

  /** The session of that id, or one's own open one; refused where it is neither one's own nor to oversee. */
  async function loadSession (account: Account, sessionId: string | undefined): Promise<SessionWithUser> {
    const session =
      sessionId === undefined ? await db.sessions.openByUser(account.id) : await db.sessions.byId(sessionId)
    if (session === undefined) {
      throw refuse(sessionId === undefined ? 'INVIGIL_ERR_SESSION_NONE' : 'INVIGIL_ERR_SESSION_UNKNOWN')
    }
    if (session.userId !== account.id && !(await mayOversee(db, account, session))) {
      throw refuse('INVIGIL_ERR_NOT_YOURS')
    }
    return session
  }

  return {
    loadSession,
    // Of one's own session one is its candidate, whatever role one has.
    report: async (account, session, reported) =>
      session.userId === account.id
        ? await reportOwn(session, reported)
        : await reportAsStaff(account, session, reported)
  }
}
