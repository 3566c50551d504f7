import type { Database, EvidenceRow, Session, User } from '../../db/index.ts'
import { mayOversee } from '../plugins/access.ts'

/**
 * Which evidence of a session an account may open: staff who oversee it all, its candidate that of the incidents which
 * were confirmed, once the session is decided, and others none.
 */
export async function evidenceFor (
  db: Pick<Database, 'exams' | 'reviews'>,
  account: Pick<User, 'id' | 'role'>,
  session: Pick<Session, 'id' | 'userId' | 'examId'>
): Promise<(row: Pick<EvidenceRow, 'eventId'>) => boolean> {
  if (session.userId !== account.id) {
    const isStaff = await mayOversee(db, account, session)
    return () => isStaff
  }
  const [review, incidents] = await Promise.all([db.reviews.bySession(session.id), db.reviews.incidents(session.id)])
  const confirmed = new Set(incidents.flatMap(({ eventId, state }) => (state === 'confirmed' ? [eventId] : [])))
  return ({ eventId }) => review?.state === 'decided' && confirmed.has(eventId)
}
