import type { FaceObservation, Observation } from '../types.ts'
import { defined } from '../../lib/defined.ts'
import { middle } from './baseline.ts'
import type { View } from './rule-input.ts'
import { limit, type Limits, type Signal } from './signal.ts'
import { isRepeated, REPEATED_CHANGE_MAX } from './signals.ts'
import { isCutOff } from './visibility.ts'

/** The scores of the anti-spoof nets while a candidate's usual one is learnt. */
export interface LiveScores {
  readonly firstMs: number
  readonly lastMs: number
  readonly scores: readonly number[]
}

/** The usual score is that of the first minute: the nets look every ten seconds, sooner after a low score. */
const LEARN_MS = 60_000
/** Fewer scores than this, or from less time, are no usual one. */
const LEARN_COUNT = 5
const USUAL_MS = 40_000
/** Looks two seconds apart for a minute. */
const SCORES_MAX = 31

/** The scores after one more. */
export function learnLiveScore (before: LiveScores | undefined, score: number, atMs: number): LiveScores {
  if (before === undefined) return { firstMs: atMs, lastMs: atMs, scores: [score] }
  const isLearnt = before.scores.length >= LEARN_COUNT && atMs - before.firstMs > LEARN_MS
  return isLearnt || before.scores.length >= SCORES_MAX
    ? { ...before, lastMs: atMs }
    : { ...before, lastMs: atMs, scores: [...before.scores, score] }
}

/** The candidate's usual score, once it is known. */
export function usualLiveScore (known: LiveScores | undefined): number | undefined {
  if (known === undefined || known.scores.length < LEARN_COUNT) return undefined
  return known.lastMs - known.firstMs >= USUAL_MS ? middle(known.scores) : undefined
}

/**
 * The score of the nets in this frame; undefined where they did not run or know nothing: in poor light, in less light
 * than is usual for the candidate, of a face that fills the picture, and of the same picture again.
 */
export function judgedLiveScore (
  { observation, baseline, isFrozen }: Pick<View, 'observation' | 'baseline' | 'isFrozen'>,
  rule: Limits
): number | undefined {
  const [face] = observation.faces
  const brightnessMin = Math.max(
    limit(rule, 'brightnessMin'),
    limit(rule, 'usualBrightnessShareMin') * (baseline?.brightness ?? 0)
  )
  const isFit =
    face !== undefined &&
    !isCutOff(face, observation) &&
    !(isFrozen && isRepeated({ observation }, REPEATED_CHANGE_MAX)) &&
    observation.quality.brightness >= brightnessMin &&
    surroundings(face, observation) >= limit(rule, 'surroundingsMin')
  return isFit ? face.liveScore : undefined
}

/** How many times the face's size the picture is. */
function surroundings ({ box }: FaceObservation, { width, height }: Observation): number {
  return Math.min(width / box.width, height / box.height)
}

/**
 * Scores how surely the nets deny a living face. It is information only: the nets also deny living people who sit
 * before plain walls.
 */
export const livenessUnsure: Signal = (view, rule) => {
  const liveScore = judgedLiveScore(view, rule)
  if (liveScore === undefined) return 'skip'
  return {
    score: (1 - liveScore) / (1 - limit(rule, 'liveScore')),
    measured: { liveScore, ...defined({ usualLiveScore: view.life?.usualScore }) }
  }
}

/**
 * A picture or a screen held before the camera, or a recording that starts again.
 *
 * A picture is suspected when three things agree: the nets see no life (`liveness_unsure` is open), they saw it in this
 * candidate's first minute, and the face shows what only a picture shows: its features have not moved apart from the
 * head for long, or nothing has moved at all.
 */
export const spoofSuspected: Signal = (view, rule) => {
  const { observation, loop, life, isFrozen } = view
  const looped = loop === undefined ? 0 : loop.repeats / limit(rule, 'repeats')
  if (loop !== undefined && looped >= 1) {
    return { score: looped, measured: { cause: 'loop', periodMs: loop.periodMs, repeats: loop.repeats } }
  }
  if (observation.faces.length === 0 || (isFrozen && isRepeated({ observation }, REPEATED_CHANGE_MAX))) return 'hold'
  const usualScore = life?.usualScore
  if (life?.isUnsure !== true || usualScore === undefined || usualScore < limit(rule, 'usualLiveScoreMin')) {
    return { score: looped, measured: { cause: 'loop', ...defined({ repeats: loop?.repeats }) } }
  }
  const evidence = evidenceOfPicture(view, rule)
  if (evidence === undefined) return { score: life.isSuspected === true ? 1 : 0, measured: { cause: 'picture' } }
  return {
    score: 1,
    sinceMs: evidence.sinceMs,
    measured: { cause: 'picture', usualLiveScore: usualScore, ...evidence.measured }
  }
}

/** What only a picture shows, and since when. */
function evidenceOfPicture (
  { observation: { atMs }, still, life }: View,
  rule: Limits
): { readonly sinceMs: number, readonly measured: Readonly<Record<string, unknown>> } | undefined {
  const motionlessMs = limit(rule, 'motionlessMs')
  if (still !== undefined && atMs - still.sinceMs >= motionlessMs) {
    return { sinceMs: still.sinceMs, measured: { evidence: 'nothing moves', stillMs: atMs - still.sinceMs } }
  }
  const rigidSinceMs = life?.rigidSinceMs
  if (rigidSinceMs !== undefined && atMs - rigidSinceMs >= motionlessMs) {
    return { sinceMs: rigidSinceMs, measured: { evidence: 'no blink and no expression', rigidMs: atMs - rigidSinceMs } }
  }
  return undefined
}
