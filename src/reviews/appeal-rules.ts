import type { Database, ReviewDecision } from '../../db/index.ts'
import type { Account } from '../plugins/auth.ts'

/** Admins that are looked at; one other person is enough. */
const ADMINS_MAX = 5

/**
 * Whether a member of staff may answer the appeal against these decisions. The first reviewer may not, except where no
 * other person oversees the exam.
 */
export async function mayCloseAppeal (
  db: Pick<Database, 'users'>,
  { id }: Pick<Account, 'id'>,
  decisions: readonly Pick<ReviewDecision, 'step' | 'by'>[],
  ownerId: string | undefined
): Promise<boolean> {
  if (decisions.find(({ step }) => step === 'first')?.by !== id) return true
  const admins = await db.users.list({ role: 'admin', limit: ADMINS_MAX })
  const owner = ownerId === undefined ? undefined : await db.users.byId(ownerId)
  return ![...admins, ...(owner === undefined ? [] : [owner])]
    .some(other => other.id !== id && other.disabledAtMs === null)
}
