import { applyPolicy, type Policy } from '../../../detection/events/policy.ts'
import { RULES } from '../../../detection/events/rules.ts'
import type { JudgeState } from '../../../detection/events/judge.ts'
import { EVENT_KINDS, type EventKind, type QualityObservation } from '../../../detection/types.ts'

/**
 * How useful more frames of a candidate are: `quiet` while nothing moves and no rule scores, `busy` while a rule scores
 * and more frames would decide it sooner.
 */
export type Activity = 'quiet' | 'normal' | 'busy'

export interface ActivityState {
  readonly activity: Activity
  /** Start of the time without movement and scores. */
  readonly calmSinceMs?: number
  /** End of the busy time. */
  readonly busyUntilMs?: number
}

export const INITIAL_ACTIVITY: ActivityState = { activity: 'normal' }

/** Without movement and scores for this long a candidate becomes quiet. */
const CALM_MS = 8_000
/** A candidate stays busy for this long after the last score. */
const BUSY_MS = 3_000
/** After this long an ongoing incident no longer raises the frame rate; 2 fps is enough to notice its end. */
const NEWS_MS = 30_000
/** Older readings are ignored; the least frequent detector runs at least every 3 s. */
const FRESH_MS = 4_000
/**
 * Mean difference of luma between frames (0..1): a person who types or nods stays below, one who leans aside does not.
 */
const CHANGE_MAX = 0.02
/** Between the least and the greatest of the last seconds: lips at rest tremble by 0.06 of the mouth's width. */
const MOUTH_RANGE_MAX = 0.06
/** Half widths of the eye; reading a line moves the eyes by some 0.3. */
const GAZE_RANGE_MAX = 0.35

/** The rules whose result depends on the frame rate. */
const WATCHED: readonly EventKind[] = EVENT_KINDS.filter(kind => {
  const { source, class: about } = RULES[kind]
  return source === 'sound' ? about === 'integrity' : source === 'frame' && about !== 'information'
})

export interface JudgedInput {
  /** The judge's state after the input. */
  readonly judged: JudgeState
  /** The frame's quality, if the input was a frame. */
  readonly quality?: QualityObservation
  readonly atMs: number
}

/** Computes the next activity from a judged input. Any movement or score ends `quiet` at once. */
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
  // While the baseline is being learned the candidate is not calm: more frames shorten that.
  const isCalm =
    !scores.includes('hint') &&
    judged.baseline !== undefined &&
    judged.learning === undefined &&
    !moves(judged, quality)
  // Leaving `quiet` jumps to `busy`, so extra frames make up for the sparse ones and detection is not delayed.
  if (!isCalm) {
    return before.activity === 'quiet' ? { activity: 'busy', busyUntilMs: atMs + BUSY_MS } : { activity: 'normal' }
  }
  const calmSinceMs = Math.min(atMs, before.calmSinceMs ?? atMs)
  return { activity: atMs - calmSinceMs >= CALM_MS ? 'quiet' : 'normal', calmSinceMs }
}

/** The present result of a rule, by its newest reading: the median would come later. */
function scoreOf (kind: EventKind, { signals }: JudgeState, policy: Policy, atMs: number): 'found' | 'hint' | 'nothing' {
  const rule = applyPolicy(kind, policy)
  const signal = signals[kind]
  if (signal === undefined || !rule.enabled || !('enterScore' in rule)) return 'nothing'
  const { machine } = signal
  const last = signal.window.at(-1)
  const score = last === undefined || atMs - last.atMs > FRESH_MS ? 0 : last.score
  // Only integrity rules count: a picture that is too dark stays so for hours, and more frames do not help.
  const isNews = rule.class === 'integrity' && !(machine.phase === 'active' && atMs - machine.sinceMs > NEWS_MS)
  if (
    isNews &&
    (machine.phase === 'rising' ||
      machine.phase === 'active' ||
      machine.phase === 'falling' ||
      score >= rule.enterScore)
  ) { return 'found' }
  // Ordinary readings, such as the face distance between pictures of one person, stay below `leaveScore`.
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
