import type { Box, ObjectObservation } from '../types.ts'
import { boxArea, boxOverlap } from '../image/box.ts'

/*
 * What the detector makes of people, measured with YOLOX-nano on 169 pictures in 25 versions of each: darker, smaller,
 * turned, noisy, in other colours, at the side of a larger picture.
 */

/**
 * A person who is no surer than this and of whom, or of a surer one, most lies within the other is the same (a head and
 * an arm, a flag or a curtain beside it): such scored 0.25 to 0.43. No rule counts less than 0.45; people behind or
 * before others score 0.8.
 */
const PART_SCORE_MAX = 0.45
const PART_OVERLAP = 0.6

/**
 * A phone round a whole face, and no larger than a head, is the head: hair and chin in front of a bright wall. 1.6 to
 * 2.5 times the face, at scores of 0.26 to 0.7. Of phones at an ear no sixth of the face is covered; a phone that shows
 * a face is larger than it.
 */
const HEAD_COVERS = 0.8
const HEAD_SIZE_MAX = 3

/** A face with this share of its box inside a person belongs to that person; the person's box may begin at the chin. */
const FACE_WITHIN = 0.3

/**
 * A person narrower than a face that begins under it, within a face's height of the chin, is clothing:
 * CenterNet takes ties for persons at scores up to 0.84. Nobody is seen through a chest.
 */
const WORN_UNDER = 1

/** The objects without persons who are parts of others. Best first, as they come. Where two faces are, both stay. */
export function withoutParts (objects: readonly ObjectObservation[], faces: readonly Box[] = []): ObjectObservation[] {
  const kept: ObjectObservation[] = []
  for (const object of objects) {
    if (
      isPerson(object) &&
      (isWorn(object.box, faces) ||
        (object.score < PART_SCORE_MAX && kept.some(surer => isPerson(surer) && isOne(surer.box, object.box, faces))))
    ) { continue }
    kept.push(object)
  }
  return kept
}

/** Whether two boxes are one person: one lies in the other, and they have not a face each. */
function isOne (a: Box, b: Box, faces: readonly Box[]): boolean {
  if (boxOverlap(a, b) <= PART_OVERLAP) return false
  const [part, whole] = boxArea(a) < boxArea(b) ? [a, b] : [b, a]
  const inPart = (face: Box): boolean => boxOverlap(part, face) > FACE_WITHIN
  return !faces.some(inPart) || !faces.some(face => boxOverlap(whole, face) > FACE_WITHIN && !inPart(face))
}

function isWorn ({ x, y, width }: Box, faces: readonly Box[]): boolean {
  const middle = x + width / 2
  return faces.some(face => width <= face.width && middle >= face.x && middle <= face.x + face.width &&
    y >= face.y + face.height / 2 && y <= face.y + (1 + WORN_UNDER) * face.height)
}

/** Whether this box, said to be a phone, is one of the heads with these faces. */
export function isHead (box: Box, faces: readonly Box[]): boolean {
  return faces.some(
    face =>
      boxArea(face) <= boxArea(box) &&
      boxArea(box) <= HEAD_SIZE_MAX * boxArea(face) &&
      boxOverlap(box, face) >= HEAD_COVERS
  )
}

/**
 * How many people are seen: persons, and faces that are in none of them. A face that fills the picture is often no
 * person to the detector.
 */
export function countPeople (objects: readonly ObjectObservation[], faces: readonly Box[]): number {
  const people = objects.filter(isPerson)
  return people.length + faces.filter(face => !people.some(({ box }) => boxOverlap(box, face) > FACE_WITHIN)).length
}

function isPerson ({ label }: ObjectObservation): boolean {
  return label === 'person'
}
