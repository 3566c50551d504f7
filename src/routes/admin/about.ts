import type { AuditEntry, Database } from '../../../db/index.ts'

/** Sessions and attempts of a reader that are known by their ids. */
const OWN_MAX = 500

/**
 * Gives the test whether an audit entry says what others did to that reader as a candidate: a flag, a warning, a grade,
 * an accommodation. A candidate reads no notes on the own session, whatever role the account has by now.
 */
export async function createIsAbout (
  db: Pick<Database, 'sessions' | 'attempts'>,
  readerId: string
): Promise<(entry: AuditEntry) => boolean> {
  const [sessions, attempts] = await Promise.all([
    db.sessions.list({ userId: readerId, limit: OWN_MAX }),
    db.attempts.list({ userId: readerId, limit: OWN_MAX })
  ])
  const own = new Set([...sessions, ...attempts].map(({ id }) => id))
  return ({ actorId, targetType, targetId, detail }) =>
    actorId !== readerId &&
    (((targetType === 'session' || targetType === 'attempt') && own.has(targetId)) ||
      (targetType === 'exam' && detail['userId'] === readerId))
}
