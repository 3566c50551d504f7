import { LEFT_EYE_LIDS, MOUTH, RIGHT_EYE_LIDS, UPPER_LIP_EDGE, type Opening } from './indices.ts'

export interface Openings {
  readonly eyeOpening: number
  readonly mouthOpening: number
  readonly eyesClosed: boolean
  readonly mouthOpen: boolean
}

/**
 * Closed eyes measure 0.04–0.11, open ones 0.16 (narrowed in a laugh) to 0.45; a wink, as the mean of both, 0.13–0.24.
 */
export const EYES_CLOSED_BELOW = 0.13

/** Closed for everybody: narrow eyes in a smile measure 0.116 and more. */
export const SURELY_CLOSED_BELOW = 0.1

/** A mouth that opens to speak or in surprise goes beyond this; a smile that shows the teeth stays below. */
const MOUTH_OPEN_FROM = 0.26

/**
 * Or less, when the mouth is round rather than wide: the corners hang this far, in mouth widths, below the upper lip's
 * edge. In smiles they stand above or near it.
 */
const MOUTH_ROUND_OPEN_FROM = 0.185
const MOUTH_ROUND_SAG = 0.165

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
    mouthOpen:
      mouthOpening >= MOUTH_OPEN_FROM || (mouthOpening >= MOUTH_ROUND_OPEN_FROM && cornerSag(points) >= MOUTH_ROUND_SAG)
  }
}

function opening (points: Float32Array, { corners, pairs }: Opening): number {
  const heights = pairs.reduce((sum, [upper, lower]) => sum + distance(points, upper, lower), 0)
  return heights / pairs.length / distance(points, ...corners)
}

/** How far the mouth's corners lie below the inner edge of the upper lip, in mouth widths. */
function cornerSag (points: Float32Array): number {
  const [right, left] = MOUTH.corners
  const cornerHeight = (points[right * 3 + 1]! + points[left * 3 + 1]!) / 2
  return (points[UPPER_LIP_EDGE * 3 + 1]! - cornerHeight) / distance(points, right, left)
}

/** As seen from the front: depth is the mesh's weakest coordinate. */
function distance (points: Float32Array, a: number, b: number): number {
  return Math.hypot(points[a * 3]! - points[b * 3]!, points[a * 3 + 1]! - points[b * 3 + 1]!)
}
