/** What people decide about sessions and incidents after the exam, on which evidence, and appeals against it. */
import type { Role } from './account-types.ts'
import type { NewAuditEntry } from './audit-types.ts'

export type SessionReviewState = 'unreviewed' | 'in_review' | 'decided'
export type SessionDecision = 'clear' | 'concern' | 'technical'
/** `final`: an admin, where two reviewers disagree. `appeal`: an appeal overturned the earlier ones. */
export type DecisionStep = 'first' | 'second' | 'final' | 'appeal'
export type IncidentReviewState = 'open' | 'under_review' | 'dismissed' | 'confirmed'
export type NoteKind = 'note' | 'comment'
/** `sound`: of an incident that was heard. */
export type EvidenceKind = 'picture' | 'clip' | 'sound'
/** `why`: the measured values of an incident. */
export type ViewKind = 'why' | 'evidence' | 'recording' | 'storyboard'
export type AppealState = 'opened' | 'answered' | 'upheld' | 'overturned'

export interface SessionReview {
  readonly sessionId: string
  readonly state: SessionReviewState
  /** Who works on it, if `claimedUntilMs` has not passed. */
  readonly claimedBy: string | null
  readonly claimedByName: string | null
  readonly claimedUntilMs: number | null
  readonly decision: SessionDecision | null
  readonly isDisputed: boolean
  readonly decidedAtMs: number | null
}

export interface ReviewDecision {
  readonly step: DecisionStep
  readonly decision: SessionDecision
  readonly reason: string
  readonly by: string
  /** Null: the account was erased. */
  readonly byName: string | null
  readonly atMs: number
}

export interface IncidentReview {
  readonly eventId: string
  readonly state: IncidentReviewState
  readonly reason: string | null
  readonly isWithoutEvidence: boolean
  readonly by: string
  readonly byName: string | null
  readonly atMs: number
}

export interface ReviewNote {
  readonly id: string
  readonly eventId: string | null
  readonly kind: NoteKind
  readonly authorId: string
  readonly authorName: string | null
  readonly text: string
  readonly atMs: number
}

export interface EvidenceView {
  readonly id: string
  readonly sessionId: string
  readonly eventId: string | null
  readonly what: ViewKind
  readonly viewerId: string
  readonly viewerRole: Role
  readonly atMs: number
}

export interface Appeal {
  readonly sessionId: string
  readonly state: AppealState
  readonly text: string
  readonly openedAtMs: number
  readonly answer: string | null
  readonly answeredBy: string | null
  readonly answeredAtMs: number | null
  readonly reason: string | null
  readonly closedBy: string | null
  readonly closedAtMs: number | null
}

/** What a line of the inbox adds to the session. */
export interface InboxRow {
  readonly examTitle: string | null
  readonly review: SessionReview | null
  readonly appealState: AppealState | null
}

export interface ReviewFilter {
  /** Absent: every session that has ended. */
  readonly state?: SessionReviewState
  readonly examId?: string
  /** Of exams that this user owns, and of none: what a teacher may see. */
  readonly overseerId?: string
  /** Claimed by this reviewer now, at `nowMs`. */
  readonly claimedBy?: string
  readonly nowMs: number
  /** With an appeal in one of these states. */
  readonly appeals?: readonly AppealState[]
  /** From this risk score on. */
  readonly riskMin?: number
  /** Leaves out the sessions of this user, since people do not review themselves. */
  readonly notUserId?: string
  /** Continue after this session. */
  readonly after?: { readonly id: string, readonly riskScore: number }
  /** 1 to 100. */
  readonly limit: number
}

/** Who acts on a session's review: it needs the reviewer's claim at `atMs`, and renews it until `untilMs`. */
export interface ReviewAct {
  readonly sessionId: string
  readonly by: string
  readonly atMs: number
  readonly untilMs: number
}

export type ClaimOutcome = 'claimed' | 'taken'
/** Why a change was refused: no claim, decided already, not from that state, or nothing of the incident was opened. */
export type ReviewRefusal = 'unclaimed' | 'decided' | 'state' | 'unopened' | 'unknown'

export interface IncidentChange extends ReviewAct {
  /** The event that starts the incident. */
  readonly eventId: string
  readonly to: Exclude<IncidentReviewState, 'open'>
  readonly reason: string | null
}

export interface DecisionChange extends ReviewAct {
  readonly decision: SessionDecision
  readonly reason: string
  readonly reviewers: 1 | 2
  readonly isAdmin: boolean
}

/** `second`: the first reviewer cannot be the second. `admin`: only an admin decides. `unconfirmed`: see `decide`. */
export type DecisionRefusal = 'unclaimed' | 'decided' | 'second' | 'admin' | 'unconfirmed'

export interface RuleMeasure {
  readonly kind: string
  readonly confirmed: number
  readonly dismissed: number
  /** Not judged, in sessions that a reviewer has taken: others wait for one. */
  readonly undecided: number
}

/** `drawn`: its sample is to be opened. `applying`: a reason was given, and sessions follow one by one. */
export type BulkDismissalState = 'drawn' | 'applying' | 'done'

/** A dismissal of many incidents of one rule in one exam. */
export interface BulkDismissal {
  readonly id: string
  readonly examId: string
  readonly kind: string
  /** Only incidents shorter than this; null: of any length. */
  readonly belowMs: number | null
  readonly state: BulkDismissalState
  readonly eventIds: readonly string[]
  readonly sampleIds: readonly string[]
  readonly dismissed: number
  readonly by: string
  readonly atMs: number
}

/** An incident of the sample as it stands now. */
export interface SampledIncident {
  readonly eventId: string
  readonly sessionId: string
  readonly userName: string | null
  readonly startedAtMs: number
  readonly state: IncidentReviewState
  /** By the reviewer who drew the sample, as a confirmation would need it. */
  readonly isOpened: boolean
}

export interface BulkSelection {
  readonly examId: string
  readonly kind: string
  readonly belowMs: number | null
  readonly by: string
  readonly atMs: number
  /** Incidents of one dismissal. */
  readonly incidentsMax: number
  /** Draws the sample from the ids. */
  readonly draw: (ids: readonly string[]) => readonly string[]
}

/** `confirmed`: an incident that was sampled before and is in the selection was confirmed. `empty`: nothing fits. */
export type DrawOutcome =
  | { readonly outcome: 'drawn', readonly drawn: BulkDismissal }
  | { readonly outcome: 'confirmed' | 'empty', readonly drawn?: undefined }

export type DismissOutcome = 'done' | 'unopened' | 'confirmed' | 'unknown'

/** `Session` is the row of a session with its user. */
export interface Reviews<Session> {
  /** Sessions that have ended, by risk, then the oldest first. */
  inbox (filter: ReviewFilter): Promise<Array<Session & InboxRow>>
  bySession (sessionId: string): Promise<SessionReview | undefined>
  /** Takes the review for a while, unless another reviewer has it. Moves an unreviewed session to `in_review`. */
  claim (act: ReviewAct, audit: NewAuditEntry): Promise<ClaimOutcome>
  /** False: the reviewer did not have it. */
  release (sessionId: string, by: string, atMs: number): Promise<boolean>
  incidents (sessionId: string): Promise<IncidentReview[]>
  /** Moves an incident, with its audit entry in the same transaction. */
  setIncident (change: IncidentChange, audit: NewAuditEntry): Promise<'done' | ReviewRefusal>
  /**
   * Selects the unjudged incidents of a rule in the sessions of an exam that are not decided, and draws a sample. The
   * same selection of the same reviewer is returned until it is dismissed.
   */
  drawDismissal (selection: BulkSelection): Promise<DrawOutcome>
  bulkDismissal (id: string): Promise<BulkDismissal | undefined>
  sampleOf (drawn: BulkDismissal): Promise<SampledIncident[]>
  /**
   * Dismisses what was selected and is still unjudged, where no other reviewer is at work. Refused unless the whole
   * sample was opened and none of it is confirmed. One audit entry lists the incidents. After a crash it goes on.
   */
  dismissDrawn (
    id: string, by: string, reason: string, atMs: number, audit: Omit<NewAuditEntry, 'detail'>
  ): Promise<{ readonly outcome: DismissOutcome, readonly dismissed: number }>
  /** A `concern` needs a confirmed incident. */
  decide (change: DecisionChange, audit: NewAuditEntry): Promise<'done' | 'waiting' | 'disputed' | DecisionRefusal>
  /** In the order of their making. */
  decisions (sessionId: string): Promise<ReviewDecision[]>
  addNote (note: Omit<ReviewNote, 'id' | 'authorName'> & { readonly sessionId: string }): Promise<ReviewNote>
  notes (sessionId: string): Promise<ReviewNote[]>
  addView (view: Omit<EvidenceView, 'id'>): Promise<void>
  /** Newest first. */
  views (sessionId: string, limit: number): Promise<EvidenceView[]>
  /** Incidents by rule and by what people say of them now, so after an appeal. */
  rules (filter: { readonly examId?: string, readonly overseerId?: string }): Promise<RuleMeasure[]>
}

export interface Appeals {
  bySession (sessionId: string): Promise<Appeal | undefined>
  /** False: there is one already, or the session is not decided. */
  open (
    appeal: { readonly sessionId: string, readonly text: string, readonly atMs: number }, audit: NewAuditEntry
  ): Promise<boolean>
  /** opened → answered. */
  answer (
    answer: { readonly sessionId: string, readonly text: string, readonly by: string, readonly atMs: number },
    audit: NewAuditEntry
  ): Promise<boolean>
  /**
   * answered → upheld or overturned. Overturning dismisses these incidents and adds a decision in the same transaction.
   */
  close (
    outcome: {
      readonly sessionId: string
      readonly state: 'upheld' | 'overturned'
      readonly reason: string
      readonly by: string
      readonly atMs: number
      readonly dismissEventIds: readonly string[]
    },
    audit: NewAuditEntry
  ): Promise<boolean>
}

export interface EvidenceRow {
  readonly id: string
  readonly sessionId: string
  readonly eventId: string
  readonly kind: EvidenceKind
  readonly atMs: number
  readonly durationMs: number | null
  readonly mediaType: string
  readonly bytes: number
  readonly sha256: string
  readonly storageKey: string
  readonly seen: Readonly<Record<string, unknown>>
  readonly createdAtMs: number
  readonly deletedAtMs: number | null
}

export interface EvidenceStore {
  /** False: there is one of that kind for that incident, or the session is gone. */
  add (row: EvidenceRow): Promise<boolean>
  byId (id: string): Promise<EvidenceRow | undefined>
  /** The evidence of a session that is still stored, ordered by id. */
  list (sessionId: string): Promise<EvidenceRow[]>
}

export interface Consent {
  readonly id: string
  readonly userId: string
  readonly examId: string
  readonly noticeVersion: string
  readonly noticeSha256: string
  readonly language: string
  readonly notice: string
  readonly items: Readonly<Record<string, boolean>>
  readonly givenAtMs: number
  readonly withdrawnAtMs: number | null
}

export interface Consents {
  /** Stores a consent; one to the same words and items is returned, an earlier one to others ends. */
  give (consent: Omit<Consent, 'id' | 'withdrawnAtMs'>): Promise<Consent>
  current (userId: string, examId: string): Promise<Consent | undefined>
  /** Returns false when there is no consent to withdraw. */
  withdraw (userId: string, examId: string, atMs: number, audit: NewAuditEntry): Promise<boolean>
  /** Newest first. */
  list (userId: string, examId?: string): Promise<Consent[]>
}
