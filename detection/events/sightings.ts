import { containsMiddleOf } from '../image/box.ts'
import type { FaceObservation, ObjectObservation, Observation } from '../types.ts'

/** The objects of one frame in which the object detector ran. */
export interface Sightings {
  readonly atMs: number
  /** Best first. */
  readonly objects: readonly ObjectObservation[]
}

/** Frames with objects that are remembered, and objects of each: no rule needs more. */
const FRAMES_MAX = 5
const OBJECTS_MAX = 30
/**
 * The object detector runs every three seconds while nothing changes. After a longer break the earlier sightings are
 * dropped.
 */
const GAP_MS = 5000

/** Animals whose faces the face detectors take for people's when they fill the picture. */
const ANIMALS = ['cat', 'dog', 'bear', 'teddy bear']
const ANIMAL_SCORE_MIN = 0.5

/** The remembered sightings after this frame, newest last. */
export function rememberSightings (
  sightings: readonly Sightings[],
  { atMs, objects }: Observation
): readonly Sightings[] {
  const last = sightings.at(-1)
  const recent = last === undefined || atMs - last.atMs > GAP_MS ? [] : sightings
  return objects === undefined
    ? recent
    : [...recent, { atMs, objects: objects.slice(0, OBJECTS_MAX) }].slice(-FRAMES_MAX)
}

/** The observation without the faces that lie on an animal and on no person, by the newest sightings. */
export function withoutAnimals (observation: Observation, sightings: readonly Sightings[]): Observation {
  const objects = sightings.at(-1)?.objects ?? []
  const animals = objects.filter(({ label, score }) => ANIMALS.includes(label) && score >= ANIMAL_SCORE_MIN)
  if (animals.length === 0) return observation
  const people = objects.filter(({ label }) => label === 'person')
  const isOn = (face: FaceObservation) => ({ box }: ObjectObservation): boolean => containsMiddleOf(box, face.box)
  const faces = observation.faces.filter(face => people.some(isOn(face)) || !animals.some(isOn(face)))
  return faces.length === observation.faces.length ? observation : { ...observation, faces }
}
