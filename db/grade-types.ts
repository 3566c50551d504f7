/** Rows and queries of grades, and of corrections of what a question is graded by. */

import type { Attempt, JsonObject } from './exam-types.ts'

export interface Grade {
  readonly attemptId: string
  readonly questionId: string
  /** Null: waits for a person. */
  readonly points: number | null
  readonly pointsMax: number
  readonly isAuto: boolean
  /** Null when automatic. */
  readonly graderId: string | null
  readonly comment: string
  readonly atMs: number
  /** The correction that changed it last; null: none did. */
  readonly correctionId: string | null
  /** Its points before that correction. */
  readonly pointsBefore: number | null
}

/** The grades of one attempt by the corrected questions. */
export interface Regraded {
  readonly attemptId: string
  readonly grades: ReadonlyArray<
    Pick<Grade, 'questionId' | 'points' | 'pointsMax'> & {
      readonly correctionId: string
      readonly regradesManual: boolean
    }
  >
}

/** What a question is graded by. */
export interface QuestionKey {
  readonly points: number
  readonly body: JsonObject
}

export interface Correction {
  readonly id: string
  readonly examId: string
  readonly questionId: string
  /** From 1, counted per exam. */
  readonly number: number
  readonly before: QuestionKey
  readonly after: QuestionKey
  /** Grades that a person gave are replaced as well. */
  readonly regradesManual: boolean
  readonly by: string
  readonly reason: string
  readonly atMs: number
  /** When the last attempt was graded again; null: some are not yet. */
  readonly finishedAtMs: number | null
  /** Attempts graded again so far, and those of them whose grade changed. */
  readonly attempts: number
  readonly changed: number
}

export interface Corrections {
  /**
   * Changes the question and writes the audit log in one transaction. `conflict`: the question is no longer as
   * `before`.
   */
  add(
    correction: Omit<Correction, 'id' | 'number' | 'finishedAtMs' | 'attempts' | 'changed'>
  ): Promise<Correction | 'conflict' | 'missing'>
  byId(id: string): Promise<Correction | undefined>
  /** Newest first; `before` is a number, `limit` 1 to 500. */
  list (examId: string, page: { readonly before?: number, readonly limit: number }): Promise<Correction[]>
  /** Those above `number`, oldest first. */
  since (examId: string, number: number): Promise<Correction[]>
  /** The number of the newest correction of the exam; 0 before any. */
  keyVersion (examId: string): Promise<number>
  /** Exams whose attempts are not all graded again. */
  unfinishedExams (limit: number): Promise<string[]>
  /** Submitted attempts whose grades do not know correction `keyVersion`, in the order of ids. */
  stale(
    examId: string,
    keyVersion: number,
    page: { readonly after?: string, readonly limit: number }
  ): Promise<Attempt[]>
  /** Marks the corrections up to `keyVersion` as finished, with an entry in the audit log each. */
  finish (examId: string, keyVersion: number, atMs: number): Promise<void>
}

export interface Grades {
  /**
   * Stores the automatic grades of a submitted attempt, one for each question, and its sums. What a person graded
   * stays. `keyVersion` is the newest correction that they know; where the attempt knows a newer one nothing is done.
   * False: the attempt is not submitted.
   */
  setAuto(
    attemptId: string,
    grades: ReadonlyArray<Pick<Grade, 'questionId' | 'points' | 'pointsMax'>>,
    atMs: number,
    keyVersion?: number
  ): Promise<boolean>
  /**
   * Grades attempts again by corrections up to `keyVersion`, in one transaction: those that do not know it yet. A
   * person's grade stays unless `regradesManual`, within the new maximum. What changes is marked, and counted in its
   * correction.
   */
  regrade (regraded: readonly Regraded[], keyVersion: number, atMs: number): Promise<void>
  /** A person's grade takes the place of any other; the sums follow. False: the attempt is not submitted. */
  setManual(
    grade: Omit<Grade, 'isAuto' | 'points' | 'graderId' | 'correctionId' | 'pointsBefore'> & {
      readonly points: number
      readonly graderId: string
    }
  ): Promise<boolean>
  list(attemptId: string): Promise<Grade[]>
}
