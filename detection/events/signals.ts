import type { Direction, FaceObservation, ObjectObservation } from '../types.ts'
import { countSwings, type View } from './view.ts'

/**
 * What a rule reads from a frame: a score (1 = at the rule's limit) with the measured values behind it; `hold` when the
 * frame cannot tell (the rule is suspended); `skip` when it was not looked for in this frame. `sinceMs` is set where the rule itself
 * knows since when the score is high or low.
 */
export type Reading = { readonly score: number, readonly measured: Readonly<Record<string, unknown>>, readonly sinceMs?: number } | 'hold' | 'skip'

/** The numbers and names a signal is measured against. */
export interface Limits {
  readonly limits: Readonly<Record<string, number>>
  readonly labels?: readonly string[]
}

export type Signal = (view: View, rule: Limits) => Reading

/** The named limit; a policy can change limits, never remove one. */
export function limit ({ limits }: Limits, name: string): number {
  const value = limits[name]
  if (value === undefined) throw new Error(`the rule has no limit called ${name}`)
  return value
}

/** A signal of the picture: suspended while the picture shows nothing or is an old one. */
const ofPicture = (read: Signal): Signal => (view, rule) =>
  view.isFrozen || view.blindMs !== undefined ? 'hold' : read(view, rule)

/** A signal of the candidate's face: suspended while there is none. */
const ofFace = (read: (face: FaceObservation, view: View, rule: Limits) => Reading): Signal => (view, rule) => {
  const face = view.observation.faces[0]
  return face === undefined || view.isFrozen ? 'hold' : read(face, view, rule)
}

const yes = (value: boolean): number => value ? 1 : 0

/**
 * No face. A picture that shows nothing at all (covered lens, dark) says so by its own technical event and suspends this
 * one, but only for `blindGraceMs`: a short fault is not held against the candidate, and covering the camera is no way out.
 */
export const faceMissing: Signal = (view, rule) => {
  const { faces, persons, quality } = view.observation
  if (view.isFrozen) return 'hold'
  if (view.blindMs !== undefined && view.blindMs < limit(rule, 'blindGraceMs')) return 'hold'
  return {
    score: yes(faces.length === 0),
    measured: {
      faceCount: faces.length,
      ...(persons !== undefined && { persons }),
      ...(view.blindMs !== undefined && { cause: quality.blocked ? 'camera_blocked' : 'too_dark' })
    }
  }
}

/** Two faces or more; those much smaller than the candidate's (a poster, a picture on a shelf) do not count. */
export const multipleFaces: Signal = ofPicture(({ observation: { faces } }, rule) => {
  const heightMin = (faces[0]?.box.height ?? 0) * limit(rule, 'heightShareMin')
  const counted = faces.filter(face => face.box.height >= heightMin && face.score >= limit(rule, 'scoreMin'))
  return { score: counted.length / limit(rule, 'faces'), measured: { faceCount: counted.length, scores: counted.map(face => face.score) } }
})

/** A second body whose face is not seen; where two faces are, `multiple_faces` says it already. */
export const extraPerson: Signal = ofPicture(({ observation: { faces, objects } }, rule) => {
  if (objects === undefined) return 'skip'
  if (faces.length > 1) return 'hold'
  const scores = objects.filter(({ label, score }) => label === 'person' && score >= limit(rule, 'scoreMin')).map(person => person.score)
  return { score: scores.length / limit(rule, 'persons'), measured: { persons: scores.length, scores, faceCount: faces.length } }
})

/** The surest object of the rule's classes, against the least score that counts. */
export const objectSeen: Signal = ofPicture(({ observation: { objects, width, height } }, rule) => {
  if (objects === undefined) return 'skip'
  const areaMin = limit(rule, 'areaShareMin') * width * height
  let best: ObjectObservation | undefined
  for (const object of objects) {
    if (rule.labels?.includes(object.label) !== true || object.box.width * object.box.height < areaMin) continue
    if (best === undefined || object.score > best.score) best = object
  }
  if (best === undefined) return { score: 0, measured: {} }
  return { score: best.score / limit(rule, 'scoreMin'), measured: { label: best.label, objectScore: best.score, box: best.box } }
})

/** How far an iris moves for an angle of the eye, in the units of `Gaze`; the model behind them is in face/gaze.ts. */
const GAZE_PER_SINE = { horizontal: 0.83, vertical: 0.83 / 0.4 }

function eyeDegrees (offset: number, perSine: number): number {
  return Math.asin(Math.max(-1, Math.min(1, offset / perSine))) * 180 / Math.PI
}

/**
 * The line of sight, head and eyes together, off the screen to a side: a turned head whose eyes make up for it looks at the
 * screen. A head turned very far counts whatever the eyes seem to do: they can hardly be seen then.
 */
export const lookingAway: Signal = ofFace((face, _view, rule) => {
  const { yawDegrees, pitchDegrees, gaze } = face
  // Closed eyes have no direction: the head alone decides.
  const eyesYaw = face.eyesClosed ? 0 : eyeDegrees(gaze.horizontal, GAZE_PER_SINE.horizontal)
  const eyesPitch = face.eyesClosed ? 0 : eyeDegrees(-gaze.vertical, GAZE_PER_SINE.vertical)
  const yaw = yawDegrees + eyesYaw
  const pitch = pitchDegrees + eyesPitch
  const sides: { score: number, direction: Direction, head: number, eyes: number }[] = [
    { score: Math.abs(yaw) / limit(rule, 'sightYawDegrees'), direction: yaw > 0 ? 'right' : 'left', head: yawDegrees, eyes: eyesYaw },
    { score: pitch / limit(rule, 'sightUpDegrees'), direction: 'up', head: pitchDegrees, eyes: eyesPitch },
    { score: -pitch / limit(rule, 'sightDownDegrees'), direction: 'down', head: pitchDegrees, eyes: eyesPitch },
    { score: Math.abs(yawDegrees) / limit(rule, 'headYawDegrees'), direction: yawDegrees > 0 ? 'right' : 'left', head: yawDegrees, eyes: 0 }
  ]
  const { score, direction, head, eyes } = sides.reduce((best, next) => next.score > best.score ? next : best)
  return {
    score,
    measured: {
      direction,
      by: Math.abs(head) >= Math.abs(eyes) ? 'head' : 'eyes',
      yawDegrees,
      pitchDegrees,
      sightYawDegrees: yaw,
      sightPitchDegrees: pitch
    }
  }
})

/** Both eyes shut. Seen from above, the lids of somebody who reads downwards look shut: such a head tells nothing. */
export const eyesClosed: Signal = ofFace((face, _view, rule) => {
  if (face.pitchDegrees < -limit(rule, 'pitchDownDegrees')) return 'hold'
  return { score: yes(face.eyesClosed), measured: { eyeOpening: face.eyeOpening } }
})

/** A mouth that opens and closes again and again, as in speech; a yawn is one slow, wide opening and counts for nothing. */
export const mouthMovement: Signal = ofFace((_face, { history }, rule) => {
  const openings = history.map(sample => sample.mouthOpening)
  const widest = Math.max(...openings)
  const swings = countSwings(openings, limit(rule, 'amplitude'))
  const isYawn = widest >= limit(rule, 'yawnOpening')
  return { score: isYawn ? 0 : swings / limit(rule, 'swings'), measured: { swings, widestOpening: widest, overMs: span(history) } }
})

/** The distance to the enrolled face, in the frames in which it was measured; a head turned away cannot be compared. */
export const identityMismatch: Signal = ofFace((face, { observation: { identity } }, rule) => {
  if (Math.max(Math.abs(face.yawDegrees), Math.abs(face.pitchDegrees)) > limit(rule, 'turnDegrees')) return 'hold'
  if (identity === undefined) return 'skip'
  return { score: identity.distance / limit(rule, 'distance'), measured: { distance: identity.distance } }
})

/** Eyes that go from side to side again and again, wider than reading on a screen needs. */
export const eyeMovement: Signal = ofFace((face, { history }, rule) => {
  if (face.eyesClosed) return 'hold'
  const swings = countSwings(history.map(sample => sample.gazeHorizontal), limit(rule, 'amplitude'))
  return { score: swings / limit(rule, 'swings'), measured: { swings, overMs: span(history) } }
})

/**
 * A picture or a screen held before the camera, or a recording that starts again. Most frames were not looked at for it, and a
 * loop that is not seen (any more) proves nothing: such frames are skipped.
 */
export const spoofSuspected: Signal = ({ observation: { faces }, loop, isFrozen }, rule) => {
  const face = faces[0]
  const looped = loop === undefined ? 0 : loop.repeats / limit(rule, 'repeats')
  const flat = face?.liveScore === undefined || isFrozen ? undefined : (1 - face.liveScore) / (1 - limit(rule, 'liveScore'))
  if (loop === undefined && flat === undefined) return 'skip'
  if (loop !== undefined && looped >= (flat ?? 0)) return { score: looped, measured: { cause: 'loop', periodMs: loop.periodMs, repeats: loop.repeats } }
  return { score: flat ?? 0, measured: { cause: 'picture', liveScore: face?.liveScore } }
}

export const handSeen: Signal = ofPicture(({ observation: { hands } }) => {
  if (hands === undefined) return 'skip'
  return { score: yes(hands.length > 0), measured: { hands: hands.map(hand => ({ handedness: hand.handedness, score: hand.score })) } }
})

export const cameraBlocked: Signal = ({ observation: { quality } }) =>
  ({ score: yes(quality.blocked), measured: { contrast: quality.contrast, brightness: quality.brightness } })

/** Darkness; under a covered lens `camera_blocked` says it already. */
export const tooDark: Signal = ({ observation: { quality } }, rule) => {
  if (quality.blocked) return 'hold'
  return { score: Math.min(10, limit(rule, 'brightness') / Math.max(quality.brightness, 1e-3)), measured: { brightness: quality.brightness } }
}

/** Blur; a covered or dark picture has no sharpness to speak of. */
export const tooBlurry: Signal = ofPicture(({ observation: { quality } }, rule) => {
  if (quality.blocked) return 'hold'
  return { score: Math.min(10, limit(rule, 'sharpness') / Math.max(quality.sharpness, 1e-3)), measured: { sharpness: quality.sharpness } }
})

/** Picture after picture exactly the same: a sensor always adds some noise, a stopped or replayed still does not. */
export const frameFrozen: Signal = ({ observation: { quality } }, rule) => {
  if (quality.change === undefined) return 'skip'
  return { score: yes(quality.change <= limit(rule, 'change')), measured: { change: quality.change } }
}

function span (history: View['history']): number {
  return (history.at(-1)?.atMs ?? 0) - (history[0]?.atMs ?? 0)
}
