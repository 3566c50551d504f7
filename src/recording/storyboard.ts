import type { Counters } from '../counters.ts'

/** Width of the pictures of a storyboard, at most. */
export const TILE_WIDTH = 160
const STEP_MS = 10_000
/** After so many the step grows by its first length: 10 s for two hours, 20 s for the next four, and so on. */
const TILES_PER_STEP = 720
/** Of one session: 20 hours. */
const TILES_MAX = 4 * TILES_PER_STEP

/** Says which frames of a session's recording become pictures of its storyboard. */
export class StoryboardPace {
  readonly #counts: Counters['storyboard']
  #kept = 0
  #nextMs = -Infinity

  constructor (counts: Counters['storyboard']) {
    this.#counts = counts
  }

  /** Whether a frame of that moment should become one. */
  isDue (atMs: number): boolean {
    if (atMs < this.#nextMs) return false
    if (this.#kept < TILES_MAX) return true
    this.#counts.skipped++
    this.#wait(atMs)
    return false
  }

  kept (atMs: number): void {
    this.#kept++
    this.#counts.kept++
    this.#wait(atMs)
  }

  #wait (atMs: number): void {
    this.#nextMs = atMs + STEP_MS * (1 + Math.floor(this.#kept / TILES_PER_STEP))
  }
}
