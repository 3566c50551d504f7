import { boxIou } from '../image/box.ts'
import type { Box, FaceObservation, Observation } from '../types.ts'
import type { Other } from './others.ts'

/** The candidate's face when it was last seen. */
export interface LastSeen {
  readonly box: Box
  readonly atMs: number
  /** Pixels: the height of the face over the last seconds. */
  readonly usualHeight: number
}

/**
 * Shares of the candidate's usual face height. A face that was seen before and has not moved is a picture on the wall
 * below the first share; a new face is one below the second. A larger new face may be of a person who took the seat.
 */
const KNOWN_SHARE = 0.45
const NEW_SHARE = 0.3
/** A face that overlaps by this much the candidate's of a moment ago is the candidate's, who moves away. */
const SAME_IOU = 0.3
const SAME_MS = 2000
/** Share of a new height in the usual one: some five seconds at two frames a second. */
const HEIGHT_SHARE = 0.1

export interface Faces {
  readonly candidate: FaceObservation | undefined
  /** All others, largest first. */
  readonly others: readonly FaceObservation[]
}

/**
 * Which of the faces is the candidate's: the largest, unless it is a small one that has never moved. When the candidate
 * leaves, a poster is the only face left, and it must not hide that.
 */
export function splitFaces (
  { faces, atMs }: Observation, known: readonly Other[], last: LastSeen | undefined
): Faces {
  const candidate = faces.find(face => isCandidate(face, atMs, known, last))
  return { candidate, others: faces.filter(face => face !== candidate) }
}

function isCandidate (
  { box }: FaceObservation, atMs: number, known: readonly Other[], last: LastSeen | undefined
): boolean {
  if (last === undefined || box.height >= KNOWN_SHARE * last.usualHeight) return true
  if (atMs - last.atMs <= SAME_MS && boxIou(box, last.box) >= SAME_IOU) return true
  const before = known.find(other => boxIou(other.box, box) >= SAME_IOU)
  return before === undefined ? box.height >= NEW_SHARE * last.usualHeight : before.hasMoved
}

/** What is known of the candidate's face after this frame. */
export function rememberCandidate (
  last: LastSeen | undefined, candidate: FaceObservation | undefined, atMs: number
): LastSeen | undefined {
  if (candidate === undefined) return last
  const { box } = candidate
  const usual = last?.usualHeight ?? box.height
  return { box, atMs, usualHeight: usual + HEIGHT_SHARE * (box.height - usual) }
}
