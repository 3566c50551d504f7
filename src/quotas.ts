import type { Database } from '../db/index.ts'
import { refuse } from './errors.ts'

/**
 * What one account may store. What an exam needs is never refused: there the oldest goes. Events of own kinds are
 * bounded by `ownEventsMax` and `ownKindsMax` in `limits.ts`, questions by `QUESTIONS_MAX` in `exams/exchange.ts`; an
 * account has one enrolled face.
 */
export interface QuotaTable {
  /** Submissions of code kept for each question, the newest; and characters of them in one attempt. */
  readonly codeOfQuestion: number
  readonly codeCharsOfAttempt: number
  /** Checks before an exam that are kept for each candidate, the newest. */
  readonly preflightsOfExam: number
  /** Rows of logins (one for each refresh) that are kept, the newest: the oldest login ends. */
  readonly loginRows: number
  /** Sessions without an exam that an account may begin in 24 hours. */
  readonly sessionsADay: number
  /** Sessions in all after which an account begins none of an exam either: each stop and start again makes one. */
  readonly examSessionsADay: number
  /** Pauses that a candidate may make in one session. */
  readonly ownPausesOfSession: number
  readonly examsOfTeacher: number
  /**
   * Entries in the history of an account's face in 24 hours after which no other face is enrolled; one can be removed
   * at any time.
   */
  readonly faceChangesADay: number
}

export const QUOTAS: QuotaTable = {
  codeOfQuestion: 50,
  codeCharsOfAttempt: 4_000_000,
  preflightsOfExam: 20,
  loginRows: 2_000,
  sessionsADay: 100,
  examSessionsADay: 300,
  ownPausesOfSession: 200,
  examsOfTeacher: 5_000,
  faceChangesADay: 100
}

/** Quotas whose excess is refused. */
export type RefusingQuota =
  'sessionsADay' | 'examSessionsADay' | 'ownPausesOfSession' | 'examsOfTeacher' | 'faceChangesADay'

/** Throws `INVIGIL_ERR_QUOTA`, which names the quota, where one more would be too many. */
export function requireQuota (quota: RefusingQuota, present: number, table: QuotaTable = QUOTAS): void {
  const max = table[quota]
  if (present >= max) throw refuse('INVIGIL_ERR_QUOTA', { values: { max }, details: { quota, max } })
}

export const DAY_MS = 86_400_000

export async function requireSessionQuota (
  db: Pick<Database, 'quotas'>, quota: 'sessionsADay' | 'examSessionsADay', userId: string, nowMs: number
): Promise<void> {
  requireQuota(quota, await db.quotas.sessionsSince(userId, nowMs - DAY_MS))
}
