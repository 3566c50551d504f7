/** The entries of a report's log: what was recorded of a session, and what people did with it, in the order of time. */
import { allRows, type Database, type EventRow, type SessionWithUser } from '../../db/index.ts'
import type { JsonObject, LogEntry } from '../../lib/signed-report/chain.ts'

/** What was read for the report already. */
export interface ReportRows {
  readonly events: readonly EventRow[]
  readonly pauses: Awaited<ReturnType<Database['sessions']['pauses']>>
  readonly incidents: Awaited<ReturnType<Database['reviews']['incidents']>>
  readonly notes: Awaited<ReturnType<Database['reviews']['notes']>>
  readonly decisions: Awaited<ReturnType<Database['reviews']['decisions']>>
  readonly appeal: Awaited<ReturnType<Database['appeals']['bySession']>>
  readonly evidence: Awaited<ReturnType<Database['evidence']['list']>>
  readonly views: Awaited<ReturnType<Database['reviews']['views']>>
  readonly consents: Awaited<ReturnType<Database['consents']['list']>>
}

const PAGE_ROWS = 500

export async function readLog (
  db: Pick<Database, 'audit'>, session: SessionWithUser, rows: ReportRows
): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  const add = (type: string, atMs: number | null, data: JsonObject, detail?: JsonObject): void => {
    if (atMs !== null) entries.push({ type, atMs, data, ...(detail !== undefined && { detail }) })
  }
  add('session', session.startedAtMs, { step: 'started' })
  add('session', session.endedAtMs, { step: 'ended', state: session.state })
  for (const { id, kind, phase, incident, atMs, durationMs, class: of, severity, weight, detail } of rows.events) {
    const measured = detail as JsonObject
    add('event', atMs, { id, kind, phase, incident, durationMs, class: of, severity }, { weight, measured })
  }
  for (const { startedAtMs, endedAtMs } of rows.pauses) {
    add('pause', startedAtMs, { step: 'started' })
    add('pause', endedAtMs, { step: 'ended' })
  }
  for (const { id, eventId, kind, atMs, mediaType, bytes, sha256 } of rows.evidence) {
    add('evidence', atMs, { id, eventId, kind, mediaType, bytes, sha256 })
  }
  for (const { what, viewerId, viewerRole, eventId, atMs } of rows.views) {
    if (viewerId !== session.userId) add('view', atMs, { what, role: viewerRole, eventId })
  }
  for (const { eventId, state, reason, isWithoutEvidence, atMs } of rows.incidents) {
    add('judgment', atMs, { eventId, state, reason, isWithoutEvidence })
  }
  for (const { id, kind, eventId, text, atMs } of rows.notes) {
    if (kind === 'comment') add('comment', atMs, { id, eventId, text })
  }
  for (const { step, decision, reason, atMs } of rows.decisions) add('decision', atMs, { step, decision, reason })
  if (rows.appeal !== undefined) {
    const { state, text, openedAtMs, answer, answeredAtMs, reason, closedAtMs } = rows.appeal
    add('appeal', openedAtMs, { step: 'opened', text })
    add('appeal', answeredAtMs, { step: 'answered', text: answer })
    add('appeal', closedAtMs, { step: state, text: reason })
  }
  for (const { noticeVersion, noticeSha256, language, items, givenAtMs, withdrawnAtMs } of rows.consents) {
    add('consent', givenAtMs, { step: 'given', noticeVersion, noticeSha256, language, items })
    add('consent', withdrawnAtMs, { step: 'withdrawn', noticeSha256 })
  }
  const target = { targetType: 'session', targetId: session.id }
  const audit = allRows(PAGE_ROWS, async (limit, before) =>
    await db.audit.list({ ...target, limit, ...(before !== undefined && { before }) })
  )
  // The action alone: what staff wrote goes with their accounts, and this file would keep it.
  for await (const { id, action, atMs } of audit) add('action', atMs, { id, action })
  return entries.sort((a, b) => a.atMs - b.atMs)
}
