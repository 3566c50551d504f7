import type { EventRow } from '../../../db/index.ts'
import type { JudgeInput } from '../../../detection/events/judge.ts'
import type { SessionStart } from './session-deps.ts'
import type { SessionScores } from './session-scores.ts'

/** What to record and then to judge when a session is loaded without the judge's state. */
export interface Restart {
  readonly rows: readonly EventRow[]
  readonly inputs: readonly JudgeInput[]
}

/** The first input of a session that never ran. */
export function firstInputs ({ state, startedAtMs }: SessionStart): readonly JudgeInput[] {
  return state === 'active'
    ? [{ type: 'watch', atMs: startedAtMs, before: { line: 'never', wasSeen: false } }]
    : []
}

/**
 * Ends the incidents that a restart or a failed handover left open, at the last moment the session was known to run,
 * and starts watching from there.
 */
export function restartOf (
  { rows, state, updatedAtMs, handover }: SessionStart,
  scores: SessionScores,
  nowMs: number
): Restart {
  if (state !== 'active') {
    // Only the pause itself lasts in a pause: any other open incident lost its end with the gateway before.
    const pausedAtMs = scores.pauses.at(-1)?.startedAtMs ?? updatedAtMs
    return { rows: scores.endings(pausedAtMs, 'restart', nowMs, 'paused'), inputs: [] }
  }
  const wasSeen = !scores.open().some(({ kind }) => kind === 'never_watched')
  const untilMs = Math.min(Math.max(updatedAtMs, rows.at(-1)?.atMs ?? 0), nowMs)
  const watch: JudgeInput = { type: 'watch', atMs: untilMs, before: { line: 'restart', wasSeen } }
  return handover === undefined
    // Nothing was received since then, unless another gateway had the session.
    ? { rows: scores.endings(untilMs, 'restart', nowMs), inputs: [watch, { type: 'disconnected', atMs: untilMs }] }
    : { rows: scores.endings(untilMs, 'handover', nowMs), inputs: [watch] }
}
