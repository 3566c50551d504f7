import type { Database, SessionFilter, SessionState } from '../../../db/index.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import type { RiskLevel } from '../../../detection/events/score.ts'
import { refuse } from '../../errors.ts'
import { readPolicy } from '../../policy/exam-policy.ts'
import type { Account } from '../../plugins/auth.ts'

/** What a query asks of the sessions; absent: any. */
export interface SessionsAsked {
  readonly state?: SessionState | 'open'
  readonly userId?: string
  readonly examId?: string
  readonly attemptId?: string
  readonly riskLevel?: RiskLevel
  readonly fromMs?: number
  readonly toMs?: number
  readonly before?: string
}

/**
 * The sessions of a query that this account may see: everybody their own, teachers those of their own exams and of
 * none, too.
 */
export async function filterFor (
  db: Pick<Database, 'exams'>,
  account: Pick<Account, 'id' | 'role'>,
  { riskLevel, ...asked }: SessionsAsked
): Promise<Omit<SessionFilter, 'limit'>> {
  if (account.role === 'student' && asked.userId !== undefined && asked.userId !== account.id) {
    throw refuse('INVIGIL_ERR_NOT_YOURS')
  }
  return {
    ...asked,
    ...(account.role === 'student' && { userId: account.id }),
    ...(account.role === 'teacher' && asked.userId !== account.id && { overseerId: account.id }),
    ...(riskLevel !== undefined && await riskOf(db, riskLevel, asked.examId))
  }
}

async function riskOf (
  db: Pick<Database, 'exams'>,
  level: RiskLevel,
  examId: string | undefined
): Promise<Pick<SessionFilter, 'riskMin' | 'riskBelow'>> {
  const exam = examId === undefined ? undefined : await db.exams.byId(examId)
  const { medium, high } = exam === undefined ? DEFAULT_POLICY.riskLimits : readPolicy(exam.policy).riskLimits
  switch (level) {
    case 'Low': return { riskBelow: medium }
    case 'Medium': return { riskMin: medium, riskBelow: high }
    case 'High': return { riskMin: high }
  }
}
