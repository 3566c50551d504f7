import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Kit } from './kit-mysql.ts'
import type {
  AppealState, BulkDismissalState, DecisionStep, EvidenceKind, IncidentReviewState, NoteKind, SessionDecision,
  SessionReviewState, ViewKind
} from './review-types.ts'

interface Parents {
  readonly users: { readonly id: AnyMySqlColumn }
  readonly sessions: { readonly id: AnyMySqlColumn }
  readonly events: { readonly id: AnyMySqlColumn }
}

/** The tables of reviews: what people decide about sessions and incidents, the evidence, and appeals against it. */
export function defineReviewSchema (kit: Kit, { users, sessions, events }: Parents) {
  const { table, index, uniqueIndex } = kit
  const sessionId = () => kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' })

  /** A session without a row is unreviewed. */
  const sessionReviews = table('session_reviews', {
    sessionId: kit.id('session_id').primaryKey().references(() => sessions.id, { onDelete: 'cascade' }),
    state: kit.text('state', 16).$type<SessionReviewState>().notNull(),
    /** The reviewer who works on it until `claimed_until`. No foreign key: it outlives the account. */
    claimedBy: kit.id('claimed_by'),
    claimedUntilMs: kit.time('claimed_until'),
    decision: kit.text('decision', 16).$type<SessionDecision>(),
    /** Two reviewers disagree: an admin decides. */
    isDisputed: kit.flag('is_disputed').notNull().default(false),
    decidedAtMs: kit.time('decided_at'),
    updatedAtMs: kit.time('updated_at').notNull()
  }, t => [
    index('session_reviews_state').on(t.state, t.updatedAtMs),
    index('session_reviews_claim').on(t.claimedBy)
  ])

  const reviewDecisions = table('review_decisions', {
    id: kit.id('id').primaryKey(),
    sessionId: sessionId(),
    step: kit.text('step', 16).$type<DecisionStep>().notNull(),
    decision: kit.text('decision', 16).$type<SessionDecision>().notNull(),
    reason: kit.text('reason', 1000).notNull(),
    /** No foreign key: it outlives the account. */
    by: kit.id('decided_by').notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    uniqueIndex('review_decisions_step').on(t.sessionId, t.step)
  ])

  /** An incident without a row is open. */
  const incidentReviews = table('incident_reviews', {
    eventId: kit.id('event_id').primaryKey().references(() => events.id, { onDelete: 'cascade' }),
    sessionId: sessionId(),
    state: kit.text('state', 16).$type<IncidentReviewState>().notNull(),
    reason: kit.text('reason', 1000),
    /** It was confirmed although no picture of it is stored. */
    isWithoutEvidence: kit.flag('is_without_evidence').notNull().default(false),
    /** No foreign key: it outlives the account. */
    by: kit.id('reviewed_by').notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('incident_reviews_session').on(t.sessionId, t.eventId)
  ])

  /** Dismissals of many incidents of one rule in one exam: what was selected, and the sample that is opened before. */
  const bulkDismissals = table('bulk_dismissals', {
    id: kit.id('id').primaryKey(),
    /** No foreign key: this row stays when its exam is deleted. */
    examId: kit.id('exam_id').notNull(),
    kind: kit.text('kind', 64).notNull(),
    /** Only incidents shorter than this; null: of any length. */
    belowMs: kit.big('below_ms'),
    state: kit.text('state', 16).$type<BulkDismissalState>().notNull(),
    /** Ids of events, in both lists. */
    eventIds: kit.json('event_ids').$type<readonly string[]>().notNull(),
    sampleIds: kit.json('sample_ids').$type<readonly string[]>().notNull(),
    dismissed: kit.count('dismissed').notNull().default(0),
    /** No foreign key: it outlives the account. */
    by: kit.id('drawn_by').notNull(),
    atMs: kit.time('drawn_at').notNull()
  }, t => [
    index('bulk_dismissals_exam').on(t.examId, t.kind, t.id)
  ])

  /** Notes of reviewers among themselves, and comments of candidates on what was noted. */
  const reviewNotes = table('review_notes', {
    id: kit.id('id').primaryKey(),
    sessionId: sessionId(),
    /** The incident it is about; null: the session. No foreign key: it is good without it. */
    eventId: kit.id('event_id'),
    kind: kit.text('kind', 16).$type<NoteKind>().notNull(),
    authorId: kit.id('author_id').notNull(),
    text: kit.text('text', 1000).notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('review_notes_session').on(t.sessionId, t.id)
  ])

  /** What is stored in the file storage about an incident. */
  const evidence = table('evidence', {
    id: kit.id('id').primaryKey(),
    sessionId: sessionId(),
    /** The event that starts the incident. No foreign key: the file must be deleted before the row. */
    eventId: kit.id('event_id').notNull(),
    kind: kit.text('kind', 16).$type<EvidenceKind>().notNull(),
    atMs: kit.time('at').notNull(),
    /** Null: a picture. */
    durationMs: kit.big('duration_ms'),
    mediaType: kit.text('media_type', 64).notNull(),
    bytes: kit.big('bytes').notNull(),
    sha256: kit.text('sha256', 64).notNull(),
    storageKey: kit.text('storage_key', 255).notNull(),
    /** Boxes and numbers that the page draws over the picture. */
    seen: kit.json('seen').$type<Readonly<Record<string, unknown>>>().notNull(),
    createdAtMs: kit.time('created_at').notNull(),
    /** The file is gone; the row says that there was one. */
    deletedAtMs: kit.time('deleted_at')
  }, t => [
    uniqueIndex('evidence_event').on(t.eventId, t.kind),
    index('evidence_session').on(t.sessionId, t.id),
    index('evidence_stored').on(t.deletedAtMs, t.id)
  ])

  /** Who opened what of a session, for the candidate to read. */
  const evidenceViews = table('evidence_views', {
    id: kit.id('id').primaryKey(),
    sessionId: sessionId(),
    eventId: kit.id('event_id'),
    what: kit.text('what', 16).$type<ViewKind>().notNull(),
    viewerId: kit.id('viewer_id').notNull(),
    viewerRole: kit.text('viewer_role', 16).notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('evidence_views_session').on(t.sessionId, t.id),
    index('evidence_views_event').on(t.eventId, t.viewerId)
  ])

  const appeals = table('appeals', {
    sessionId: kit.id('session_id').primaryKey().references(() => sessions.id, { onDelete: 'cascade' }),
    state: kit.text('state', 16).$type<AppealState>().notNull(),
    text: kit.text('text', 2000).notNull(),
    openedAtMs: kit.time('opened_at').notNull(),
    answer: kit.text('answer', 2000),
    answeredBy: kit.id('answered_by'),
    answeredAtMs: kit.time('answered_at'),
    reason: kit.text('reason', 1000),
    closedBy: kit.id('closed_by'),
    closedAtMs: kit.time('closed_at')
  }, t => [
    index('appeals_state').on(t.state, t.openedAtMs)
  ])

  /** What a candidate agreed to before an exam, and in which words. */
  const consents = table('consents', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    /** No foreign key: the record outlives the exam. */
    examId: kit.id('exam_id').notNull(),
    noticeVersion: kit.text('notice_version', 32).notNull(),
    noticeSha256: kit.text('notice_sha256', 64).notNull(),
    language: kit.text('language', 16).notNull(),
    /** The words themselves, so that the hash can be computed again. */
    notice: kit.longText('notice').notNull(),
    items: kit.json('items').$type<Readonly<Record<string, boolean>>>().notNull(),
    givenAtMs: kit.time('given_at').notNull(),
    withdrawnAtMs: kit.time('withdrawn_at'),
    /** 1 while it holds, else null: the unique index allows one consent of a user for an exam at a time. */
    current: kit.count('is_current')
  }, t => [
    uniqueIndex('consents_current').on(t.userId, t.examId, t.current),
    index('consents_exam').on(t.examId, t.id)
  ])

  /** Reports that were issued. The files lie in the store, encrypted with the session's key. */
  const signedReports = table('signed_reports', {
    id: kit.id('id').primaryKey(),
    sessionId: sessionId(),
    language: kit.text('language', 16).notNull(),
    /** What was decided when it was issued; null: nothing. */
    decision: kit.text('decision', 16).$type<SessionDecision>(),
    kid: kit.text('kid', 64).notNull(),
    /** Of `report.json`, in hexadecimal digits. */
    sha256: kit.text('sha256', 64).notNull(),
    chainHead: kit.text('chain_head', 64).notNull(),
    entries: kit.count('entries').notNull(),
    bytes: kit.big('bytes').notNull(),
    /** No foreign key: it outlives the account. */
    issuedBy: kit.id('issued_by').notNull(),
    issuedAtMs: kit.time('issued_at').notNull(),
    /** A person whom it quotes was erased, or its time is over: its files are deleted, and a new one can be issued. */
    withdrawnAtMs: kit.time('withdrawn_at'),
    isStored: kit.flag('is_stored').notNull()
  }, t => [
    index('signed_reports_session').on(t.sessionId, t.id),
    index('signed_reports_withdrawn').on(t.withdrawnAtMs)
  ])

  /** The public keys that ever signed reports here. They stay: old reports must stay verifiable. */
  const reportKeys = table('report_keys', {
    kid: kit.text('kid', 64).primaryKey(),
    x: kit.text('x', 64).notNull(),
    isSelfIssued: kit.flag('is_self_issued').notNull(),
    firstUsedAtMs: kit.time('first_used_at').notNull()
  })

  return {
    signedReports,
    reportKeys,
    sessionReviews,
    reviewDecisions,
    incidentReviews,
    bulkDismissals,
    reviewNotes,
    evidence,
    evidenceViews,
    appeals,
    consents
  }
}
