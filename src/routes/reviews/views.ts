/** Rows of reviews as the routes send them. */
import type {
  Acknowledgement, Appeal, EvidenceRow, IncidentReview, ReviewDecision, ReviewNote, SessionReview
} from '../../../db/index.ts'
import type { Language } from '../../i18n/translate.ts'
import { translateEvent } from '../../i18n/translate.ts'
import type { Severity } from '../../../detection/types.ts'
import type { Incident } from '../../reviews/session-file.ts'

/** The review of a session; one whose claim is over has no reviewer. */
export function reviewView (review: SessionReview | null | undefined, nowMs: number) {
  if (review == null) {
    return {
      state: 'unreviewed' as const,
      claimedBy: null,
      claimedByName: null,
      claimedUntilMs: null,
      decision: null,
      isDisputed: false,
      decidedAtMs: null
    }
  }
  const { sessionId: _, ...shown } = review
  const isClaimed = (shown.claimedUntilMs ?? 0) > nowMs
  return isClaimed ? shown : { ...shown, claimedBy: null, claimedByName: null, claimedUntilMs: null }
}

export const evidenceView = ({ id, kind, atMs, durationMs, mediaType, bytes, sha256, seen }: EvidenceRow) =>
  ({ id, kind, atMs, durationMs, mediaType, bytes, sha256, seen })

export interface IncidentParts {
  readonly review: IncidentReview | undefined
  readonly evidence: readonly EvidenceRow[]
  /** What the reader opened of it. */
  readonly opened: ReadonlySet<string>
  readonly acknowledgement: Pick<Acknowledgement, 'state'> | undefined
}

export function incidentView ({ start, endedAtMs }: Incident, language: Language, parts: IncidentParts) {
  const { review, evidence, opened, acknowledgement } = parts
  return {
    eventId: start.id,
    kind: start.kind,
    title: translateEvent(language, start.kind),
    severity: start.severity as Severity,
    weight: start.weight,
    startedAtMs: start.atMs,
    endedAtMs,
    state: review?.state ?? 'open' as const,
    reason: review?.reason ?? null,
    isWithoutEvidence: review?.isWithoutEvidence ?? false,
    by: review === undefined ? null : { id: review.by, name: review.byName },
    atMs: review?.atMs ?? null,
    isOpened: evidence.length === 0 ? opened.size > 0 : opened.has('evidence') || opened.has('recording'),
    evidence: evidence.map(evidenceView),
    acknowledgement: acknowledgement?.state ?? null
  }
}

export const noteView = ({ authorId, authorName, ...note }: ReviewNote) =>
  ({ ...note, by: { id: authorId, name: authorName } })

export const decisionView = ({ by, byName, ...decision }: ReviewDecision) =>
  ({ ...decision, by: { id: by, name: byName } })

export const appealView = ({ sessionId: _, answeredBy: _answered, closedBy: _closed, ...appeal }: Appeal) => appeal
