/** One raw score at its time. */
export interface Score {
  readonly score: number
  readonly atMs: number
}

/**
 * The window after one more score, newest last: at most `size` entries, none older than `gapMs` before its successor.
 */
export function extend (window: readonly Score[], next: Score, size: number, gapMs: number): readonly Score[] {
  const last = window.at(-1)
  const kept = last !== undefined && next.atMs - last.atMs > gapMs ? [] : window
  return [...kept, next].slice(-size)
}

/**
 * The median of the last `size` scores; scores that have not come yet count as the lowest, so that one lucky frame
 * proves nothing (after Frigate's tracked objects).
 */
export function median (window: readonly Score[], size: number): number {
  const sorted = window.map(entry => entry.score)
  while (sorted.length < size) sorted.push(0)
  sorted.sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** When a median that is high now first had reason to be: the first high score in the window. */
export function firstHigh (window: readonly Score[], enterScore: number): number | undefined {
  return window.find(entry => entry.score >= enterScore)?.atMs
}

/** The first of the low scores at the window's end; `undefined` when the newest score is not low. */
export function firstLow (window: readonly Score[], leaveScore: number): number | undefined {
  let atMs: number | undefined
  for (const entry of window.toReversed()) {
    if (entry.score >= leaveScore) break
    atMs = entry.atMs
  }
  return atMs
}
