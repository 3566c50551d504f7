/** Judges what a session hears, one input after the other. */
import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../detection/events/policy.ts'
import type { ProctorEvent } from '../../detection/types.ts'

export interface Played { readonly state: JudgeState, readonly events: readonly ProctorEvent[] }

/** The last state and all events; the state goes through a structured clone each time, as between threads. */
export function run (
  inputs: readonly JudgeInput[],
  policy: Policy = DEFAULT_POLICY,
  from = createJudgeState()
): Played {
  const events: ProctorEvent[] = []
  let state = from
  for (const input of inputs) {
    const next = judge(structuredClone(state), input, policy)
    state = next.state
    events.push(...next.events)
  }
  return { state, events }
}

/** The events in short: kind, phase, time, duration. */
export const play = (inputs: readonly JudgeInput[], policy?: Policy): string[] =>
  run(inputs, policy).events.map(({ kind, phase, atMs, durationMs }) =>
    `${kind} ${phase} ${atMs}${durationMs === undefined ? '' : ` +${durationMs}`}`)
