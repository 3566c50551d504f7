import { LEFT_EYE_LIDS, MOUTH, RIGHT_EYE_LIDS, type Opening } from './indices.ts'

export interface Openings {
  readonly eyeOpening: number
  readonly mouthOpening: number
  readonly eyesClosed: boolean
  readonly mouthOpen: boolean
}

/**
 * Below this both lids touch or nearly so. Closed eyes measure 0.02–0.12, open ones 0.17 (laughing, narrowed) to 0.45.
 */
export const EYES_CLOSED_BELOW = 0.14

/**
 * A smile that shows the teeth opens the lips to 0.2 of the mouth's width, and so do lips that are merely parted; a mouth
 * that opens to speak or in surprise goes beyond.
 */
export const MOUTH_OPEN_FROM = 0.22

/**
 * Openings of eyes and mouth from points in the face's own frame (`FaceFit.points`), so that a turned head does not
 * look like a narrow eye.
 */
export function measureOpenings (points: Float32Array): Openings {
  const eyeOpening = (opening(points, RIGHT_EYE_LIDS) + opening(points, LEFT_EYE_LIDS)) / 2
  const mouthOpening = opening(points, MOUTH)
  return {
    eyeOpening,
    mouthOpening,
    eyesClosed: eyeOpening < EYES_CLOSED_BELOW,
    mouthOpen: mouthOpening >= MOUTH_OPEN_FROM
  }
}

function opening (points: Float32Array, { corners, pairs }: Opening): number {
  const heights = pairs.reduce((sum, [upper, lower]) => sum + distance(points, upper, lower), 0)
  return heights / pairs.length / distance(points, ...corners)
}

/** As seen from the front: depth is the mesh's weakest coordinate. */
function distance (points: Float32Array, a: number, b: number): number {
  return Math.hypot(points[a * 3]! - points[b * 3]!, points[a * 3 + 1]! - points[b * 3 + 1]!)
}
