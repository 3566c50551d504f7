import type { Box, FaceObservation, ObjectObservation, Observation } from '../types.ts'
import { boxIou } from '../image/box.ts'

/** A frame in which objects were looked for. */
export interface Look {
  readonly atMs: number
  /** Best first. */
  readonly objects: readonly ObjectObservation[]
}

/** The rules look back at no more looks, and keep so many objects of each. */
const LOOKS_MAX = 5
const OBJECTS_MAX = 30
/**
 * Objects are looked for every three seconds while nothing changes; after more than this the looks are of another time.
 */
const GAP_MS = 5000

/** Whose faces the detectors take for people's, when they fill the picture. */
const ANIMALS = ['cat', 'dog', 'bear', 'teddy bear']
const ANIMAL_SCORE_MIN = 0.5

/** Two boxes of one thing that lies still while its holder breathes. */
const SAME_PLACE_IOU = 0.5

/** The looks after this frame, newest last. */
export function rememberLook (looks: readonly Look[], { atMs, objects }: Observation): readonly Look[] {
  const last = looks.at(-1)
  const recent = last === undefined || atMs - last.atMs > GAP_MS ? [] : looks
  return objects === undefined
    ? recent
    : [...recent, { atMs, objects: objects.slice(0, OBJECTS_MAX) }].slice(-LOOKS_MAX)
}

/** The observation without the faces that lie on an animal and on no person, as of the newest look. */
export function withoutAnimals (observation: Observation, looks: readonly Look[]): Observation {
  const objects = looks.at(-1)?.objects ?? []
  const animals = objects.filter(({ label, score }) => ANIMALS.includes(label) && score >= ANIMAL_SCORE_MIN)
  if (animals.length === 0) return observation
  const people = objects.filter(({ label }) => label === 'person')
  const isOn = (face: FaceObservation) => ({ box }: ObjectObservation): boolean => holdsMiddle(box, face.box)
  const faces = observation.faces.filter(face => people.some(isOn(face)) || !animals.some(isOn(face)))
  return faces.length === observation.faces.length ? observation : { ...observation, faces }
}

/**
 * For how many looks in a row, the newest included, something of `labels` has been seen where `box` is, with at least
 * `scoreMin`; and since when.
 */
export function seenInARow (
  looks: readonly Look[],
  box: Box,
  labels: readonly string[],
  scoreMin: number
): { readonly looks: number, readonly sinceMs: number } {
  let count = 0
  let sinceMs = 0
  for (const { atMs, objects } of looks.toReversed()) {
    if (
      !objects.some(
        object => labels.includes(object.label) && object.score >= scoreMin && boxIou(object.box, box) >= SAME_PLACE_IOU
      )
    ) { break }
    count++
    sinceMs = atMs
  }
  return { looks: count, sinceMs }
}

function holdsMiddle (outer: Box, inner: Box): boolean {
  const x = inner.x + inner.width / 2
  const y = inner.y + inner.height / 2
  return x >= outer.x && x <= outer.x + outer.width && y >= outer.y && y <= outer.y + outer.height
}
