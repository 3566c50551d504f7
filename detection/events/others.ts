import { boxIou, boxOverlap } from '../image/box.ts'
import type { Box, FaceObservation, HeadPose, ObjectObservation, Observation } from '../types.ts'

/** A face beside the candidate's, followed from frame to frame. */
export interface Other {
  readonly box: Box
  /** Where it was and how it was held when it was first seen. */
  readonly first: HeadPose & { readonly box: Box }
  readonly hasMoved: boolean
}

/** A poster hangs there when the session begins; a face that comes later has come by itself. */
const BEGINNING_MS = 10_000
/** Two boxes that overlap by this much are of one face. */
const SAME_IOU = 0.2
/** More faces than this are not followed. */
const OTHERS_MAX = 12
/**
 * A face that is moved by this share of its height and of the picture's width, or turned by so many degrees, moves by
 * itself. The mesh of a small picture on a wall trembles by 3 degrees, and an unsteady camera shifted it by 16 pixels
 * of 640.
 */
const MOVED_SHARE = 0.3
const MOVED_PICTURE_SHARE = 0.05
const TURNED_DEGREES = 12
/** A face at least this high, against the candidate's, is a person at once: at the candidate's shoulder. */
const NEAR_HEIGHT_SHARE = 0.45
const SCREEN_SCORE_MIN = 0.45
/** So much of a face or a body lies within a screen that shows it. */
const WITHIN_SCREEN = 0.85

/** The faces beside the candidate's after this frame; those that are hidden for a while are kept. */
export function rememberOthers (
  known: readonly Other[],
  { faces, atMs, width }: Observation,
  firstMs: number
): readonly Other[] {
  const seen = faces.slice(1, OTHERS_MAX + 1).map(face => {
    const { box, yawDegrees, pitchDegrees, rollDegrees } = face
    const same = known.find(other => boxIou(other.box, box) >= SAME_IOU)
    if (same === undefined) {
      return { box, first: { box, yawDegrees, pitchDegrees, rollDegrees }, hasMoved: atMs - firstMs > BEGINNING_MS }
    }
    return { ...same, box, hasMoved: same.hasMoved || hasMoved(same.first, face, width) }
  })
  return [...seen, ...known.filter(other => !seen.some(({ box }) => boxIou(box, other.box) >= SAME_IOU))]
    .slice(0, OTHERS_MAX)
}

/**
 * Whether a face is a person in the room. A small face that has been there since the beginning and never moved is a
 * poster or a photograph; what lies within a television is a picture. `objects` are those of the newest look.
 */
export function isPersonInRoom (
  face: FaceObservation,
  { faces }: Observation,
  others: readonly Other[],
  objects: readonly ObjectObservation[]
): boolean {
  const candidate = faces[0]
  if (candidate === undefined || face === candidate) return true
  if (isOnScreen(face.box, objects)) return false
  if (face.box.height >= NEAR_HEIGHT_SHARE * candidate.box.height) return true
  return others.find(({ box }) => box === face.box)?.hasMoved ?? true
}

/** Whether a face or a body lies within a television, and on no person who stands before it. */
export function isOnScreen (box: Box, objects: readonly ObjectObservation[]): boolean {
  return objects.some(
    screen => screen.label === 'tv' && screen.score >= SCREEN_SCORE_MIN &&
      screen.box.height > box.height && boxOverlap(screen.box, box) >= WITHIN_SCREEN &&
      !objects.some(person => isBefore(person, screen.box, box))
  )
}

function isBefore ({ label, box: person }: ObjectObservation, screen: Box, box: Box): boolean {
  return label === 'person' && boxOverlap(person, box) >= WITHIN_SCREEN && boxOverlap(person, screen) < WITHIN_SCREEN
}

function hasMoved (first: Other['first'], face: FaceObservation, pictureWidth: number): boolean {
  const { box } = face
  const shift = Math.hypot(
    box.x + box.width / 2 - first.box.x - first.box.width / 2,
    box.y + box.height / 2 - first.box.y - first.box.height / 2
  )
  return (
    shift > Math.max(MOVED_SHARE * first.box.height, MOVED_PICTURE_SHARE * pictureWidth) ||
    (['yawDegrees', 'pitchDegrees', 'rollDegrees'] as const).some(
      turn => Math.abs(face[turn] - first[turn]) > TURNED_DEGREES
    )
  )
}
