import { randomInt } from 'node:crypto'

/** Incidents that a reviewer opens before many are dismissed at once: a tenth of them, within these bounds. */
export const SAMPLE_MIN = 5
export const SAMPLE_MAX = 20
export const SAMPLE_SHARE = 0.1

export const sampleSize = (count: number): number =>
  Math.min(count, SAMPLE_MAX, Math.max(SAMPLE_MIN, Math.ceil(count * SAMPLE_SHARE)))

/** Draws the sample at random, so that the reviewer cannot know beforehand which incidents it contains. */
export function drawSample (ids: readonly string[]): string[] {
  const left = [...ids]
  return Array.from({ length: sampleSize(ids.length) }, () => left.splice(randomInt(left.length), 1)[0]!)
}
