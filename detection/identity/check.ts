import type { FaceObservation, Image, Region } from '../types.ts'
import { CLEARLY_SAME_MAX, COMPARED_TURN_DEGREES_MAX, faceDistance, SAME_PERSON_MAX } from './distance.ts'
import { embedSeen } from './embed.ts'
import { measureFace } from './face-facts.ts'
import type { IdentityModels } from './nets.ts'

/**
 * Shrunk to 32 pixels, 1.4 % of the pairs of one person lie beyond the limit for the same person, of 48 pixels 0.5 %.
 */
const COMPARED_SIDE_PIXELS_MIN = 40
/** A face out of focus; sharp ones measure 0.03 to 0.9. */
const COMPARED_SHARPNESS_MIN = 0.004
/** A face in the dark: noise. */
const COMPARED_BRIGHTNESS_MIN = 0.06
/** Faces of one frame that are compared at most: the candidate need not be the nearest, and a crowd costs time. */
const COMPARED_FACES_MAX = 3
/**
 * Faces smaller than this share of the largest one's height are not compared. `multiple_faces` does not count them
 * either: if they were compared, a small print of the enrolled face behind somebody else would pass for the candidate
 * and be no second face. Who sits so far behind the nearest face is five times as far away, and not the one at the
 * screen.
 */
export const COMPARED_HEIGHT_SHARE_MIN = 0.2

/**
 * After a comparison that did not fit, the next one comes this soon: one bad frame should neither accuse nor excuse.
 */
const DOUBT_MS = 2000

/** So many clear comparisons in a row of one face that was followed without a break let the next one wait longer. */
const CLEAR_ENOUGH = 3
/** Between two frames a face that is followed moves by less than this share of its region's width. */
const FOLLOWED_SHIFT_MAX = 0.25
/** And becomes larger or smaller by less than this factor. */
const FOLLOWED_SCALE_MAX = 1.25

/** What the comparisons of a session have said of the face that is followed. */
export interface IdentityTrack {
  /** The last distance to the enrolled face; absent before the first comparison, and for a face that has just come. */
  readonly distance?: number
  /** Clear comparisons in a row. */
  readonly clear: number
}

/** What still holds of the earlier comparisons: nothing where the one face is not where it was in the last frame. */
export function followIdentity (
  track: IdentityTrack, before: readonly Region[], now: readonly Region[]
): IdentityTrack {
  const [was] = before
  const [is] = now
  if (was === undefined || is === undefined) return { clear: 0 }
  const shift = Math.hypot(is.centerX - was.centerX, is.centerY - was.centerY)
  const scale = Math.max(is.width / was.width, was.width / is.width)
  if (shift > FOLLOWED_SHIFT_MAX * was.width || scale > FOLLOWED_SCALE_MAX) return { clear: 0 }
  return now.length > 1 ? { ...track, clear: 0 } : track
}

/** The time from one comparison to the next. */
export function comparisonMs (
  { distance, clear }: IdentityTrack, cadence: { readonly identityMs: number, readonly identityClearMs: number }
): number {
  if (distance === undefined || distance > SAME_PERSON_MAX) return DOUBT_MS
  return clear < CLEAR_ENOUGH ? cadence.identityMs : cadence.identityClearMs
}

/** After a comparison. */
export function addComparison ({ clear }: IdentityTrack, distance: number): IdentityTrack {
  return { distance, clear: distance <= CLEARLY_SAME_MAX ? clear + 1 : 0 }
}

/** Whether the face can be compared: seen from the front, large, sharp and lit enough. */
function isComparable (face: FaceObservation, image: Image): boolean {
  if (Math.max(Math.abs(face.yawDegrees), Math.abs(face.pitchDegrees)) > COMPARED_TURN_DEGREES_MAX) return false
  const { sidePixels, sharpness, brightness } = measureFace(image, face.landmarks)
  return (
    sidePixels >= COMPARED_SIDE_PIXELS_MIN &&
    sharpness >= COMPARED_SHARPNESS_MIN &&
    brightness >= COMPARED_BRIGHTNESS_MIN
  )
}

/**
 * The distance of the face that is nearest to the enrolled vector, which is of these models; undefined when no face can
 * be compared. Some 18 ms for a face that clearly is the enrolled one, 36 ms for any other.
 */
export async function compareToEnrolled (
  models: IdentityModels, image: Image, faces: readonly FaceObservation[], enrolled: Float32Array
): Promise<number | undefined> {
  let nearest: number | undefined
  const heightMin = (faces[0]?.box.height ?? 0) * COMPARED_HEIGHT_SHARE_MIN
  const compared = faces
    .slice(0, COMPARED_FACES_MAX)
    .filter(face => face.box.height >= heightMin && isComparable(face, image))
  for (const face of compared) {
    const seen = await embedSeen(models, image, face.landmarks)
    const distanceSeen = faceDistance(seen.vector, enrolled)
    if (distanceSeen <= CLEARLY_SAME_MAX) return distanceSeen
    const distance = faceDistance(await seen.complete(), enrolled)
    if (nearest === undefined || distance < nearest) nearest = distance
  }
  return nearest
}
