import type { FastifyBaseLogger } from 'fastify'
import type { Database, NewAuditEntry } from '../../db/index.ts'
import type { RiskLevel } from '../../detection/events/score.ts'
import type { SessionPolicy } from '../policy/exam-policy.ts'
import type { RiskySession } from './session/session-deps.ts'

export interface RiskActionOptions {
  readonly db: Pick<Database, 'audit'>
  readonly log: Pick<FastifyBaseLogger, 'error'>
  readonly now: () => number
  readonly terminate: (sessionId: string, audit: NewAuditEntry) => Promise<unknown>
}

export type ApplyRiskAction = (
  session: RiskySession,
  level: Exclude<RiskLevel, 'Low'>,
  policy: SessionPolicy
) => void

/** Makes the function that carries out the action which an exam's policy names for a risk level. */
export function createRiskAction ({ db, log, now, terminate }: RiskActionOptions): ApplyRiskAction {
  return (session, level, { actions }) => {
    const action = actions[level]
    if (action === 'none') return
    if (action === 'warn') session.notify('notices.risk')
    if (action === 'ask') session.callProctor(level)
    // Not awaited: the caller is still recording the events that raised the risk.
    const { id: sessionId } = session
    const { riskScore } = session.scores()
    const audit: NewAuditEntry = {
      actorId: null,
      action: `session.risk-${action}`,
      targetType: 'session',
      targetId: sessionId,
      detail: { riskLevel: level, riskScore },
      atMs: now()
    }
    const following = action === 'terminate' ? terminate(sessionId, audit) : db.audit.append(audit)
    following.catch(error => log.error({ err: error, sessionId, action }, 'risk action failed'))
  }
}
