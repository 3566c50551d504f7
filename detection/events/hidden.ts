import { boxArea, intersectionArea } from '../image/box.ts'
import type { Box, FaceObservation, ObjectObservation, Observation } from '../types.ts'

/** When something was last seen before a part of the candidate's face: there the mesh guesses. */
export interface Hidden {
  readonly eyesMs?: number
  readonly mouthMs?: number
}

/** Heights of the eyes and the mouth in the box of the mesh, as shares from its top. */
const EYES = [0.18, 0.45] as const
const MOUTH = [0.62, 0.9] as const
/** A hand that covers less of the part touches its edge. */
const HAND_COVERS_MIN = 0.25
/** Boxes of objects are looser than those of hands: a cup beside the mouth reaches over some of it. */
const OBJECT_COVERS_MIN = 0.5
/** A coat or a sofa has the whole face in its box; what is held before a face is hardly larger than it. */
const OBJECT_FACES_MAX = 2
const OBJECT_SCORE_MIN = 0.3
/** These are round the face and not before it. */
const NEVER_BEFORE = ['person', 'tie', 'chair', 'couch']
/** Hands that are followed are looked at every second while they move, so the last finding holds for two looks. */
const HOLD_MS = 2000

/** What is known after this frame. */
export function rememberHidden (before: Hidden, observation: Observation): Hidden {
  const { atMs, faces: [face], hands = [], objects = [] } = observation
  if (face === undefined) return before
  const held = objects.filter(object => isBefore(object, face))
  const isHidden = (part: Box): boolean =>
    hands.some(({ box }) => coveredShare(part, box) >= HAND_COVERS_MIN) ||
    held.some(({ box }) => coveredShare(part, box) >= OBJECT_COVERS_MIN)
  return {
    ...before,
    ...(isHidden(partOf(face, EYES)) && { eyesMs: atMs }),
    ...(isHidden(partOf(face, MOUTH)) && { mouthMs: atMs })
  }
}

/** Whether the part was hidden in this frame or in one shortly before. */
export function isHiddenAt (hiddenMs: number | undefined, atMs: number): boolean {
  return hiddenMs !== undefined && atMs - hiddenMs <= HOLD_MS
}

function isBefore ({ label, score, box }: ObjectObservation, face: FaceObservation): boolean {
  return !NEVER_BEFORE.includes(label) && score >= OBJECT_SCORE_MIN &&
    boxArea(box) <= OBJECT_FACES_MAX * boxArea(face.box)
}

function partOf ({ box }: FaceObservation, [top, bottom]: readonly [top: number, bottom: number]): Box {
  return { ...box, y: box.y + top * box.height, height: (bottom - top) * box.height }
}

/** The share of the part that lies in the cover. */
function coveredShare (part: Box, cover: Box): number {
  return intersectionArea(part, cover) / boxArea(part)
}
