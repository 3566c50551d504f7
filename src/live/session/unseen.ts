import { unseenCause, unseenMs } from '../../../detection/events/coverage.ts'
import type { JudgeState } from '../../../detection/events/judge-state.ts'
import type { LiveSummary } from './live-summary.ts'
import type { SessionScores } from './session-scores.ts'

export type Unseen = Pick<LiveSummary, 'unseenMs' | 'unseenCause' | 'unseenMsByCause' | 'gaps'>

/** For how long, and why, the candidate was not seen until `nowMs`. */
export function unseenOf (state: JudgeState, scores: SessionScores, nowMs: number): Unseen {
  return {
    unseenMs: unseenMs(state.coverage, nowMs),
    unseenCause: unseenCause(state, nowMs) ?? null,
    unseenMsByCause: scores.unseenMs(nowMs),
    gaps: scores.gaps()
  }
}
