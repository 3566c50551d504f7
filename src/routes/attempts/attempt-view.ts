/** Rows as answers show them. */
import { defined } from '../../../lib/defined.ts'
import type { Attempt, Database, SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { understood } from '../../exams/grade.ts'
import type { Question } from '../../exams/question.ts'
import type { Started } from '../../exams/attempts.ts'

/** An attempt to its candidate: without the points until the result is released. */
export function attemptView<Row extends Attempt> (attempt: Row, isReleased: boolean): Row {
  return isReleased ? attempt : { ...attempt, points: null, pointsMax: null, gradedAtMs: null, correctedAtMs: null }
}

/** The number that an answer is understood as, where the question asks for one. */
export function numberView (
  question: Question,
  value: unknown,
  language: string | undefined
): { understood?: string | null } {
  return defined({ understood: understood(question, value, language) })
}

/** What a start answers. */
export async function startAnswer (db: Pick<Database, 'sessions'>, { attempt, session, clock }: Started) {
  const sessionWithUser: SessionWithUser | undefined = await db.sessions.byId(session.id)
  if (sessionWithUser === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
  return { attempt: attemptView(attempt, false), clock, session: sessionWithUser, socketPath: `/ws/${attempt.userId}` }
}
