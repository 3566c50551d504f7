/** Rows as answers show them. */
import type { Attempt, Database, SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import type { Started } from '../../exams/attempts.ts'

/** An attempt to its candidate: without the points until the result is released. */
export function attemptShown<Row extends Attempt> (attempt: Row, isReleased: boolean): Row {
  return isReleased ? attempt : { ...attempt, points: null, pointsMax: null, gradedAtMs: null }
}

/** What a start answers. */
export async function startAnswer (db: Pick<Database, 'sessions'>, { attempt, session, clock }: Started) {
  const named: SessionWithUser | undefined = await db.sessions.byId(session.id)
  if (named === undefined) throw refuse('INVIGIL_ERR_SESSION_NONE')
  return { attempt: attemptShown(attempt, false), clock, session: named, socketPath: `/ws/${attempt.userId}` }
}
