import { applyPolicy, type Policy } from '../../../detection/events/policy.ts'
import { RULES } from '../../../detection/events/rules.ts'
import type { JudgeState } from '../../../detection/events/judge.ts'
import { EVENT_KINDS, type EventKind, type QualityObservation } from '../../../detection/types.ts'

/**
 * How much a candidate's frames tell: `quiet` while nothing moves and no rule finds anything, `busy` while a rule does
 * and more frames would settle it sooner.
 */
export type Activity = 'quiet' | 'normal' | 'busy'

export interface ActivityState {
  readonly activity: Activity
  /** Since when nothing has moved or scored. */
  readonly calmSinceMs?: number
  /** Up to when it stays busy. */
  readonly busyUntilMs?: number
}

export const INITIAL_ACTIVITY: ActivityState = { activity: 'normal' }

/** Calm for this long is quiet. */
const CALM_MS = 8_000
/** It stays busy for this long after the last reason. */
const BUSY_MS = 3_000
/** After this long an incident is no news: two frames a second show its end soon enough. */
const NEWS_MS = 30_000
/** A reading this old says nothing about now; what is looked for seldom is looked for every 3 s at least. */
const FRESH_MS = 4_000
/**
 * Mean difference of luma between frames (0..1): a person who types or nods stays below, one who leans aside does not.
 */
const CHANGE_MAX = 0.02
/** Between the least and the greatest of the last seconds: lips at rest tremble by 0.06 of the mouth's width. */
const MOUTH_RANGE_MAX = 0.06
/** Half widths of the eye; reading a line moves the eyes by some 0.3. */
const GAZE_RANGE_MAX = 0.35

/** The rules that more frames, or fewer, make a difference to. */
const WATCHED: readonly EventKind[] = EVENT_KINDS.filter(kind => {
  const { source, class: about } = RULES[kind]
  return source === 'sound' ? about === 'integrity' : source === 'frame' && about !== 'information'
})

export interface JudgedInput {
  /** What the judge made of it. */
  readonly judged: JudgeState
  /** Of the frame, where it was one. */
  readonly quality?: QualityObservation
  readonly atMs: number
}

/** Advances a candidate's activity by what was just judged. A frame that shows anything ends the quiet at once. */
export function nextActivity (
  before: ActivityState,
  { judged, quality, atMs }: JudgedInput,
  policy: Policy
): ActivityState {
  const scores = WATCHED.map(kind => scoreOf(kind, judged, policy, atMs))
  if (judged.calibration !== undefined || scores.includes('found')) {
    return { activity: 'busy', busyUntilMs: atMs + BUSY_MS }
  }
  if (before.busyUntilMs !== undefined && atMs < before.busyUntilMs) return before
  // A candidate is not known at first: what is usual is learnt sooner from more frames.
  const isCalm =
    !scores.includes('hint') &&
    judged.baseline !== undefined &&
    judged.learning === undefined &&
    !moves(judged, quality)
  // What the last seconds lacked is made good: whoever begins to speak is heard of as soon as at the normal rate.
  if (!isCalm) {
    return before.activity === 'quiet' ? { activity: 'busy', busyUntilMs: atMs + BUSY_MS } : { activity: 'normal' }
  }
  const calmSinceMs = Math.min(atMs, before.calmSinceMs ?? atMs)
  return { activity: atMs - calmSinceMs >= CALM_MS ? 'quiet' : 'normal', calmSinceMs }
}

/** What a rule says of now: by its newest reading rather than by the median, which comes later. */
function scoreOf (kind: EventKind, { signals }: JudgeState, policy: Policy, atMs: number): 'found' | 'hint' | 'nothing' {
  const rule = applyPolicy(kind, policy)
  const signal = signals[kind]
  if (signal === undefined || !rule.enabled || !('enterScore' in rule)) return 'nothing'
  const { machine } = signal
  const last = signal.window.at(-1)
  const score = last === undefined || atMs - last.atMs > FRESH_MS ? 0 : last.score
  // A picture that is too dark stays so for hours, and more of it shows nothing.
  const isNews = rule.class === 'integrity' && !(machine.phase === 'active' && atMs - machine.sinceMs > NEWS_MS)
  if (
    isNews &&
    (machine.phase === 'rising' ||
      machine.phase === 'active' ||
      machine.phase === 'falling' ||
      score >= rule.enterScore)
  ) { return 'found' }
  // One face of two, or the distance of the same person's pictures, stay below what ends an incident.
  return score >= rule.leaveScore || machine.phase !== 'idle' ? 'hint' : 'nothing'
}

function moves ({ history }: JudgeState, quality: QualityObservation | undefined): boolean {
  if ((quality?.change ?? 0) > CHANGE_MAX) return true
  return (
    range(history.map(sample => sample.mouthOpening)) > MOUTH_RANGE_MAX ||
    range(history.map(sample => sample.gazeHorizontal)) > GAZE_RANGE_MAX
  )
}

function range (values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.max(...values) - Math.min(...values)
}
