/**
 * Rows and queries as the rest of the program sees them: the same on SQLite, MySQL and MariaDB.
 *
 * Ids are UUIDv7 strings, so they sort by the time they were made and serve as cursors. Times are milliseconds since
 * the epoch. Every function throws only `DatabaseError`.
 */

import type { Devices, FaceEnrollments, Invitations, RefreshTokens, Users } from './account-types.ts'
import type { Answers, Attempts, Exams, Questions } from './exam-types.ts'
import type { Corrections, Grades } from './grade-types.ts'
import type { DatabaseHealth } from './health.ts'
import type { Statistics } from './statistics-types.ts'
import type { AuditEntry, NewAuditEntry } from './audit-types.ts'
import type { Quotas } from './quota-types.ts'
import type { LegalHolds, Retention } from './retention-types.ts'
import type { Webhooks } from './webhook-types.ts'
import type { SignedReports } from './report-types.ts'
import type { Analyses, MediaKeyRows, Recordings, Storyboards } from './media-types.ts'
import type { Appeals, Consents, EvidenceStore, Reviews } from './review-types.ts'
import type { Acknowledgements, Messages } from './thread-types.ts'

export type SessionState = 'active' | 'paused' | 'stopped' | 'terminated'
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export interface Session {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  /** The attempt that it watches; null for a session without an exam. */
  readonly attemptId: string | null
  readonly state: SessionState
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  readonly endReason: string | null
  readonly riskScore: number
  /** As in `SessionScores`. */
  readonly trustScore: number | null
  readonly complianceScore: number | null
  readonly eventCount: number
  readonly seenPercent: number | null
  readonly updatedAtMs: number
  /** Fencing number: raised by each gateway that takes the session; writes with an older one are refused. */
  readonly epoch: number
  /** Since when the candidate raises a hand; null: not raised. */
  readonly handRaisedAtMs: number | null
  /** When the candidate asked for a break that staff have not answered; null: none is asked for. */
  readonly breakAskedAtMs: number | null
}

export interface SessionWithUser extends Session {
  readonly userName: string
  readonly userEmail: string
}

export interface SessionScores {
  readonly riskScore: number
  /** Both null: not enough was seen to say. */
  readonly trustScore: number | null
  readonly complianceScore: number | null
  readonly eventCount: number
  /** Percent of the open time in which the candidate was seen; null: not known, or the exam has `watching: none`. */
  readonly seenPercent: number | null
}

/** What the owner of a session writes together with a change of its state. */
export interface OwnerWrite {
  /** As `take` returned it. The change is refused if another gateway has taken the session since. */
  readonly epoch: number
  readonly rows: readonly EventRow[]
  readonly scores: SessionScores
}

/** A change of a session's events, together with the scores that follow from it. */
export interface Amendment extends OwnerWrite {
  readonly atMs: number
  /** Removes the events up to this id before `rows` are added. */
  readonly removeUntilId?: string
}

export interface SessionPause {
  readonly id: string
  readonly sessionId: string
  readonly startedAtMs: number
  /** Null while it lasts. */
  readonly endedAtMs: number | null
  /** Who paused: a user's id or `system`. */
  readonly by: string
}

export interface SessionFilter {
  /** One state, or `open` for active and paused. */
  readonly state?: SessionState | 'open'
  readonly userId?: string
  readonly examId?: string
  readonly attemptId?: string
  /** From this risk score on. */
  readonly riskMin?: number
  /** Below this risk score. */
  readonly riskBelow?: number
  /** Started at this moment or later. */
  readonly fromMs?: number
  /** Started before this moment. */
  readonly toMs?: number
  /** Of exams that this user owns. */
  readonly ownerId?: string
  /** Of exams that this user owns, and of none: what a teacher may see. */
  readonly overseerId?: string
  /** Continue below this id. */
  readonly before?: string
  /** 1 to 500. */
  readonly limit: number
}

export interface Sessions {
  /** If several requests start a session for one user, one creates it; the others get it with `created: false`. */
  open(session: {
    readonly id?: string
    readonly userId: string
    readonly examId?: string | null
    readonly attemptId?: string | null
    readonly atMs: number
  }): Promise<{ session: Session, created: boolean }>
  /** Assigns an open session without an attempt to this attempt. False if it is not open or has another attempt. */
  attach (id: string, to: { readonly examId: string, readonly attemptId: string }): Promise<boolean>
  byId (id: string): Promise<SessionWithUser | undefined>
  /** The active or paused session of this user. */
  openByUser (userId: string): Promise<SessionWithUser | undefined>
  /** The newest session of this user, open or not. */
  lastByUser (userId: string): Promise<SessionWithUser | undefined>
  /** Newest first. */
  list (filter: SessionFilter): Promise<SessionWithUser[]>
  countByState (): Promise<Record<SessionState, number>>
  /**
   * Moves the session to `to` if its state is one of `from`, and writes the pause that begins or ends by it in the same
   * transaction, together with the owner's last rows and scores and with `audit`. False: it was in another state (also
   * in `to` already), another gateway has taken it or was faster, or there is no such session. From `paused` to
   * `paused` it takes over: the pause that the session's own candidate began ends, and one by `by` begins.
   */
  transition(
    id: string,
    from: readonly SessionState[],
    to: SessionState,
    atMs: number,
    by: string,
    endReason?: string,
    last?: OwnerWrite,
    audit?: NewAuditEntry
  ): Promise<boolean>
  /**
   * Makes the caller the owner of an open session: raises its epoch and gives it. From then on no earlier owner can
   * write. What is read after it is all there is. Undefined: the session is not open.
   */
  take (id: string): Promise<number | undefined>
  /**
   * Answers whether the session exists, also when nothing changed; with `epoch`, whether it is open and still owned by
   * that number.
   */
  setScores (id: string, scores: SessionScores, atMs: number, epoch?: number): Promise<boolean>
  /**
   * Changes events and scores in one transaction, where `epoch` is still that of the row. Gives the number of events
   * removed; undefined: it was refused. In a session that is over each amendment raises the epoch, so that one of two
   * that read the same rows is refused.
   */
  amend (id: string, change: Amendment): Promise<number | undefined>
  /** Sets since when the candidate of an open session raises a hand; false: it was so already, or the session ended. */
  setHand (id: string, raisedAtMs: number | null): Promise<boolean>
  /** In the order of time. */
  pauses (id: string): Promise<SessionPause[]>
  /**
   * Breaks that go on: pauses of attempts' sessions by their own candidates, begun before `startedBeforeMs`. In the
   * order of sessions, above `after`; `next` is the cursor of the next page.
   */
  breaks(
    startedBeforeMs: number,
    page: { readonly after?: string, readonly limit: number }
  ): Promise<{
    readonly breaks: ReadonlyArray<{
      readonly sessionId: string
      readonly examId: string | null
      readonly startedAtMs: number
    }>
    readonly next: string | null
  }>
}

export interface EventRow {
  readonly id: string
  readonly sessionId: string
  readonly userId: string
  readonly kind: string
  readonly phase: string
  readonly incident: number
  readonly atMs: number
  readonly durationMs: number | null
  readonly class: string
  readonly severity: string
  readonly weight: number
  readonly detail: Readonly<Record<string, unknown>>
  readonly createdAtMs: number
}

export interface EventPage {
  /** Continue above this id. */
  readonly after?: string
  /** 1 to 1000. */
  readonly limit: number
}

export interface EventFilter {
  readonly sessionId?: string
  readonly userId?: string
  /** Of sessions of exams that this user owns, and of sessions of none: what a teacher may see. */
  readonly overseerId?: string
  readonly kind?: string
  /** Recorded at this moment or later. */
  readonly fromMs?: number
  /** Recorded before this moment. */
  readonly toMs?: number
  /** Continue below this id. */
  readonly before?: string
  /** 1 to 1000. */
  readonly limit: number
}

/** Events are only ever added, or removed with their whole session. */
export interface Events {
  /**
   * Stores up to 100 rows in one insert; when it returns they are committed. Rows whose session is gone (erased
   * meanwhile) are left out and their session ids returned, so that one of them cannot sink the group.
   */
  append (rows: readonly EventRow[]): Promise<{ stored: number, missingSessionIds: readonly string[] }>
  /**
   * Stores up to 100 rows in one transaction, of open sessions only and only where `epochs` has the number of the row's
   * session; when it returns they are committed. Gives the ids of the rows that were refused. A row that is there
   * already counts as stored.
   */
  appendOwned (rows: readonly EventRow[], epochs: ReadonlyMap<string, number>): Promise<readonly string[]>
  /** Those of these events that are stored, in the order of ids; 1 to 1000. */
  byIds (ids: readonly string[]): Promise<EventRow[]>
  /** In the order of ids. */
  listBySession (sessionId: string, page: EventPage & { readonly kind?: string }): Promise<EventRow[]>
  /** In the order of ids; without `sessionIds` those of every session. */
  listAfter (page: EventPage & { readonly sessionIds?: readonly string[] }): Promise<EventRow[]>
  /** Newest first: for people who look through what was recorded. */
  list (filter: EventFilter): Promise<EventRow[]>
  /** Incidents (starts and instants, not ends) of a session by kind. */
  countsByKind (sessionId: string): Promise<Record<string, number>>
  /** Gives the number removed; with `untilId` those that came after it stay. */
  deleteBySession (sessionId: string, untilId?: string): Promise<number>
}

export interface AuditFilter {
  readonly actorId?: string
  readonly targetType?: string
  readonly targetId?: string
  readonly before?: string
  /** 1 to 500. */
  readonly limit: number
}

export interface Audit {
  append (entry: NewAuditEntry): Promise<AuditEntry>
  /** Newest first. */
  list (filter: AuditFilter): Promise<AuditEntry[]>
}

/** Numbers of rows. */
export interface ErasurePreview {
  readonly erased: Readonly<Record<ErasedKind, number>>
  readonly kept: Readonly<Record<'exams' | 'auditEntries', number>>
}

export const ERASED_KINDS = [
  'sessions',
  'events',
  'messages',
  'attempts',
  'answers',
  'codeSubmissions',
  'grades',
  'assignments',
  'accommodations',
  'faces',
  'devices',
  'invitations'
] as const
export type ErasedKind = typeof ERASED_KINDS[number]

export interface Erasure {
  /**
   * Removes an account with everything recorded of it, and the texts of the audit entries that are about it or name it:
   * action, ids, numbers and times stay. False: there is no such account.
   */
  user (id: string): Promise<boolean>
  /** What `user` would remove, and what would stay; undefined: there is no such account. */
  preview (id: string): Promise<ErasurePreview | undefined>
  /** Whether `user` would delete texts that a legal hold on another person keeps. */
  quotesHeld (id: string): Promise<boolean>
  /** Drops the texts of the audit entries about an exam. */
  examTexts (examId: string): Promise<void>
  /**
   * SQLite: makes deleted bytes leave the file of the write-ahead log as well (in the database file they are
   * overwritten when they are deleted). False: readers were in the way; the next call, or the end of the process, does
   * it. A database server keeps logs of its own.
   */
  purge (): Promise<boolean>
}

export interface Settings {
  get (key: string): Promise<Json | undefined>
  all (): Promise<Record<string, Json>>
  set (key: string, value: Json): Promise<void>
  /** Stores the value unless the key is taken; gives the value that is stored now, the same to every racer. */
  setOnce (key: string, value: Json): Promise<Json>
  delete (key: string): Promise<boolean>
}

export interface Database {
  readonly dialect: 'sqlite' | 'mysql' | 'postgres'
  readonly users: Users
  readonly refreshTokens: RefreshTokens
  readonly devices: Devices
  readonly faceEnrollments: FaceEnrollments
  readonly invitations: Invitations
  readonly sessions: Sessions
  readonly events: Events
  readonly messages: Messages
  readonly acknowledgements: Acknowledgements
  readonly mediaKeys: MediaKeyRows
  readonly recordings: Recordings
  readonly storyboards: Storyboards
  readonly analyses: Analyses
  readonly reviews: Reviews<SessionWithUser>
  readonly appeals: Appeals
  readonly evidence: EvidenceStore
  readonly consents: Consents
  readonly signedReports: SignedReports
  readonly audit: Audit
  readonly settings: Settings
  readonly erasure: Erasure
  readonly exams: Exams
  readonly questions: Questions
  readonly attempts: Attempts
  readonly answers: Answers
  readonly grades: Grades
  readonly corrections: Corrections
  readonly statistics: Statistics
  readonly quotas: Quotas
  readonly webhooks: Webhooks
  readonly retention: Retention
  readonly holds: LegalHolds
  /** Returns when the database answers; throws `unavailable` when it does not. */
  ping (): Promise<void>
  /** Returns when the database has committed a row of this call's own; throws `unavailable` when it takes no writes. */
  probe (): Promise<void>
  /** What the writes of the last moments say. */
  health (): DatabaseHealth
  /**
   * Calls `listener` when a write that got no answer (`OUTCOME_UNKNOWN`) is settled in the database: what memory
   * knows may differ from it since then. Only MySQL and MariaDB have such writes.
   */
  onUncertain (listener: () => void): void
  /** Lets running queries finish; afterwards every query throws `unavailable`. */
  close (): Promise<void>
}
