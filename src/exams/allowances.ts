/**
 * What staff allow a candidate by name: to go on with an attempt that was handed in, to begin another, to go on
 * unwatched.
 */
import type { Attempt, Database, NewAuditEntry } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import { clockOf } from './clock.ts'

export interface AllowancesOptions {
  readonly db: Pick<Database, 'attempts' | 'exams'>
  readonly now: () => number
}

/**
 * Each is written together with its entry in the audit log, and gives the attempt as it is then. `by` is a user's id.
 */
export interface Allowances {
  /** Opens it again, while its candidate's time is not over and no result is released; its grades are dropped. */
  reopen (attempt: Attempt, by: string, reason: string): Promise<Attempt>
  /** Lets the candidate of a terminated attempt begin another one. */
  allowAnother (attempt: Attempt, by: string, reason: string): Promise<Attempt>
  /** Lets an open attempt go on unwatched, or no longer. */
  allowUnwatched (attempt: Attempt, isAllowed: boolean, by: string, reason: string): Promise<Attempt>
}

export function createAllowances ({ db, now }: AllowancesOptions): Allowances {
  const entry = (attempt: Attempt, action: string, by: string, detail: Record<string, unknown>): NewAuditEntry =>
    ({ actorId: by, action: `attempt.${action}`, targetType: 'attempt', targetId: attempt.id, detail, atMs: now() })

  async function stored ({ id }: Attempt): Promise<Attempt> {
    const attempt = await db.attempts.byId(id)
    if (attempt === undefined) throw refuse('INVIGIL_ERR_ATTEMPT_UNKNOWN')
    return attempt
  }

  return {
    async reopen (attempt, by, reason) {
      if (attempt.state === 'open') throw refuse('INVIGIL_ERR_ATTEMPT_OPEN')
      const { examId, userId, submittedAtMs, submittedBy, points } = attempt
      const [exam, accommodation, pauses] = await Promise.all([
        db.exams.byId(examId),
        db.exams.accommodation(examId, userId),
        db.attempts.pauses(attempt.id)
      ])
      if (exam === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      const atMs = now()
      const { isOver, endsAtMs, dueAtMs } = clockOf({ exam, accommodation, attempt, pauses }, atMs)
      if (isOver) throw refuse('INVIGIL_ERR_TIME_OVER', { details: { endsAtMs } })
      const audit = entry(attempt, 'reopen', by, { reason, examId, userId, submittedAtMs, submittedBy, points })
      const outcome = await db.attempts.reopen(attempt.id, { atMs, dueAtMs, audit })
      if (outcome === 'open') throw refuse('INVIGIL_ERR_ATTEMPT_OPEN')
      if (outcome === 'released') throw refuse('INVIGIL_ERR_RESULT_RELEASED')
      if (outcome === 'other-open') throw refuse('INVIGIL_ERR_CANDIDATE_BUSY')
      return await stored(attempt)
    },
    async allowAnother (attempt, by, reason) {
      const { examId, userId } = attempt
      const isAllowed = await db.attempts.allowAnother(
        attempt.id,
        now(),
        entry(attempt, 'allow-another', by, { reason, examId, userId })
      )
      if (!isAllowed) throw refuse('INVIGIL_ERR_NOT_TERMINATED')
      return await stored(attempt)
    },
    async allowUnwatched (attempt, isAllowed, by, reason) {
      const { examId, userId } = attempt
      const atMs = now()
      const audit = entry(attempt, isAllowed ? 'allow-unwatched' : 'allow-unwatched-back', by, {
        reason,
        examId,
        userId
      })
      if (!(await db.attempts.allowUnwatched(attempt.id, isAllowed ? atMs : null, audit))) {
        throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
      }
      return await stored(attempt)
    }
  }
}
