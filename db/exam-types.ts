/**
 * Rows and queries of exams, questions, attempts and answers.
 *
 * An *attempt* is one try of a candidate at an exam: its clock, answers and grades. A *session* records the proctoring
 * of that time. An attempt has any number of sessions (`Session.attemptId`), also none, so a fault in proctoring cannot
 * stop a candidate from handing in.
 */
import type { NewAuditEntry } from './audit-types.ts'

export type ExamState = 'draft' | 'published' | 'archived'
export type QuestionKind = 'single' | 'multiple' | 'boolean' | 'number' | 'short' | 'long' | 'code'
export type AttemptState = 'open' | 'submitted'
/** Who or what handed the attempt in. */
export type SubmittedBy = 'candidate' | 'time' | 'staff' | 'terminated'
/** A JSON object: what it holds is for the layer above to say and to check. */
export type JsonObject = Readonly<Record<string, unknown>>

export interface Exam {
  readonly id: string
  readonly ownerId: string
  readonly title: string
  readonly description: string
  /** Null: from its publication on. */
  readonly opensAtMs: number | null
  /** Null: until it is archived. */
  readonly closesAtMs: number | null
  /** Null: only the window ends it. */
  readonly durationMs: number | null
  /** Null: any number. */
  readonly attemptsMax: number | null
  readonly language: string
  readonly shuffle: boolean
  /** To every student; else to those assigned. */
  readonly isOpenToAll: boolean
  readonly needsPreflight: boolean
  readonly state: ExamState
  readonly policy: JsonObject
  /** From 1; one more with each change of the policy. */
  readonly policyVersion: number
  readonly resultsReleasedAtMs: number | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** From 1; one more with each change of the exam. */
  readonly version: number
}

/** What a person sets; `create` fills in: no window, duration or limit of attempts, `en`, nothing else switched on. */
export interface ExamValues {
  readonly title: string
  readonly description?: string
  readonly opensAtMs?: number | null
  readonly closesAtMs?: number | null
  readonly durationMs?: number | null
  readonly attemptsMax?: number | null
  readonly language?: string
  readonly shuffle?: boolean
  readonly isOpenToAll?: boolean
  readonly needsPreflight?: boolean
  readonly policy?: JsonObject
}

export interface ExamFilter {
  readonly ownerId?: string
  readonly state?: ExamState
  /** Part of the title, compared as `foldForSearch` reads both. */
  readonly search?: string
  /** Continue below this id. */
  readonly before?: string
  /** 1 to 500. */
  readonly limit: number
}

export interface Exams {
  /** With its questions, all or nothing; a draft. */
  create(
    exam: ExamValues & { readonly id?: string, readonly ownerId: string, readonly atMs: number },
    questions?: readonly QuestionValues[]
  ): Promise<Exam>
  byId(id: string): Promise<Exam | undefined>
  /** Titles by id, of those that exist; up to 500. */
  titles (ids: readonly string[]): Promise<Record<string, string>>
  /** Newest first. */
  list (filter: ExamFilter): Promise<Exam[]>
  /** Published and open to this user, in its window or not; newest first. */
  listForUser(
    userId: string,
    page: { readonly search?: string, readonly before?: string, readonly limit: number }
  ): Promise<Exam[]>
  /** Whether the user may sit it: open to all or assigned. Says nothing of state and window. */
  isFor (examId: string, userId: string): Promise<boolean>
  /** `conflict`: `version` was given and is no longer the exam's. */
  change(
    id: string,
    values: Partial<ExamValues>,
    atMs: number,
    version?: number
  ): Promise<'changed' | 'conflict' | 'missing'>
  /** False: its state was none of `from`. */
  setState (id: string, from: readonly ExamState[], to: ExamState, atMs: number): Promise<boolean>
  /** Null takes the release back. Whether the exam exists. */
  setReleased (id: string, releasedAtMs: number | null, atMs: number): Promise<boolean>
  /** With its questions; `used` when it has attempts (then archive it). */
  delete (id: string): Promise<'deleted' | 'used' | 'missing'>

  /** Users already assigned stay so. Throws `missing` for an unknown user or exam. */
  assign (examId: string, userIds: readonly string[]): Promise<void>
  unassign (examId: string, userId: string): Promise<boolean>
  /** In the order of user ids; `limit` 1 to 500. */
  assigned (examId: string, page: { readonly after?: string, readonly limit: number }): Promise<Assignment[]>
  /**
   * How many students are assigned, how many of them have no attempt yet, and the first of those in the order of user
   * ids; `limit` 1 to 500.
   */
  notBegun (examId: string, limit: number): Promise<{
    readonly assigned: number
    readonly waiting: number
    readonly candidates: ReadonlyArray<Pick<Assignment, 'userId' | 'userName'>>
  }>

  /** One per exam and candidate: a new one takes its place. */
  setAccommodation (accommodation: Accommodation): Promise<void>
  accommodation (examId: string, userId: string): Promise<Accommodation | undefined>
  /** In the order of user ids. */
  accommodations (examId: string): Promise<Accommodation[]>
  deleteAccommodation (examId: string, userId: string): Promise<boolean>

  /** The result of checking camera, microphone and so on before an exam. */
  addPreflight (preflight: Omit<Preflight, 'id'>): Promise<Preflight>
  /** The newest of this candidate for this exam. */
  lastPreflight (examId: string, userId: string): Promise<Preflight | undefined>
}

export interface Assignment {
  readonly userId: string
  readonly userName: string
  readonly userEmail: string
}

export interface Accommodation {
  readonly examId: string
  readonly userId: string
  /** 0.25 = a quarter more time. */
  readonly extraTimeShare: number
  /** What is judged otherwise or not at all for this candidate. */
  readonly flags: JsonObject
  readonly by: string
  readonly reason: string
  readonly atMs: number
}

export interface Preflight {
  readonly id: string
  readonly examId: string
  readonly userId: string
  readonly isPassed: boolean
  readonly checks: JsonObject
  readonly atMs: number
}

export interface QuestionValues {
  readonly id?: string
  /** The heading it stands under, '' for none: an exam's "question sets". */
  readonly section: string
  readonly kind: QuestionKind
  readonly text: string
  readonly points: number
  /** By kind: choices, accepted answers, tolerance, language, starter. */
  readonly body: JsonObject
}

export interface QuestionRow extends Required<QuestionValues> {
  readonly examId: string
  /** From 0, without gaps after `reorder`. */
  readonly position: number
}

export interface Questions {
  /** In the order of positions: all of them. */
  list (examId: string): Promise<QuestionRow[]>
  byId (id: string): Promise<QuestionRow | undefined>
  /** Last in the exam, or at the position given (others are not moved; equal positions go by id). */
  create (examId: string, question: QuestionValues & { readonly position?: number }): Promise<QuestionRow>
  /** All of them last in the exam, in their order, or none. */
  createAll (examId: string, questions: readonly QuestionValues[]): Promise<QuestionRow[]>
  /** Whether it exists, also when nothing changed. */
  change (id: string, values: Partial<Omit<QuestionValues, 'id'>> & { readonly position?: number }): Promise<boolean>
  /** Positions in the order of `ids`; false, and nothing done, unless `ids` are exactly the exam's questions. */
  reorder (examId: string, ids: readonly string[]): Promise<boolean>
  delete (id: string): Promise<boolean>
}

export interface Attempt {
  readonly id: string
  readonly examId: string
  readonly userId: string
  /** From 1, counted per candidate and exam. */
  readonly number: number
  readonly state: AttemptState
  readonly startedAtMs: number
  /** When to look whether the time is over (pauses may have moved the end); null: never. */
  readonly dueAtMs: number | null
  readonly submittedAtMs: number | null
  readonly submittedBy: SubmittedBy | null
  /** Of the exam, when it started. */
  readonly examVersion: number
  readonly policyVersion: number
  /** When the automatic part was graded; null: not yet. */
  readonly autoGradedAtMs: number | null
  /** When nothing was left to grade; null: something is. */
  readonly gradedAtMs: number | null
  /** Sum of the grades so far; null before any. */
  readonly points: number | null
  readonly pointsMax: number | null
  /** The number of the last correction that its grades know; 0 before any. */
  readonly keyVersion: number
  /** When a correction last changed a grade of it; null: never. */
  readonly correctedAtMs: number | null
  /** The idempotency key that the hand-in was sent with. */
  readonly submitKey: string | null
  /** Since when staff let it go on unwatched; null: they do not. */
  readonly unwatchedAllowedAtMs: number | null
  /** When staff allowed its candidate to begin another one although this one was terminated; null: not. */
  readonly anotherAllowedAtMs: number | null
  /** When staff last opened it again after it was handed in; null: never. */
  readonly reopenedAtMs: number | null
}

export interface AttemptWithUser extends Attempt {
  readonly userName: string
  readonly userEmail: string
}

/**
 * `created`: it began now. `open`: this user has one open already: that one, which may be of another exam. `exhausted`:
 * no attempts are left. `terminated`: the last one was, and staff have not allowed another.
 */
export type AttemptStart =
  | { readonly outcome: 'created' | 'open', readonly attempt: Attempt }
  | { readonly outcome: 'terminated', readonly attemptId: string }
  | { readonly outcome: 'exhausted' }

export interface AttemptFilter {
  readonly examId?: string
  readonly userId?: string
  readonly state?: AttemptState
  /** Submitted, and something is left to grade. */
  readonly needsGrading?: true
  readonly before?: string
  /** 1 to 500. */
  readonly limit: number
}

export interface Pause {
  readonly startedAtMs: number
  /** Null while it lasts. */
  readonly endedAtMs: number | null
  /** Who paused: a user's id or `system`. */
  readonly by: string
}

export interface Attempts {
  /**
   * At most one open attempt a user, and no more than `attemptsMax` (null: any number) of the exam, however many start
   * at once.
   */
  start (attempt: {
    readonly id?: string
    readonly examId: string
    readonly userId: string
    readonly attemptsMax: number | null
    readonly examVersion: number
    readonly policyVersion: number
    readonly dueAtMs: number | null
    readonly atMs: number
  }): Promise<AttemptStart>
  byId (id: string): Promise<AttemptWithUser | undefined>
  openByUser (userId: string): Promise<AttemptWithUser | undefined>
  /** Newest first. */
  list (filter: AttemptFilter): Promise<AttemptWithUser[]>
  /** How many this user has begun of this exam. */
  countOf (examId: string, userId: string): Promise<number>
  /** How many were begun of this exam at all. */
  countByExam (examId: string): Promise<number>
  /** Pauses of all sessions of this attempt, in the order of time. */
  pauses (id: string): Promise<Pause[]>
  /** The same for up to 500 attempts at once. */
  pausesOf (ids: readonly string[]): Promise<ReadonlyArray<Pause & { readonly attemptId: string }>>
  /** Open ones to be looked at by `nowMs`, the longest due first; `limit` 1 to 500. */
  listDue (nowMs: number, limit: number): Promise<Attempt[]>
  /** Whether it is still open. */
  setDue (id: string, dueAtMs: number | null): Promise<boolean>
  /**
   * Has open attempts looked at by `atMs`, after the exam's times or an accommodation changed; of one user, or of all.
   */
  setDueOfExam (examId: string, atMs: number, userId?: string): Promise<number>
  /** Of several callers exactly one gets true; afterwards no answer is taken any more. `key` is stored with it. */
  submit (id: string, by: SubmittedBy, atMs: number, key?: string): Promise<boolean>
  /**
   * Opens a submitted one again, without its grades, and writes the audit entry with it. `released`: its exam's results
   * are. `other-open`: its candidate has another one open. `open`: it is not submitted.
   */
  reopen(
    id: string,
    change: { readonly atMs: number, readonly dueAtMs: number | null, readonly audit: NewAuditEntry }
  ): Promise<'reopened' | 'open' | 'released' | 'other-open'>
  /** Lets the candidate of a terminated one begin another, with the audit entry; false: it was not terminated. */
  allowAnother (id: string, atMs: number, audit: NewAuditEntry): Promise<boolean>
  /** Lets an open one go on unwatched, or, with null, no longer; with the audit entry. False: it is not open. */
  allowUnwatched (id: string, atMs: number | null, audit: NewAuditEntry): Promise<boolean>
  /**
   * Open attempts with a session that was terminated before `endedBeforeMs`, and since they were reopened: the
   * termination was stored, and handing in was not. In the order of ids, above `after`.
   */
  listTerminated (endedBeforeMs: number, page: { readonly after?: string, readonly limit: number }): Promise<Attempt[]>
  /** Submitted ones whose automatic grading is not stored, oldest first: the server ended in between. */
  listUngraded (limit: number): Promise<Attempt[]>
}

export interface Answer {
  readonly attemptId: string
  readonly questionId: string
  readonly value: unknown
  /** The client's count of its changes of this answer. */
  readonly clientSeq: number
  readonly savedAtMs: number
}

/**
 * `saved`: it stands, also when it stood already. `stale`: one with a higher `clientSeq` stands. `conflict`: one with
 * the same `clientSeq` and another value stands. `closed`: the attempt is not open, or there is none.
 */
export type SaveOutcome =
  | { readonly outcome: 'saved' | 'stale' | 'conflict', readonly stored: Answer }
  | { readonly outcome: 'closed', readonly stored?: undefined }

export interface CodeSubmission {
  readonly id: string
  readonly attemptId: string
  readonly questionId: string
  readonly language: string
  readonly code: string
  readonly atMs: number
}

export interface Answers {
  /**
   * One statement decides: the highest `clientSeq` stands, of equal ones the first, and only while the attempt is open.
   */
  save (answer: Answer): Promise<SaveOutcome>
  /** Of all questions, or of those named. */
  list (attemptId: string, questionIds?: readonly string[]): Promise<Answer[]>
  /** Kept in addition to all earlier answers. `closed`: the attempt is not open or does not exist. */
  addCode (submission: Omit<CodeSubmission, 'id'>): Promise<CodeSubmission | 'closed'>
  /** Newest first, without the code of others; `limit` 1 to 500. */
  listCode(
    attemptId: string,
    filter: { readonly questionId?: string, readonly before?: string, readonly limit: number }
  ): Promise<CodeSubmission[]>
  /** The newest submission of each question. */
  lastCode (attemptId: string): Promise<CodeSubmission[]>
  codeById (id: string): Promise<CodeSubmission | undefined>
}
