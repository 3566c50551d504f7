import type { Box, ObjectObservation, Region } from '../types.ts'
import { boxOverlap } from '../image/box.ts'
import { boxOfRegion } from '../image/region.ts'
import { areRivals } from './rivals.ts'
import { ZOOM_LABEL } from './zoom.ts'

/*
 * Closer looks in sessions, for phones: a second run of the detector at a part of the picture in which the first one
 * was unsure. Unsure phones gain by it (0.06 to 0.16 became 0.2 to 0.5), heads, collars and shirts lose (0.13 to 0.31
 * became 0.00 to 0.11). So the closer look replaces the unsure score.
 */

/** The closer look's box may differ in size, since it sees more of a small thing. */
const SAME_PLACE_OVERLAP = 0.3
/**
 * A closer look alone is never sure: sticks of butter, badges and microphones in hands reach 0.5 to 0.8 in it. Held at
 * this, three of them must agree, and another name for the thing at 0.2 outweighs it.
 */
const CLOSER_MAX = 0.35
/** A phone at this score needs no closer look. */
const SURE_MIN = 0.45
/** The square's side in sizes of the thing, and its least share of the picture's shorter side. */
const SIDE = 2.5
const SIDE_SHARE_MIN = 0.3
/**
 * Badges on the chest score 0.05, and 0.8 in a closer look. Below this score, what hangs under a face is not looked at;
 * a phone in front of the chest scores more.
 */
const HANGING_MIN = 0.15

type Size = { readonly width: number, readonly height: number }

/** The surest of what may be a phone. */
export function surestPhone (
  objects: readonly ObjectObservation[],
  faces: readonly Box[]
): ObjectObservation | undefined {
  return objects.find(({ label, score, box }) =>
    label === ZOOM_LABEL && (score >= HANGING_MIN || !faces.some(face => hangsUnder(box, face))))
}

/** What of the earlier looks a closer look may go to. */
export interface Places {
  /** Where the last look saw what may be a phone. */
  readonly last?: Box | undefined
  readonly hands: readonly Region[]
  /** Number of the look: every third one goes to a hand, by turns. */
  readonly turn: number
}

/** Looks at hands are one in so many: they cost as much as the first look, and most hands are empty. */
const HAND_EVERY = 3

/**
 * The place for a closer look: what may be a phone in the first look, else where one was seen last, else a hand now
 * and then. None where a phone is sure already.
 */
export function placeToLook (
  objects: readonly ObjectObservation[],
  faces: readonly Box[],
  { last, hands, turn }: Places
): Box | undefined {
  const phone = surestPhone(objects, faces)
  if (phone !== undefined) return phone.score >= SURE_MIN ? undefined : phone.box
  if (last !== undefined) return last
  const hand = turn % HAND_EVERY === 0 ? hands[turn / HAND_EVERY % hands.length] : undefined
  return hand === undefined ? undefined : boxOfRegion(hand)
}

function hangsUnder (box: Box, face: Box): boolean {
  const x = box.x + box.width / 2
  return x >= face.x && x <= face.x + face.width && box.y >= face.y + face.height
}

/** The square of the picture in which a thing is looked at more closely. */
export function closerSquare ({ x, y, width, height }: Box, picture: Size): Region {
  const short = Math.min(picture.width, picture.height)
  const side = Math.min(short, Math.max(SIDE * Math.max(width, height), SIDE_SHARE_MIN * short))
  const within = (center: number, length: number): number =>
    Math.min(Math.max(center, side / 2), length - side / 2)
  return {
    centerX: within(x + width / 2, picture.width),
    centerY: within(y + height / 2, picture.height),
    width: side,
    height: side,
    rotation: 0
  }
}

/** The objects of the first look, with what the closer look says of phones at this place. Best first. */
export function afterCloserLook (
  objects: readonly ObjectObservation[],
  place: Box,
  closer: readonly ObjectObservation[]
): ObjectObservation[] {
  const isPhoneThere = ({ label, box }: ObjectObservation): boolean =>
    label === ZOOM_LABEL && boxOverlap(box, place) > SAME_PLACE_OVERLAP
  const phone = closer.find(isPhoneThere)
  const seen = phone === undefined
    ? []
    : [{ ...phone, score: Math.min(phone.score, CLOSER_MAX) }, ...closer.filter(other => areRivals(other, phone))]
  return [...objects.filter(object => !isPhoneThere(object)), ...seen].sort((a, b) => b.score - a.score)
}
