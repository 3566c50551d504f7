import type { FaceObservation, Image } from '../types.ts'
import { COMPARED_TURN_DEGREES_MAX, faceDistance } from './distance.ts'
import { embedFace } from './embed.ts'
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
export const DOUBT_MS = 2000

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
 * be compared. Some 40 ms a face.
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
    const distance = faceDistance(await embedFace(models, image, face.landmarks), enrolled)
    if (nearest === undefined || distance < nearest) nearest = distance
  }
  return nearest
}
