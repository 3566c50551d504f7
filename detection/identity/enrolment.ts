import { SURELY_CLOSED_BELOW } from '../face/openings.ts'
import { isSceneLight } from '../image/quality.ts'
import type { FaceObservation, Observation } from '../types.ts'
import { faceDistance, SAME_PERSON_MAX } from './distance.ts'
import { scaled } from './embed.ts'

/** Why a picture cannot be used for an enrollment. */
export type EnrolmentReason =
  | 'no_face'
  | 'several_faces'
  | 'cut_off'
  | 'too_small'
  | 'not_frontal'
  | 'too_dark'
  | 'too_bright'
  | 'uneven_light'
  | 'blurred'
  | 'eyes_closed'

export type EnrolmentCheck =
  | { readonly ok: true, readonly face: FaceObservation }
  /** `measured` and `limits` bear the same names. */
  | {
    readonly ok: false
    readonly reason: EnrolmentReason
    readonly measured: Readonly<Record<string, number>>
    readonly limits: Readonly<Record<string, number>>
  }

/**
 * Stricter than what can be compared during an exam: one picture decides over many comparisons. Of 106 ordinary
 * portraits the sharpest-lit half and more pass: faces measure 0.29 to 0.67 in brightness and 0.05 to 0.9 in sharpness;
 * softened by a few pixels, 0.02 and less; lit from one side, 0.14 to 0.40 in unevenness.
 */
const ENROLMENT_LIMITS = {
  /** A second face smaller than this share of the first one's height is a picture on a wall. */
  otherFaceShare: 0.25,
  /** A face this near to the edge, as a share of its own width, is cut off. */
  edgeShare: 0.02,
  sidePixelsMin: 80,
  yawDegreesMax: 20,
  pitchDegreesMax: 20,
  rollDegreesMax: 25,
  /** A face this bright is lit enough, whatever the scene. */
  brightnessMin: 0.12,
  /** In a well-lit scene a darker one is as well, down to what can be compared. */
  inLitSceneMin: 0.06,
  brightnessMax: 0.85,
  unevennessMax: 0.35,
  sharpnessMin: 0.02,
  /** One picture says nothing of how wide this person's eyes usually are. */
  eyeOpeningMin: SURELY_CLOSED_BELOW
} as const

/**
 * Whether the picture may be enrolled; the first thing that is wrong with it, the plainest first. The observation is of
 * a still analysed with `embed`: faces then bear their `facts`.
 */
export function checkEnrolment ({
  faces,
  width,
  height,
  quality
}: Pick<Observation, 'faces' | 'width' | 'height' | 'quality'>): EnrolmentCheck {
  const limits = ENROLMENT_LIMITS
  const face = faces[0]
  if (face === undefined) return refused('no_face', { faces: 0 }, { faces: 1 })
  const counted = faces.filter(other => other.box.height >= face.box.height * limits.otherFaceShare).length
  if (counted > 1) return refused('several_faces', { faces: counted }, { faces: 1 })
  const { facts, box } = face
  if (facts === undefined) throw new TypeError('The observation was made without the option `embed`.')
  const edge = Math.min(box.x, box.y, width - box.x - box.width, height - box.y - box.height)
  const turn = {
    yawDegrees: Math.abs(face.yawDegrees),
    pitchDegrees: Math.abs(face.pitchDegrees),
    rollDegrees: Math.abs(face.rollDegrees)
  }
  const { sidePixels, brightness, unevenness, sharpness } = facts
  if (sidePixels < limits.sidePixelsMin) {
    return refused('too_small', { sidePixels }, { sidePixels: limits.sidePixelsMin })
  }
  if (edge < box.width * limits.edgeShare) {
    return refused('cut_off', { edgePixels: edge }, { edgePixels: box.width * limits.edgeShare })
  }
  if (
    turn.yawDegrees > limits.yawDegreesMax ||
    turn.pitchDegrees > limits.pitchDegreesMax ||
    turn.rollDegrees > limits.rollDegreesMax
  ) {
    return refused('not_frontal', turn, {
      yawDegrees: limits.yawDegreesMax,
      pitchDegrees: limits.pitchDegreesMax,
      rollDegrees: limits.rollDegreesMax
    })
  }
  const brightnessMin = isSceneLight(brightness, quality.brightness) ? limits.inLitSceneMin : limits.brightnessMin
  if (brightness < brightnessMin) return refused('too_dark', { brightness }, { brightness: brightnessMin })
  if (brightness > limits.brightnessMax) {
    return refused('too_bright', { brightness }, { brightness: limits.brightnessMax })
  }
  if (unevenness > limits.unevennessMax) {
    return refused('uneven_light', { unevenness }, { unevenness: limits.unevennessMax })
  }
  if (sharpness < limits.sharpnessMin) return refused('blurred', { sharpness }, { sharpness: limits.sharpnessMin })
  if (face.eyeOpening < limits.eyeOpeningMin) {
    return refused('eyes_closed', { eyeOpening: face.eyeOpening }, { eyeOpening: limits.eyeOpeningMin })
  }
  return { ok: true, face }
}

function refused (
  reason: EnrolmentReason,
  measured: Readonly<Record<string, number>>,
  limits: Readonly<Record<string, number>>
): EnrolmentCheck {
  return { ok: false, reason, measured, limits }
}

export interface Enrolment {
  readonly vector: Float32Array
  /** Places of the pictures that do not show the person whom most of them show; they are left out of the vector. */
  readonly refused: readonly number[]
}

/**
 * One vector for several pictures of a person: the mean of those that agree, as long as each was. Undefined when not
 * more than half of them show the same person (of two, both must). Throws a RangeError when they come from different
 * models.
 */
export function joinEnrolment (vectors: readonly Float32Array[]): Enrolment | undefined {
  const distances = vectors.map(one => vectors.map(other => faceDistance(one, other)))
  // Who has most of the others near; of several such, the one in their middle.
  const middle = distances
    .map((row, at) => ({
      at,
      near: row.filter(distance => distance <= SAME_PERSON_MAX).length,
      sum: row.reduce((sum, distance) => sum + distance, 0)
    }))
    .sort((a, b) => b.near - a.near || a.sum - b.sum)[0]
  if (middle === undefined || middle.near * 2 <= vectors.length) return undefined
  const isNear = (at: number): boolean => distances[middle.at]![at]! <= SAME_PERSON_MAX
  const agreed = vectors.filter((_, at) => isNear(at))
  const sum = new Float32Array(agreed[0]!.length)
  for (const vector of agreed) vector.forEach((value, at) => { sum[at]! += value })
  return {
    vector: scaled(sum, Math.hypot(...agreed[0]!)),
    refused: vectors.map((_, at) => at).filter(at => !isNear(at))
  }
}
