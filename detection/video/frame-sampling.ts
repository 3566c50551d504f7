/** Says whether the frame shown at `atMs` is to be kept. Called once a frame, in the order they are shown. */
export type Due = (atMs: number) => boolean

/** Container times are rounded to a millisecond: a frame this much early counts as on time. */
const EARLY_MS = 1

/**
 * Keeps the first frame and then the first one at or after each 1/fps from there, so that the rate does not drift; a
 * gap in the video gives one frame, not several. Without `fps` every frame is kept.
 */
export function every (fps: number | undefined): Due {
  if (fps === undefined) return () => true
  if (!(fps > 0)) throw new RangeError('fps must be more than 0')
  const stepMs = 1000 / fps
  let firstMs: number | undefined
  let nextMs = -Infinity
  return atMs => {
    if (atMs + EARLY_MS < nextMs) return false
    firstMs ??= atMs
    nextMs = firstMs + (Math.floor((atMs + EARLY_MS - firstMs) / stepMs) + 1) * stepMs
    return true
  }
}
