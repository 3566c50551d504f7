/** The pictures that this page received, kept in its memory for a while; nothing of it is stored elsewhere. */

export interface Picture {
  readonly atMs: number
  /** JPEG in base64. */
  readonly data: string
}

/** How long pictures are kept, how far apart, and how many of one candidate at most. */
export const KEPT_MS = 600_000
export const APART_MS = 2_000
export const KEPT_MAX = 330

/** The strip after one more picture: pictures that are too close to the one before, or too old, are left out. */
export function keepPicture (strip: readonly Picture[], picture: Picture): readonly Picture[] {
  const last = strip.at(-1)
  if (last !== undefined && picture.atMs - last.atMs < APART_MS && picture.atMs >= last.atMs) return strip
  const fresh = strip.filter(({ atMs }) => picture.atMs - atMs <= KEPT_MS && atMs <= picture.atMs)
  return [...fresh.slice(-(KEPT_MAX - 1)), picture]
}

/** The picture that was shown at a moment: the last one before it, or the first one after it. */
export function pictureAt (strip: readonly Picture[], atMs: number): Picture | undefined {
  return strip.filter(picture => picture.atMs <= atMs).at(-1) ?? strip[0]
}

/** So many pictures from the strip between two moments, evenly spread. */
export function sample (strip: readonly Picture[], fromMs: number, toMs: number, count: number): Picture[] {
  const within = strip.filter(({ atMs }) => atMs >= fromMs - APART_MS && atMs <= toMs + APART_MS)
  if (within.length <= count) return within
  return Array.from({ length: count }, (_, at) => within[Math.round(at * (within.length - 1) / (count - 1))]!)
}
