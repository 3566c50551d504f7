import type { EventRow, OwnerWrite } from '../../../db/index.ts'
import { judge, type JudgeState } from '../../../detection/events/judge.ts'
import type { Policy } from '../../../detection/events/policy.ts'
import type { SessionState } from '../../protocol/messages.ts'
import { rowOf, rowsOf } from '../../protocol/event-report.ts'
import type { SessionScores } from './session-scores.ts'

export interface StateChange {
  readonly about: Pick<EventRow, 'sessionId' | 'userId'>
  readonly from: SessionState
  readonly to: SessionState
  readonly atMs: number
  readonly by: string
  readonly judgeState: JudgeState
  readonly judge?: typeof judge | undefined
  readonly policy: Policy
  readonly sessionScores: SessionScores
}

/** The rows and scores to write with a change of state, and the session's memory after the commit. */
export interface PreparedChange extends Omit<OwnerWrite, 'epoch'> {
  readonly judgeState: JudgeState
  readonly sessionScores: SessionScores
}

/** Computes the ends of open incidents and the resulting scores. Pure, because the change may still be refused. */
export function prepareStateChange ({
  about,
  from,
  to,
  atMs,
  by,
  policy,
  judge: judgeWith = judge,
  ...before
}: StateChange): PreparedChange {
  const sessionScores = before.sessionScores.fork()
  const closed = from === 'active' ? judgeWith(before.judgeState, { type: 'close', atMs }, policy) : undefined
  const rows = (closed?.events ?? []).map(event => rowOf(event, about, atMs)).filter(row => sessionScores.accepts(row))
  for (const row of rows) sessionScores.add(row)
  // Incidents that the judge's state does not contain, such as one from before a restart.
  const left = sessionScores.endings(atMs, to, atMs)
  for (const row of left) sessionScores.add(row)
  const judgeState = closed?.state ?? before.judgeState
  const incident = Math.max(sessionScores.incidents, judgeState.incidents) + 1
  const pause =
    to === 'paused'
      ? rowsOf(
        { kind: 'paused', atMs, detail: { by: roleOf(by, about.userId) } },
        { ...about, incident },
        policy,
        atMs
      ).map(row => ({ ...row, phase: 'start' }))
      : []
  for (const row of pause) sessionScores.add(row)
  sessionScores.changeState(from, to, atMs, by)
  const { riskLevel, ...scores } = sessionScores.scores(atMs)
  return {
    rows: [...rows, ...left, ...pause],
    scores,
    judgeState: pause.length > 0 ? { ...judgeState, incidents: incident } : judgeState,
    sessionScores
  }
}

/** The role that paused; candidates do not see which member of staff it was. */
function roleOf (by: string, userId: string): 'candidate' | 'system' | 'staff' {
  return by === userId ? 'candidate' : by === 'system' ? 'system' : 'staff'
}
