/** What a signed report says of a session. It holds only what the candidate may read. */
import type { Database, EvidenceRow, SessionDecision, SessionWithUser } from '../../db/index.ts'
import { DEFAULT_POLICY } from '../../detection/events/policy.ts'
import type { LogEntry } from '../../lib/signed-report/chain.ts'
import { translateEvent, type Language } from '../i18n/translate.ts'
import { VERSION } from '../package-info.ts'
import { conditionsOf } from '../policy/conditions.ts'
import { policyOf, readPolicy } from '../policy/exam-policy.ts'
import { policyInWords } from '../policy/rule-words.ts'
import { appealTexts } from '../reviews/appeal-texts.ts'
import { readSessionFile } from '../reviews/session-file.ts'
import type { ReportKey } from '../secrets/report-key.ts'
import { readLog } from './read-log.ts'

const VIEWS_MAX = 1_000
/** Files of evidence in one report, and their bytes. */
const EVIDENCE_MAX = 60
const EVIDENCE_BYTES_MAX = 20 * 1024 * 1024

export interface ReportRequest {
  readonly id: string
  readonly language: Language
  readonly issuedAtMs: number
  readonly key: ReportKey
  /** The bytes of a piece of evidence; undefined where it was deleted meanwhile. */
  readEvidence (row: EvidenceRow): Promise<Uint8Array | undefined>
}

/** Before the hashes of the log are added. */
export type ReportDraft = Awaited<ReturnType<typeof readReport>>['report']

export async function readReport (
  db: Database, session: SessionWithUser, { id, language, issuedAtMs, key, readEvidence }: ReportRequest
) {
  const { id: sessionId, userId, examId, attemptId } = session
  const [
    review, incidentReviews, notes, decisions, appeal, evidence, views, pauses, recordings, exam, attempt, judged
  ] = await Promise.all([
    db.reviews.bySession(sessionId),
    db.reviews.incidents(sessionId),
    db.reviews.notes(sessionId),
    db.reviews.decisions(sessionId),
    db.appeals.bySession(sessionId),
    db.evidence.list(sessionId),
    db.reviews.views(sessionId, VIEWS_MAX),
    db.sessions.pauses(sessionId),
    db.recordings.list({ sessionId, state: 'ready', limit: 500 }),
    examId === null ? undefined : db.exams.byId(examId),
    attemptId === null ? undefined : db.attempts.byId(attemptId),
    policyOf(db, session)
  ])
  const consents = examId === null ? [] : await db.consents.list(userId, examId)
  const { rows, incidents, scores } = await readSessionFile(db, session, incidentReviews, issuedAtMs)
  const isDecided = review?.state === 'decided'
  const confirmed = new Set(incidentReviews.flatMap(({ eventId, state }) => state === 'confirmed' ? [eventId] : []))
  const packed: PackedEvidence[] = []
  for (const row of fitting(evidence.filter(({ eventId }) => confirmed.has(eventId)))) {
    const content = await readEvidence(row)
    const path = `evidence/${row.id}.${row.kind === 'picture' ? 'jpg' : 'webm'}`
    if (content !== undefined) packed.push({ row, path, content })
  }
  const log: LogEntry[] = await readLog(db, session, {
    events: rows, pauses, incidents: incidentReviews, notes, decisions, appeal, evidence, views, consents
  })
  const examPolicy = readPolicy(exam?.policy ?? {})
  const report = {
    format: 'invigil-report',
    version: 1,
    id,
    issuedAtMs,
    language,
    issuer: { name: 'Invigil', version: VERSION, kid: key.kid, isSelfIssued: key.isSelfIssued },
    candidate: { id: userId, name: session.userName },
    session: {
      id: sessionId,
      state: session.state,
      startedAtMs: session.startedAtMs,
      endedAtMs: session.endedAtMs
    },
    attempt: attempt === undefined
      ? null
      : {
          id: attempt.id,
          number: attempt.number,
          state: attempt.state,
          startedAtMs: attempt.startedAtMs,
          submittedAtMs: attempt.submittedAtMs,
          submittedBy: attempt.submittedBy
        },
    exam: exam === undefined ? null : { id: exam.id, title: exam.title, policyVersion: exam.policyVersion },
    policy: {
      isChangedSince: attempt !== undefined && exam !== undefined && attempt.policyVersion !== exam.policyVersion,
      watching: examPolicy.watching,
      recording: examPolicy.recording,
      reviewers: examPolicy.reviewers,
      appealDays: examPolicy.appealDays,
      conditions: exam === undefined ? [] : conditionsOf(examPolicy, language),
      rules: policyInWords(judged?.policy ?? DEFAULT_POLICY, language)
    },
    coverage: {
      seenPercent: session.seenPercent,
      pausedMs: pauses.reduce((sum, { startedAtMs, endedAtMs }) =>
        sum + (endedAtMs ?? session.endedAtMs ?? startedAtMs) - startedAtMs, 0),
      recordings: recordings.map(({ id, source, startedAtMs, durationMs, sha256 }) =>
        ({ id, source, startedAtMs, durationMs, sha256 }))
    },
    scores,
    incidents: incidents.map(({ start, endedAtMs }) => {
      const judgment = incidentReviews.find(({ eventId }) => eventId === start.id)
      return {
        eventId: start.id,
        kind: start.kind,
        title: translateEvent(language, start.kind),
        severity: start.severity,
        startedAtMs: start.atMs,
        endedAtMs,
        state: judgment?.state ?? 'open' as const,
        reason: judgment?.reason ?? null,
        isWithoutEvidence: judgment?.isWithoutEvidence ?? false,
        comments: notes
          .filter(({ kind, eventId }) => kind === 'comment' && eventId === start.id)
          .map(({ text, atMs }) => ({ text, atMs }))
      }
    }),
    state: review?.state ?? 'unreviewed' as const,
    decision: isDecided ? review.decision : null,
    decisions: decisions
      .map(({ step, decision, reason, byName, atMs }) => ({ step, decision, reason, by: byName, atMs })),
    appeal: appealTexts(appeal),
    consents: consents.map(({ noticeVersion, noticeSha256, language, items, givenAtMs, withdrawnAtMs }) =>
      ({ noticeVersion, noticeSha256, language, items, givenAtMs, withdrawnAtMs })),
    views: views
      .filter(({ viewerId }) => viewerId !== userId)
      .map(({ what, viewerRole: role, eventId, atMs }) => ({ what, role, eventId, atMs }))
      .reverse(),
    evidence: packed.map(({ row, path }) =>
      ({ path, eventId: row.eventId, kind: row.kind, atMs: row.atMs, sha256: row.sha256, bytes: row.bytes }))
  }
  return { report, log, evidence: packed, decision: (isDecided ? review.decision : null) as SessionDecision | null }
}

/** A file of evidence and its path in the zip. */
interface PackedEvidence {
  readonly row: EvidenceRow
  readonly path: string
  readonly content: Uint8Array
}

/** The first pieces, as many as a report may hold. */
function fitting (rows: readonly EvidenceRow[]): readonly EvidenceRow[] {
  let bytes = 0
  return rows.slice(0, EVIDENCE_MAX).filter(row => (bytes += row.bytes) <= EVIDENCE_BYTES_MAX)
}
