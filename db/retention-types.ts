/** What is deleted when its time is over, and what a legal hold keeps. */
import type { NewAuditEntry } from './audit-types.ts'

/**
 * `dismissed`: pictures of incidents that people dismissed, or did not confirm in a session they decided. `confirmed`:
 * pictures of confirmed incidents, the signed reports that hold copies of them, and all that is stored of a session
 * that ended in a concern or an appeal. `records`:
 * sessions with their events, scores, decisions and messages.
 */
export const RETENTION_CLASSES = [
  'recording', 'dismissed', 'confirmed', 'records', 'face', 'consent', 'audit'
] as const
export type RetentionClass = typeof RETENTION_CLASSES[number]
export type FileClass = 'recording' | 'dismissed' | 'confirmed'

/** What the files of a class are. */
export const FILES_OF = {
  recording: ['recording'],
  dismissed: ['evidence'],
  confirmed: ['recording', 'evidence', 'report']
} as const satisfies Readonly<Record<FileClass, ReadonlyArray<StoredFile['kind']>>>

/** For how long each class is kept. */
export interface RetentionDays {
  /** After the end of the session. */
  readonly recordingDays: number
  /** After the decision. */
  readonly dismissedDays: number
  /** After the appeal, or after the time for one. */
  readonly confirmedDays: number
  /** After a decision, in which the candidate may appeal. */
  readonly appealDays: number
  /** After the end of the session. */
  readonly recordsDays: number
}

/** Sessions that keep what they store for the same time. */
export interface RetentionScope {
  /** Null: of every exam but `exceptExamIds`, and of none. */
  readonly examIds: readonly string[] | null
  readonly exceptExamIds: readonly string[]
  readonly days: RetentionDays
  /** What is due at this moment. */
  readonly atMs: number
}

export interface DueSession {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly attemptId: string | null
  readonly dueAtMs: number
}

export interface StoredFile {
  readonly id: string
  readonly kind: 'recording' | 'evidence' | 'report'
  /** Empty for a report: the sweep finds the two files of a report by the report's id. */
  readonly storageKey: string
  readonly session: Pick<DueSession, 'id' | 'userId' | 'examId'>
}

export interface DueFile extends StoredFile {
  readonly session: DueSession
}

interface Page {
  readonly after?: string
  /** 1 to 1000. */
  readonly limit: number
}

/** What was deleted, for the audit log and the webhook. `days` is the rule: kept for so long. */
export interface Deletion {
  readonly class: RetentionClass
  readonly days: number
  readonly atMs: number
}

export interface Retention {
  /**
   * Whether this gateway may sweep now. The database lets one gateway of all do it, and no other until `untilMs`.
   */
  claim (nowMs: number, untilMs: number): Promise<boolean>
  /** Files of ended sessions that are due, in the order of their ids. */
  files (fileClass: FileClass, kind: DueFile['kind'], scope: RetentionScope, page: Page): Promise<DueFile[]>
  /** Ended sessions that are due, in the order of their ids. */
  sessions (scope: RetentionScope, page: Page): Promise<DueSession[]>
  /**
   * Says in the rows that these files of a session are deleted, after they were. Deletes the key of the session's media
   * if it has ended and no file is left. Writes an audit entry, and a webhook message for each recording. Gives the
   * number of rows that changed; nothing is written for 0.
   */
  filesDeleted (
    files: readonly StoredFile[], cause: Deletion | { readonly audit: NewAuditEntry, readonly atMs: number }
  ):
  Promise<number>
  /** Deletes a session with all its rows. False: it is gone. */
  sessionDeleted (session: DueSession, deletion: Deletion): Promise<boolean>
  /** Accounts that enrolled their face before `beforeMs`, attempted that exam, and have no open attempt. */
  faces (examId: string, beforeMs: number, page: Page): Promise<Array<{ readonly id: string }>>
  /** False: there is no face, or a session is open. */
  faceDeleted (userId: string, examId: string, deletion: Deletion): Promise<boolean>
  /** Deletes up to `limit` faces that were removed under a hold of which none is left; gives their number. */
  deleteReleasedFaces (deletion: Deletion, limit: number): Promise<number>
  /** Deletes up to `limit` consents from before that moment of accounts without a hold; gives their number. */
  deleteConsents (beforeMs: number, deletion: Deletion, limit: number): Promise<number>
  /** Deletes up to `limit` entries from before that moment that no hold covers; gives their number. */
  deleteAuditEntries (beforeMs: number, deletion: Deletion, limit: number): Promise<number>
}

/** Keeps what is stored of a person, an attempt or a session from being deleted. */
export interface LegalHold {
  readonly id: string
  readonly userId: string
  /** Both null: everything of the person. */
  readonly sessionId: string | null
  readonly attemptId: string | null
  readonly reason: string
  readonly placedBy: string
  readonly placedAtMs: number
  readonly releasedBy: string | null
  readonly releasedAtMs: number | null
}

export interface LegalHolds {
  place (hold: Omit<LegalHold, 'id' | 'releasedBy' | 'releasedAtMs'>, audit: NewAuditEntry): Promise<string>
  byId (id: string): Promise<LegalHold | undefined>
  /** Returns false if the hold does not exist or was released before. */
  release (id: string, by: string, atMs: number, audit: NewAuditEntry): Promise<boolean>
  /** Newest first. */
  list (filter: {
    readonly userId?: string
    readonly isActive?: boolean
    readonly before?: string
    /** 1 to 500. */
    readonly limit: number
  }): Promise<LegalHold[]>
  /** Returns whether a hold covers the session. Without a session it returns whether the person has any hold. */
  covers (userId: string, session?: { readonly id: string, readonly attemptId: string | null }): Promise<boolean>
  /** Ids of people, attempts and sessions under a hold, all those of a held person included. */
  heldIds (): Promise<ReadonlySet<string>>
}
