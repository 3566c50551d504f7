import type { HandObservation, Image, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { boxIou, boxOverlap } from '../image/box.ts'
import { boxOfRegion } from '../image/region.ts'
import { trackHand, type TrackedHand } from './landmarks.ts'
import { detectPalms, regionOfPalm, type PalmDetection } from './palms.ts'

export interface HandModels {
  readonly palm: Model
  readonly handLandmark: Model
}

export interface Hands {
  /** Surest first. */
  readonly hands: readonly HandObservation[]
  /** Where to look for each of them in the next frame, in the same order. */
  readonly regions: readonly Region[]
  /** The palm detector ran. */
  readonly isSearched: boolean
}

/** Hands looked at in one picture: bounds its time, at some 2 ms a hand. */
const HANDS_MAX = 8

/** While this many hands are followed, as many as one person has, no new ones are looked for. */
const HANDS_FOLLOWED_ENOUGH = 2

/**
 * Palm score × presence that a new find needs: both models must be sure of it. Ties, collars and clasps taken for hands
 * reached
 * 0.59 at most, hands 0.61 to 0.96 (51 pictures, 60 frames). A hand that was already there may be blurred: following it
 * asks for its presence alone.
 */
const NEW_SCORE_MIN = 0.6

/** Two finds that share this much of their boxes are one hand. */
const SAME_HAND_IOU = 0.5

/** A palm that lies this far inside the region of a followed hand is that hand's. */
const FOLLOWED_OVERLAP = 0.5

/**
 * Hands in the picture. `regions` are those of the previous frame: hands found there again spare the search, and the
 * palm detector runs only when fewer than two are. `isSearchDue` false spares it as long as one is: then a second hand
 * can wait.
 */
export async function detectHands (
  models: HandModels, image: Image, regions: readonly Region[] = [], isSearchDue = true
): Promise<Hands> {
  const found: TrackedHand[] = []
  for (const region of regions.slice(0, HANDS_MAX)) {
    const followed = await trackHand(models, image, region)
    if (followed !== undefined) found.push(followed)
  }
  const followed = mergeHands(found)
  if (followed.length >= HANDS_FOLLOWED_ENOUGH || (followed.length > 0 && !isSearchDue)) {
    return { ...split(followed), isSearched: false }
  }
  const palms = await detectPalms(models, image)
  const fresh: TrackedHand[] = []
  for (const palm of palms.filter(palm => !isFollowed(palm, followed)).slice(0, HANDS_MAX - followed.length)) {
    const tracked = await trackHand(models, image, regionOfPalm(palm))
    if (tracked !== undefined && palm.score * tracked.hand.score >= NEW_SCORE_MIN) fresh.push(tracked)
  }
  return { ...split(mergeHands([...followed, ...fresh])), isSearched: true }
}

function isFollowed (palm: PalmDetection, followed: readonly TrackedHand[]): boolean {
  return followed.some(
    ({ hand, nextRegion }) =>
      boxOverlap(palm.box, hand.box) > FOLLOWED_OVERLAP &&
      boxOverlap(palm.box, boxOfRegion(nextRegion)) > FOLLOWED_OVERLAP
  )
}

/** Leaves the surest of those that are one hand; surest first. */
export function mergeHands (tracked: readonly TrackedHand[]): TrackedHand[] {
  const kept: TrackedHand[] = []
  for (const candidate of [...tracked].sort((a, b) => b.hand.score - a.hand.score)) {
    if (!kept.some(({ hand }) => boxIou(hand.box, candidate.hand.box) > SAME_HAND_IOU)) kept.push(candidate)
  }
  return kept
}

function split (tracked: readonly TrackedHand[]): Omit<Hands, 'isSearched'> {
  return { hands: tracked.map(({ hand }) => hand), regions: tracked.map(({ nextRegion }) => nextRegion) }
}
