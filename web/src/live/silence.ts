/**
 * Tells when a line is dead although the browser calls it open: frames go out, and nothing comes back. Each frame has
 * an answer, so silence means that the frames or the answers are lost.
 */
export interface Silence {
  /** A frame went out at `nowMs`. */
  sent (nowMs: number): void
  /** Anything came in; `isAnswer`: of a frame. */
  heard (isAnswer: boolean): void
  /** Whether to connect anew. Each time it says so, the next silence must last twice as long: a server may be slow. */
  isDead (nowMs: number): boolean
}

const SILENT_MS = 10_000
const SILENT_MS_MAX = 80_000

export function createSilence (): Silence {
  /** When the first frame went out that has no answer yet. */
  let unansweredSinceMs: number | undefined
  let limitMs = SILENT_MS
  return {
    sent (nowMs) { unansweredSinceMs ??= nowMs },
    heard (isAnswer) {
      unansweredSinceMs = undefined
      if (isAnswer) limitMs = SILENT_MS
    },
    isDead (nowMs) {
      if (unansweredSinceMs === undefined || nowMs - unansweredSinceMs < limitMs) return false
      unansweredSinceMs = undefined
      limitMs = Math.min(SILENT_MS_MAX, limitMs * 2)
      return true
    }
  }
}
