import type { FaceObservation } from '../types.ts'

/**
 * How far the openings of the eyes and the mouth and the place of the irises may range in a rigid face. In 20 s of
 * pictures that were moved, turned and tilted before a camera they ranged by at most 0.05, 0.08 and 0.11 (behind
 * sunglasses 0.20); a blink alone closes the eyes by 0.15 and more.
 */
const RANGES = [0.08, 0.1, 0.2] as const
/** After a gap, or this long without a face, the comparison starts again. */
const GAP_MS = 5000
/** A head turned further hides half of the face, and the mesh guesses. */
const YAW_MAX = 30

/** Since when the features of a face have not moved apart from its head, and between which values they lay. */
export interface RigidState {
  readonly sinceMs: number
  readonly lastMs: number
  readonly low: readonly number[]
  readonly high: readonly number[]
}

/**
 * Adds one frame. The features are measured in the face's own frame, so a picture that is moved, turned or brought
 * nearer keeps them; a person blinks, looks elsewhere or moves the lips. Where the face cannot be measured, nothing
 * changes until the gap is too long.
 */
export function watchForRigid (
  before: RigidState | undefined,
  face: FaceObservation | undefined,
  atMs: number
): RigidState | undefined {
  if (face === undefined || Math.abs(face.yawDegrees) > YAW_MAX) {
    return before === undefined || atMs - before.lastMs > GAP_MS ? undefined : before
  }
  const values = [face.eyeOpening, face.mouthOpening, face.gaze.horizontal]
  if (before !== undefined && atMs - before.lastMs <= GAP_MS) {
    const low = values.map((value, at) => Math.min(value, before.low[at]!))
    const high = values.map((value, at) => Math.max(value, before.high[at]!))
    if (RANGES.every((range, at) => high[at]! - low[at]! <= range)) {
      return { sinceMs: before.sinceMs, lastMs: atMs, low, high }
    }
  }
  return { sinceMs: atMs, lastMs: atMs, low: values, high: values }
}
