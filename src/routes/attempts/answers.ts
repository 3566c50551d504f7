/** Rows as answers show them. */
import type { Attempt, Database, SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { understood } from '../../exams/grade.ts'
import type { Question } from '../../exams/question.ts'
import type { Started } from '../../exams/attempts.ts'

/** An attempt to its candidate: without the points until the result is released. */
export function attemptShown<Row extends Attempt> (attempt: Row, isReleased: boolean): Row {
  return isReleased ? attempt : { ...attempt, points: null, pointsMax: null, gradedAtMs: null, correctedAtMs: null }
}

/** The number that an answer is understood as, where the question asks for one. */
export function numberShown (
  question: Question,
  value: unknown,
  language: string | undefined
): { understood?: string | null } {
  const number = understood(question, value, language)
  return number === undefined ? {} : { understood: number }
}

/** What a start answers. */
export async function startAnswer (db: Pick<Database, 'sessions'>, { attempt, session, clock }: Started) {
  const named: SessionWithUser | undefined = await db.sessions.byId(session.id)
  if (named === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
  return { attempt: attemptShown(attempt, false), clock, session: named, socketPath: `/ws/${attempt.userId}` }
}
