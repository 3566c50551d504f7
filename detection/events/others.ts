import { boxArea, boxIou, boxOverlap, containsMiddleOf, intersectionArea } from '../image/box.ts'
import type { Box, FaceObservation, HeadPose, ObjectObservation, Observation } from '../types.ts'

/** A face beside the candidate's, followed from frame to frame. */
export interface Other {
  readonly box: Box
  /** Where it was and how it was held when it was first seen. */
  readonly first: HeadPose & { readonly box: Box }
  readonly hasMoved: boolean
  /** It was not there when the session began. */
  readonly cameLater: boolean
}

/** Most posters hang there when the session begins. */
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
export const NEAR_HEIGHT_SHARE = 0.45
/** A portrait is at most so many faces high; a person who stands behind one is twice that. */
export const PORTRAIT_FACES_MAX = 5
/** A body of which so much lies within the candidate's may be a part of it. */
const PART_SHARE = 0.5
/** A body that ends below this share of the picture's height is cut off by its lower edge. */
const LOWER_EDGE = 0.95
const SCREEN_SCORE_MIN = 0.45
/** So much of a face or a body lies within a screen that shows it. */
const WITHIN_SCREEN = 0.85

/** The faces beside the candidate's after this frame, in which `faces` are; those hidden for a while are kept. */
export function rememberOthers (
  known: readonly Other[],
  faces: readonly FaceObservation[],
  { atMs, width }: Pick<Observation, 'atMs' | 'width'>,
  firstMs: number
): readonly Other[] {
  const seen = faces.slice(0, OTHERS_MAX).map(face => {
    const { box, yawDegrees, pitchDegrees, rollDegrees } = face
    const same = known.find(other => boxIou(other.box, box) >= SAME_IOU)
    if (same === undefined) {
      const first = { box, yawDegrees, pitchDegrees, rollDegrees }
      return { box, first, hasMoved: false, cameLater: atMs - firstMs > BEGINNING_MS }
    }
    return { ...same, box, hasMoved: same.hasMoved || hasMoved(same.first, face, width) }
  })
  return [...seen, ...known.filter(other => !seen.some(({ box }) => boxIou(box, other.box) >= SAME_IOU))]
    .slice(0, OTHERS_MAX)
}

/**
 * Whether a face is a person in the room. A small face that never moved is a poster or a photograph if it has been
 * there since the beginning or if its body ends in mid-air; what lies within a television is a picture. `objects` are
 * those of the newest look, undefined if nothing looks for objects.
 */
export function isPersonInRoom (
  face: FaceObservation,
  { faces, height }: Observation,
  others: readonly Other[],
  objects: readonly ObjectObservation[] | undefined
): boolean {
  const candidate = faces[0]
  if (candidate === undefined || face === candidate) return true
  if (objects !== undefined && isOnScreen(face.box, objects)) return false
  if (face.box.height >= NEAR_HEIGHT_SHARE * candidate.box.height) return true
  const other = others.find(({ box }) => box === face.box)
  if (other === undefined || other.hasMoved) return true
  return other.cameLater && (objects === undefined || standsInRoom(face.box, candidate.box, objects, height))
}

/**
 * Whether the body below a face goes on to the lower edge of the picture or to the candidate, who hides the rest, or is
 * too tall for a portrait. If no body of its own is seen, shoulders are assumed one face below the chin.
 */
function standsInRoom (face: Box, candidate: Box, objects: readonly ObjectObservation[], height: number): boolean {
  const bodies = objects.flatMap(({ label, box }) => label === 'person' ? [box] : [])
  const mine = bodies.find(body => containsMiddleOf(body, candidate)) ?? candidate
  const body = bodies.find(
    box => containsMiddleOf(box, face) && !containsMiddleOf(box, candidate) && !isPartOf(box, mine)
  )
  const bottom = body === undefined ? face.y + 2 * face.height : body.y + body.height
  const middle = face.x + face.width / 2
  const isBehindCandidate =
    middle >= mine.x && middle <= mine.x + mine.width && bottom >= candidate.y + candidate.height
  return isBehindCandidate || bottom >= LOWER_EDGE * height ||
    (body !== undefined && body.height > PORTRAIT_FACES_MAX * face.height)
}

/**
 * Whether most of a body lies within the candidate's: the detector joins a poster and a shoulder of the candidate to
 * one body. A person who stands there instead will move.
 */
export function isPartOf (body: Box, mine: Box): boolean {
  return intersectionArea(body, mine) >= PART_SHARE * boxArea(body)
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
