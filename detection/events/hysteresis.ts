import { defined } from '../../lib/defined.ts'

/** When a signal starts and ends: in score, in time and in the number of scores seen. */
export interface HysteresisOptions {
  readonly enterScore: number
  readonly leaveScore: number
  readonly enterMs: number
  readonly leaveMs: number
  /** Scores at or above `enterScore` needed beside `enterMs`: two frames seconds apart prove nothing. */
  readonly enterCount: number
  /** Silence longer than this is no evidence that the signal went on. */
  readonly gapMs: number
  /** After an end, the next start is not confirmed before this. */
  readonly cooldownMs: number
}

/**
 * One signal's state. `lastMs` is the last time anything was known of it, a score or a suspension; `heldSinceMs` is set
 * while it is suspended; `heldMs` is the suspended time so far.
 */
export type HysteresisState =
  | { readonly phase: 'idle', readonly endedAtMs?: number }
  | Rising
  | (Open & { readonly phase: 'active' })
  | (Open & { readonly phase: 'falling', readonly lowSinceMs: number })

interface Open {
  readonly sinceMs: number
  readonly lastMs: number
  readonly heldMs: number
  readonly heldSinceMs?: number
}

interface Rising extends Open {
  readonly phase: 'rising'
  readonly count: number
  readonly endedAtMs?: number
}

/** `score`: the signal fell. `gap`: nothing was heard for too long. `stop`: ended from outside. */
export type EndReason = 'score' | 'gap' | 'stop'

export type Transition =
  | { readonly kind: 'started', readonly atMs: number }
  | {
    readonly kind: 'ended'
    readonly atMs: number
    readonly durationMs: number
    readonly heldMs: number
    readonly reason: EndReason
  }

export interface Step {
  readonly state: HysteresisState
  readonly transition?: Transition
}

/** One timed score; `sinceMs` is when the signal first was on this side, if earlier than `atMs` (a median lags). */
export interface Sample {
  readonly score: number
  readonly atMs: number
  readonly sinceMs?: number
}

export const IDLE: HysteresisState = { phase: 'idle' }

/**
 * Advances one signal by one timed score.
 *
 * A signal starts after `enterMs` and `enterCount` scores at or above `enterScore`, and ends after `leaveMs` below
 * `leaveScore`; both are dated back to the first such score. A gap ends it at the last score before the gap.
 */
export function step (before: HysteresisState, sample: Sample, options: HysteresisOptions): Step {
  const { state, transition } = expire(before, sample.atMs, options)
  if (transition !== undefined) return { state: advance(state, sample, options, false).state, transition }
  if (state.phase === 'idle' || state.heldSinceMs === undefined) return advance(state, sample, options, true)
  const { heldSinceMs, ...released } = state
  if (state.phase === 'active' && sample.score < options.leaveScore) {
    // Nobody knows when it ended during the suspension: the earliest moment is the fair one.
    return advance(released, { ...sample, sinceMs: heldSinceMs }, options, true)
  }
  return advance({ ...released, heldMs: state.heldMs + sample.atMs - heldSinceMs }, sample, options, true)
}

function advance (state: HysteresisState, sample: Sample, options: HysteresisOptions, mayStart: boolean): Step {
  const { score, atMs } = sample
  const sinceMs = sample.sinceMs ?? atMs
  switch (state.phase) {
    case 'idle': {
      if (score < options.enterScore) return { state }
      const endedAtMs = state.endedAtMs
      return confirm({
        phase: 'rising',
        // What an earlier incident has counted is not counted again.
        sinceMs: endedAtMs === undefined ? sinceMs : Math.max(sinceMs, endedAtMs),
        lastMs: atMs,
        heldMs: 0,
        count: 1,
        ...defined({ endedAtMs })
      }, options, mayStart)
    }
    case 'rising':
      if (score < options.enterScore) return { state: idleAfter(state.endedAtMs) }
      return confirm({ ...state, lastMs: atMs, count: state.count + 1 }, options, mayStart)
    case 'active':
      if (score >= options.leaveScore) return { state: { ...state, lastMs: atMs } }
      return fall({ ...state, phase: 'falling', lastMs: atMs, lowSinceMs: Math.max(sinceMs, state.sinceMs) }, options)
    case 'falling':
      if (score >= options.leaveScore) {
        const { lowSinceMs: _, ...open } = state
        return { state: { ...open, phase: 'active', lastMs: atMs } }
      }
      return fall({ ...state, lastMs: atMs }, options)
  }
}

/**
 * Suspends a signal at `atMs`: nothing can be said about it in this frame. It does not end, and the time is no evidence
 * for it either; one that has not started is forgotten after `gapMs` of this.
 */
export function hold (before: HysteresisState, atMs: number, options: HysteresisOptions): Step {
  const { state, transition } = expire(before, atMs, options)
  if (state.phase === 'idle') return transition === undefined ? { state } : { state, transition }
  const heldSinceMs = state.heldSinceMs ?? state.lastMs
  if (state.phase === 'rising' && atMs - heldSinceMs > options.gapMs) return { state: idleAfter(state.endedAtMs) }
  return { state: { ...state, lastMs: atMs, heldSinceMs } }
}

/** Ends what has not been heard of for longer than `gapMs`, dated at the last evidence for it. */
export function expire (state: HysteresisState, atMs: number, options: HysteresisOptions): Step {
  if (state.phase === 'idle' || atMs - state.lastMs <= options.gapMs) return { state }
  if (state.phase === 'rising') return { state: idleAfter(state.endedAtMs) }
  return end(state, lastEvidenceMs(state), 'gap')
}

/** Ends an open signal from outside (the session stops or pauses); stale evidence is not stretched to `atMs`. */
export function stop (state: HysteresisState, atMs: number, options: HysteresisOptions): Step {
  if (state.phase === 'idle' || state.phase === 'rising') return { state: IDLE }
  const isFresh = state.phase === 'active' && state.heldSinceMs === undefined && atMs - state.lastMs <= options.gapMs
  return { ...end(state, isFresh ? Math.max(atMs, state.lastMs) : lastEvidenceMs(state), 'stop'), state: IDLE }
}

function lastEvidenceMs (state: Extract<HysteresisState, { readonly phase: 'active' | 'falling' }>): number {
  return state.phase === 'falling' ? state.lowSinceMs : state.heldSinceMs ?? state.lastMs
}

function confirm (state: Rising, options: HysteresisOptions, mayStart: boolean): Step {
  const isLong = state.lastMs - state.sinceMs - state.heldMs >= options.enterMs
  const isCool = state.endedAtMs === undefined || state.lastMs - state.endedAtMs >= options.cooldownMs
  if (!mayStart || !isLong || !isCool || state.count < options.enterCount) return { state }
  return {
    state: { phase: 'active', sinceMs: state.sinceMs, lastMs: state.lastMs, heldMs: state.heldMs },
    transition: { kind: 'started', atMs: state.sinceMs }
  }
}

function fall (
  state: Open & { readonly phase: 'falling', readonly lowSinceMs: number },
  options: HysteresisOptions
): Step {
  if (state.lastMs - state.lowSinceMs < options.leaveMs) return { state }
  return end(state, state.lowSinceMs, 'score')
}

function end (state: Open, atMs: number, reason: EndReason): Step {
  return {
    state: { phase: 'idle', endedAtMs: atMs },
    transition: { kind: 'ended', atMs, durationMs: atMs - state.sinceMs, heldMs: state.heldMs, reason }
  }
}

function idleAfter (endedAtMs: number | undefined): HysteresisState {
  return endedAtMs === undefined ? IDLE : { phase: 'idle', endedAtMs }
}
