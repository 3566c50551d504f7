import { defined } from '../../lib/defined.ts'
import { middle } from './baseline.ts'
import { limit, ofFace, type Signal } from './signal.ts'

/*
 * A candidate's usual distance to the enrolled face. Of 24,844 pairs of strangers 46 lie below the limit for the same
 * person, and 5 of these also within 0.15 of the enrolled person's usual distance. Of 788 pairs of one person, in
 * different light, with glasses and without, none lies further above the usual than 0.132.
 */

/** The usual distance is the median of so many comparisons: some of the first minute. */
const LEARN_COUNT = 5

/** The first distances of a session after one more. */
export function learnDistance (known: readonly number[], distance: number): readonly number[] {
  return known.length < LEARN_COUNT ? [...known, distance] : known
}

/** The candidate's usual distance; undefined while too few are known. */
export function usualDistance (known: readonly number[]): number | undefined {
  return known.length < LEARN_COUNT ? undefined : middle(known)
}

/** The distance to the enrolled face, in the frames in which it was measured; a head turned away cannot be compared. */
export const identityMismatch: Signal = ofFace((face, { observation: { identity } }, rule) => {
  if (Math.max(Math.abs(face.yawDegrees), Math.abs(face.pitchDegrees)) > limit(rule, 'turnDegrees')) return 'hold'
  if (identity === undefined) return 'skip'
  return { score: identity.distance / limit(rule, 'distance'), measured: { distance: identity.distance } }
})

/**
 * Distances too large for the same person, or much larger than is usual for this candidate, and too small for another
 * person. Larger distances are reported by `identity_mismatch`.
 */
export const identityUnsure: Signal = (view, rule) => {
  const reading = identityMismatch(view, rule)
  const distance = view.observation.identity?.distance
  if (typeof reading === 'string' || distance === undefined) return reading
  if (distance >= limit(rule, 'otherFromDistance')) return 'hold'
  const usual = view.usualDistance
  const limitDistance = Math.min(limit(rule, 'distance'), (usual ?? Infinity) + limit(rule, 'aboveUsualDistance'))
  return {
    score: distance / limitDistance,
    measured: { distance, limitDistance, ...defined({ usualDistance: usual }) }
  }
}
