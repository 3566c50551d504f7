import type { Box, ObjectObservation } from '../types.ts'
import { boxArea, boxOverlap } from '../image/box.ts'

/*
 * What the detector makes of people, measured with YOLOX-nano on 169 pictures in 25 versions of each: darker, smaller, turned,
 * noisy, in other colours, at the side of a larger picture.
 */

/**
 * A person who is no surer than this and lies mostly within a larger person is a part of that one (a head and an arm, a flag or a
 * curtain beside it): such scored 0.25 to 0.43. No rule counts less than 0.45; people behind or before others, 0.8.
 */
const PART_SCORE_MAX = 0.45
const PART_OVERLAP = 0.6

/**
 * A phone round a whole face, and no larger than a head, is the head: hair and chin in front of a bright wall. 1.6 to 2.5 times the
 * face, at scores of 0.26 to 0.7. Of phones at an ear no sixth of the face is covered; a phone that shows a face is larger than it.
 */
const HEAD_COVERS = 0.8
const HEAD_SIZE_MAX = 3

/** A face that lies so far within a person is that person's. */
const FACE_WITHIN = 0.5

/** The objects without weak persons that are parts of another. Best first, as they come. A part with a face stays where the whole has another. */
export function withoutParts (objects: readonly ObjectObservation[], faces: readonly Box[] = []): ObjectObservation[] {
  const people = objects.filter(isPerson)
  const isPart = (part: ObjectObservation): boolean => part.score < PART_SCORE_MAX && people.some(whole =>
    whole.score > part.score && boxArea(whole.box) > boxArea(part.box) && boxOverlap(whole.box, part.box) > PART_OVERLAP && !areTwo(whole, part, faces))
  return objects.filter(object => !isPerson(object) || !isPart(object))
}

function areTwo (whole: ObjectObservation, part: ObjectObservation, faces: readonly Box[]): boolean {
  const within = (person: ObjectObservation) => (face: Box) => boxOverlap(person.box, face) > FACE_WITHIN
  return faces.some(within(part)) && faces.filter(within(whole)).some(face => !within(part)(face))
}

/** Whether this box, said to be a phone, is one of the heads with these faces. */
export function isHead (box: Box, faces: readonly Box[]): boolean {
  return faces.some(face => boxArea(face) <= boxArea(box) && boxArea(box) <= HEAD_SIZE_MAX * boxArea(face) && boxOverlap(box, face) >= HEAD_COVERS)
}

/** How many people are seen: persons, and faces that are in none of them. A face that fills the picture is often no person to the detector. */
export function countPeople (objects: readonly ObjectObservation[], faces: readonly Box[]): number {
  const people = objects.filter(isPerson)
  return people.length + faces.filter(face => !people.some(({ box }) => boxOverlap(box, face) > FACE_WITHIN)).length
}

function isPerson ({ label }: ObjectObservation): boolean {
  return label === 'person'
}
