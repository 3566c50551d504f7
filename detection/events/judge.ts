import { defined } from '../../lib/defined.ts'
import type { EventKind, ProctorEvent, SoundObservation } from '../types.ts'
import type { Calibrated, Corner } from './calibration.ts'
import { beginCoverage, coverHidden, coverLine, coverPause, coverTick } from './coverage.ts'
import { endOverdueCalibration, judgeCalibration } from './judge-calibration.ts'
import { judgeFrame, type JudgedFrame } from './judge-frame.ts'
import { judgePageEvent, reportOnce, reportPending } from './judge-page.ts'
import { judgeSound } from './judge-sound.ts'
import { close, draftOf, isFrozen, open, type Coverage, type Draft, type JudgeState } from './judge-state.ts'
import { applyPolicy, type Policy } from './policy.ts'
import type { InputRule } from './rule.ts'
import { FRAME_KINDS, SOUND_KINDS } from './rules.ts'
import { expireSignals, stopSignals } from './signal-tracker.ts'
import { endOf } from './sounds.ts'

export type { JudgeState } from './judge-state.ts'

/**
 * An input of the judge.
 *
 * - `no-frames`: a tick that says that no frame has come since the last one. Send one about each second while the
 * session
 *   runs; one too many does no harm.
 * - `client`: an event of the page. A lasting one says `detail.phase` `start` or `end`; without it the event is
 * instant.
 * - `calibrate`: the corner of the screen that the candidate is asked to look at from `atMs` on, one after the other,
 * two
 *   seconds each; then `done` with the end of the last corner as its time, once the frames of that corner are judged.
 * - `close`: stop, pause or termination. It ends every open incident; a cause that still lasts after a resume begins a
 * new
 *   incident.
 */
export type JudgeInput =
  | JudgedFrame
  /**
   * The session runs from `atMs` on: it begins, or goes on after a pause. With `before` after a restart. Without it no
   * coverage is kept.
   */
  | { readonly type: 'watch', readonly atMs: number, readonly before?: Pick<Coverage, 'line' | 'wasSeen'> }
  /** Time passes, whether or not any input has ever come. */
  | { readonly type: 'tick', readonly atMs: number }
  /** A picture arrived and was not analyzed. */
  | { readonly type: 'unjudged', readonly atMs: number, readonly cause: 'overloaded' | 'refused' }
  | { readonly type: 'sound', readonly sound: SoundObservation }
  | { readonly type: 'invalid-image', readonly atMs: number, readonly code: string }
  | { readonly type: 'no-frames', readonly atMs: number }
  | { readonly type: 'disconnected' | 'connected', readonly atMs: number }
  | {
    readonly type: 'client'
    readonly kind: EventKind
    readonly atMs: number
    readonly detail?: Readonly<Record<string, unknown>>
  }
  | { readonly type: 'calibrate', readonly atMs: number, readonly corner: Corner | 'done' }
  | { readonly type: 'close', readonly atMs: number }

/**
 * An input older than the newest one by more than this means that the clock was set back. Late messages are at most 10
 * s old when they arrive and spend up to 20 s with the workers.
 */
export const CLOCK_STEP_MS = 30_000

export interface Judgement {
  readonly state: JudgeState
  /** In the order found; `atMs` is dated back and may lie before that of earlier events. */
  readonly events: readonly ProctorEvent[]
  /** How a calibration ended, with the input that ended it. */
  readonly calibrated?: Calibrated
}

/**
 * A fresh state; `incidents` is the highest number already used, when a session goes on after a restart. `models` is
 * name to version, as the pool reports it; events name the versions of the models they rest on.
 */
export function createJudgeState (incidents = 0, models?: Readonly<Record<string, string>>): JudgeState {
  return { incidents, history: [], looks: [], heard: [], signals: {}, open: {}, quiet: {}, ...defined({ models }) }
}

/**
 * Judges one input. Pure: the same inputs give the same events. Frames and sounds not newer than the newest one are
 * ignored.
 */
export function judge (state: JudgeState, input: JudgeInput, policy: Policy): Judgement {
  const draft = draftOf(state)
  followClock(draft, input, policy)
  if (!('type' in input)) {
    judgeFrame(draft, input, policy)
  } else {
    switch (input.type) {
      case 'sound':
        judgeSound(draft, input.sound, isFrozen(draft), policy)
        break
      case 'watch':
        beginCoverage(draft, input.atMs, input.before)
        break
      case 'tick':
        coverTick(draft, input.atMs, policy)
        break
      case 'unjudged':
        coverHidden(draft, input.cause, input.atMs, policy)
        break
      case 'no-frames':
        tick(draft, input.atMs, policy)
        coverTick(draft, input.atMs, policy)
        break
      case 'invalid-image':
        coverHidden(draft, 'refused', input.atMs, policy)
        reportOnce(draft, 'invalid_image', input.atMs, { code: input.code }, policy)
        break
      case 'disconnected':
        coverLine(draft, 'down', input.atMs)
        draft.state.disconnectedSinceMs ??= input.atMs
        close(draft, 'no_frames', applyPolicy('no_frames', policy), input.atMs, { reason: 'disconnected' })
        break
      case 'connected':
        coverLine(draft, 'up', input.atMs)
        reportLostConnection(draft, input.atMs, policy)
        close(draft, 'connection_lost', applyPolicy('connection_lost', policy), input.atMs)
        delete draft.state.disconnectedSinceMs
        draft.state.silentSinceMs = input.atMs
        break
      case 'client':
        judgePageEvent(draft, input.kind, input.atMs, input.detail ?? {}, policy)
        break
      case 'calibrate':
        judgeCalibration(draft, input.corner, input.atMs, policy)
        break
      case 'close':
        closeAll(draft, input.atMs, policy)
        break
    }
  }
  return draft
}

/**
 * Starts with a fresh state when the clock was set back: compared with the old times, no input would count as newer
 * until the clock has caught up.
 */
function followClock (draft: Draft, input: JudgeInput, policy: Policy): void {
  const {
    newestMs = -Infinity,
    heardMs = -Infinity,
    silentSinceMs = -Infinity,
    baseline,
    liveScores,
    distances,
    candidate,
    calibrations,
    coverage
  } = draft.state
  const atMs =
    'type' in input && input.type === 'sound' ? endOf(input.sound) : (input as { readonly atMs: number }).atMs
  const latestMs = Math.max(newestMs, heardMs, silentSinceMs)
  if (latestMs - atMs <= CLOCK_STEP_MS) return
  const isDisconnected = draft.state.disconnectedSinceMs !== undefined
  closeAll(draft, latestMs, policy, 'clock')
  draft.state = {
    ...createJudgeState(draft.state.incidents, draft.state.models),
    ...defined({ baseline, liveScores, distances, candidate }),
    // The time of the last one belongs to the old clock and may lie in the future.
    ...(calibrations !== undefined && { calibrations: { begun: calibrations.begun } }),
    silentSinceMs: atMs,
    ...(isDisconnected && { disconnectedSinceMs: atMs }),
    ...defined({ coverage })
  }
  if (coverage !== undefined) beginCoverage(draft, atMs)
}

/** Time passes without a frame. */
function tick (draft: Draft, atMs: number, policy: Policy): void {
  const { state } = draft
  endOverdueCalibration(draft, atMs, policy)
  expireSignals(draft, FRAME_KINDS, atMs, policy)
  expireSignals(draft, SOUND_KINDS, atMs, policy)
  reportPending(draft, atMs, policy)
  reportLostConnection(draft, atMs, policy)
  if (state.disconnectedSinceMs !== undefined || state.open.camera_off !== undefined) {
    // The cause is known, so the silence counts from when frames can be expected again.
    state.silentSinceMs = atMs
    return
  }
  state.silentSinceMs ??= atMs
  const rule = applyPolicy('no_frames', policy) as InputRule
  const silentMs = atMs - state.silentSinceMs
  if (rule.enabled && silentMs >= rule.enterMs) {
    open(draft, 'no_frames', rule, state.silentSinceMs, { silentMs, enterMs: rule.enterMs })
  }
}

/** Reports `connection_lost` once the line has been down for long enough. */
function reportLostConnection (draft: Draft, atMs: number, policy: Policy): void {
  const sinceMs = draft.state.disconnectedSinceMs
  const rule = applyPolicy('connection_lost', policy) as InputRule
  if (sinceMs === undefined || !rule.enabled || atMs - sinceMs < rule.enterMs) return
  open(draft, 'connection_lost', rule, sinceMs, { silentMs: atMs - sinceMs, enterMs: rule.enterMs })
}

/** Ends every open incident and starts a fresh state that keeps what a pause does not change. */
function closeAll (draft: Draft, atMs: number, policy: Policy, reason = 'stop'): void {
  const { state } = draft
  tick(draft, atMs, policy)
  coverPause(draft, atMs, policy)
  // Rules keep the evidence they have gathered. A pause longer than a rule's `gapMs` expires it, so pausing every few
  // seconds hides nothing.
  const rising = Object.fromEntries(
    Object.entries(state.signals).filter(([, { machine }]) => machine.phase === 'rising')
  )
  stopSignals(draft, FRAME_KINDS, atMs, policy)
  stopSignals(draft, SOUND_KINDS, atMs, policy)
  for (const kind of Object.keys(state.open) as EventKind[]) {
    close(draft, kind, applyPolicy(kind, policy), atMs, { reason })
  }
  draft.state = {
    ...createJudgeState(state.incidents, state.models),
    signals: rising,
    // After a pause the same person continues at the same screen.
    ...defined({ baseline: state.baseline, voices: state.voices }),
    ...defined({ calibrations: state.calibrations, coverage: state.coverage, still: state.still }),
    ...defined({ liveScores: state.liveScores, distances: state.distances, candidate: state.candidate }),
    // Frames and sounds captured before the close that arrive after it are ignored.
    newestMs: Math.max(atMs, state.newestMs ?? atMs),
    heardMs: Math.max(atMs, state.heardMs ?? atMs),
    quiet: Object.fromEntries(
      Object.entries(state.quiet).map(([kind, { atMs, suppressed }]) => [kind, { atMs, suppressed }])
    )
  }
}
