import { defined } from '../../lib/defined.ts'
import type { Box, Image, ObjectLook, ObjectObservation, Region } from '../types.ts'
import { boxOfRegion } from '../image/region.ts'
import { afterCloserLook, closerSquare, placeToLook, surestPhone, type Places } from '../objects/closer.ts'
import { detectObjects, lookForObjects } from '../objects/detect.ts'
import { BOOK_SCORE_MIN, detectOpenImages, lowerPart, PARTS_FROM, withBooks } from '../objects/open-images.ts'
import { withoutParts } from '../objects/people.ts'
import { withoutRivals } from '../objects/rivals.ts'
import { objectScoreMin, unsureScoreMin } from '../objects/thresholds.ts'
import type { Cadence } from './cadence.ts'
import type { Models } from './load-models.ts'
import type { FrameStages } from './stages.ts'

/** What the search for objects in a session remembers from frame to frame. */
export interface ObjectSearch {
  /** Number of the part of the picture at which the second detector looks next. */
  readonly part: number
  /** Its looks in a row that may have shown a book. */
  readonly finds: number
  /** Looks of the first detector so far. */
  readonly turn: number
  /** Where the last one of them saw what may be a phone. */
  readonly phone?: Box
}

const INITIAL_SEARCH: ObjectSearch = { part: 0, finds: 0, turn: 0 }

/** After as many finds in a row a rule has what it needs; then the detector looks at its usual rate again. */
const FINDS_ENOUGH = 4

export interface Searched {
  /** What is reported; absent when the first detector did not run. */
  readonly objects?: readonly ObjectObservation[] | undefined
  readonly looks?: readonly ObjectLook[]
  readonly search?: ObjectSearch
}

/** Objects of a picture by itself: both detectors, at the whole and at parts of it. */
export async function objectsOfStill (
  models: Models, turn: FrameStages, image: Image, faces: readonly Box[]
): Promise<Searched> {
  const first = await turn.timed('objects', async () => await detectObjects(models, image, { faces, zoom: 'tiles' }))
  const books = await turn.timed('books', async () => {
    const found: ObjectObservation[] = []
    for (const from of PARTS_FROM) {
      found.push(...await detectOpenImages(models.openImages, image, lowerPart(image, from)))
    }
    return found
  })
  return { objects: withBooks(first, books) }
}

/**
 * The looks for objects that are due in a session's frame. The first detector looks at the whole picture, and more
 * closely at what may be a phone; the second one, for books, rarely and at one part of the picture after the other, and
 * soon again where it may have seen one.
 */
export async function searchObjects (
  models: Models,
  cadence: Cadence,
  turn: FrameStages,
  image: Image,
  { faces, hands, moved, search = INITIAL_SEARCH }: {
    readonly faces: readonly Box[]
    readonly hands: readonly Region[]
    readonly moved: boolean
    readonly search?: ObjectSearch | undefined
  }
): Promise<Searched> {
  const looks: ObjectLook[] = []
  let phone: ObjectObservation | undefined
  const objects = await turn.ifDue('objects', moved ? cadence.objectsMs : cadence.objectsStillMs, async () => {
    const found = await lookForHeld(models, image, faces, { last: search.phone, hands, turn: search.turn })
    phone = surestPhone(found, faces)
    looks.push({ by: 'objects', part: { x: 0, y: 0, width: image.width, height: image.height }, objects: found })
    const sure = found.filter(({ label, score }) => score >= objectScoreMin(label))
    return withoutRivals(withoutParts(sure, faces))
  })
  const isDoubtful = search.finds > 0 && search.finds < FINDS_ENOUGH
  const region = lowerPart(image, PARTS_FROM[search.part]!)
  const held = await turn.ifDue('books', isDoubtful ? cadence.booksAgainMs : cadence.booksMs, async () =>
    await detectOpenImages(models.openImages, image, region))
  if (held !== undefined) looks.push({ by: 'openImages', part: boxOfRegion(region), objects: held })
  const { phone: last, ...others } = nextSearch(search, held)
  const next = objects === undefined
    ? { ...others, ...defined({ phone: last }) }
    : { ...others, turn: search.turn + 1, ...defined({ phone: phone?.box }) }
  return { objects, search: next, ...(looks.length > 0 && { looks }) }
}

/** A look at the whole picture, and a closer one where a phone may be. */
async function lookForHeld (
  models: Models, image: Image, faces: readonly Box[], places: Places
): Promise<ObjectObservation[]> {
  const options = { faces, scoreMin: unsureScoreMin }
  const found = await lookForObjects(models.objects, image, options)
  const place = placeToLook(found, faces, places)
  if (place === undefined) return found
  const square = closerSquare(place, image)
  return afterCloserLook(found, place, await lookForObjects(models.objects, image, { ...options, square }))
}

function nextSearch (search: ObjectSearch, held: readonly ObjectObservation[] | undefined): ObjectSearch {
  if (held === undefined) return search
  return held.some(({ label, score }) => label === 'book' && score >= BOOK_SCORE_MIN)
    ? { ...search, finds: Math.min(search.finds + 1, FINDS_ENOUGH) }
    : { ...search, part: (search.part + 1) % PARTS_FROM.length, finds: 0 }
}
