import type { FaceObservation } from '../types.ts'
import type { View } from './rule-input.ts'
import { isCutOff, isDark } from './visibility.ts'

/**
 * What a signal returns for a frame: a score (1 = at the rule's limit) with the measured values; `hold` if this frame
 * cannot be judged, which suspends the rule; `skip` if the detector did not run on it. `sinceMs` is the start of
 * the condition if the signal measures it (a median would find it later).
 */
export type Reading =
  | { readonly score: number, readonly measured: Readonly<Record<string, unknown>>, readonly sinceMs?: number }
  | 'hold'
  | 'skip'

/** The numbers and names a signal is measured against. */
export interface Limits {
  readonly limits: Readonly<Record<string, number>>
  readonly labels?: readonly string[]
}

export type Signal = (view: View, rule: Limits) => Reading

/** The named limit; a policy can change limits, never remove one. */
export function limit ({ limits }: Limits, name: string): number {
  const value = limits[name]
  if (value === undefined) throw new Error(`the rule has no limit called ${name}`)
  return value
}

/** A signal of the picture: suspended while the picture shows nothing or is an old one. */
export const ofPicture =
  (read: Signal): Signal =>
    (view, rule) =>
      view.isFrozen || view.blindMs !== undefined ? 'hold' : read(view, rule)

/**
 * A signal of the candidate's face: suspended while no face is found, the picture is too dark, or its edge hides a part
 * of the face, which the mesh then guesses.
 */
export const ofFace =
  (read: (face: FaceObservation, view: View, rule: Limits) => Reading): Signal =>
    (view, rule) => {
      const { observation, isFrozen } = view
      const face = observation.faces[0]
      return face === undefined || isFrozen || isDark(observation) || isCutOff(face, observation)
        ? 'hold'
        : read(face, view, rule)
    }
