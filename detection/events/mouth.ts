import { CHIN } from '../face/indices.ts'
import type { FaceObservation } from '../types.ts'
import { isHiddenAt } from './hidden.ts'
import { countSwings, spanOf, type View } from './rule-input.ts'
import { limit, ofFace, type Limits, type Reading, type Signal } from './signal.ts'
import { speechMsIn } from './sounds.ts'

/**
 * A mouth that opens and closes again and again, as in speech. One slow, wide opening is a yawn, a constant one a
 * smile: neither swings, and the trembling of a wide opening is small beside it. Speech opens the lips four to eight
 * times a second, so at two frames a second chewing, pouting and laughing look the same: alone this is information.
 */
export const mouthMovement: Signal = ofFace(readMouth)

/** The same while a voice is heard: then it is speech. Without any sound nothing is known of a voice. */
export const speaking: Signal = ofFace((face, view, rule) => {
  if (view.sounds === undefined) return 'skip'
  const lips = readMouth(face, view, rule)
  if (typeof lips === 'string') return lips
  const fromMs = (view.history[0]?.atMs ?? view.observation.atMs) - LIPS_MS
  const speechMs = speechMsIn(view.sounds, fromMs, view.observation.atMs + LIPS_MS, limit(rule, 'speechMin'))
  return {
    score: Math.min(lips.score, speechMs / limit(rule, 'speechMs')),
    measured: { ...lips.measured, speechMs }
  }
})

/** A sound and the frame that shows its lips lie at most this far apart. */
const LIPS_MS = 300

function readMouth (face: FaceObservation, { history, hidden, observation }: View, rule: Limits): Reading {
  // Seen from the side, lips and corners lie on one line.
  const isSeen = isChinSeen(face) && Math.abs(face.yawDegrees) <= limit(rule, 'turnDegrees')
  if (!isSeen || face.score < limit(rule, 'meshScoreMin')) return 'hold'
  if (isHiddenAt(hidden?.mouthMs, observation.atMs)) return 'hold'
  const openings = history.map(sample => sample.mouthOpening)
  const widest = Math.max(...openings)
  const amplitude = Math.max(limit(rule, 'amplitude'), limit(rule, 'amplitudeShare') * widest)
  const swings = countSwings(openings, amplitude)
  const isYawn = widest >= limit(rule, 'yawnOpening')
  return {
    score: isYawn ? 0 : swings / limit(rule, 'swings'),
    measured: { swings, widestOpening: widest, overMs: spanOf(history) }
  }
}

/** The mesh guesses what lies outside the picture: without a chin the lower lip is a guess too. */
function isChinSeen ({ landmarks }: FaceObservation): boolean {
  const x = landmarks[CHIN * 3] ?? 0.5
  const y = landmarks[CHIN * 3 + 1] ?? 0.5
  return x >= 0 && x <= 1 && y <= 1
}
