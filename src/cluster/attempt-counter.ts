/** Counts tries by key in a window that the first of them opens and whose end forgets them. */
export interface AttemptCounter {
  /**
   * Counts one try for every key, before it is known how it ends, so that tries at the same time are counted too.
   * Gives 0, or the milliseconds to wait when one of the keys has had its share (nothing is counted then).
   */
  tryAcquire (limits: readonly AttemptLimit[], nowMs: number): number
  /** Tries counted for a key in its window. */
  count (key: string, nowMs: number): number
  /** Takes one try back: it was a good one. */
  release (keys: readonly string[]): void
}

export interface AttemptLimit {
  readonly key: string
  readonly max: number
  /**
   * With it tries beyond `max` are not refused until the window ends, but slowed down: each must come this much later
   * than the one before, then twice as much, and so on, up to the length of the window. The tries are forgotten after a
   * window without any.
   */
  readonly growMs?: number
}

/** Doublings of a wait that are computed; a window ends them long before. */
export const DOUBLINGS_MAX = 30

/** Keys remembered at once; beyond it the oldest is forgotten. One address can make as many as its requests allow. */
const KEYS_MAX = 50_000

interface Window {
  count: number
  endsAtMs: number
  /** No try is taken before; 0: none has to wait. */
  nextAtMs: number
}

/** A counter of this process; `cluster.attempts` counts over all gateways. */
export function createAttemptCounter (windowMs: number, keysMax = KEYS_MAX): AttemptCounter {
  const windows = new Map<string, Window>()

  function open (key: string, nowMs: number): Window | undefined {
    const known = windows.get(key)
    return known === undefined || known.endsAtMs <= nowMs ? undefined : known
  }

  function waitOf ({ key, max, growMs }: AttemptLimit, nowMs: number): number {
    const window = open(key, nowMs)
    if (window === undefined) return 0
    if (growMs !== undefined) return Math.max(0, window.nextAtMs - nowMs)
    return window.count >= max ? window.endsAtMs - nowMs : 0
  }

  function add ({ key, max, growMs }: AttemptLimit, nowMs: number): void {
    const window = open(key, nowMs) ?? { count: 0, endsAtMs: nowMs + windowMs, nextAtMs: 0 }
    window.count++
    if (growMs !== undefined) {
      const waitMs =
        window.count < max ? 0 : Math.min(windowMs, growMs * 2 ** Math.min(window.count - max, DOUBLINGS_MAX))
      window.nextAtMs = nowMs + waitMs
      window.endsAtMs = nowMs + waitMs + windowMs
    }
    if (window.count > 1) return
    windows.delete(key)
    windows.set(key, window)
    if (windows.size > keysMax) {
      const [oldest] = windows.keys()
      if (oldest !== undefined) windows.delete(oldest)
    }
  }

  return {
    tryAcquire (limits, nowMs) {
      const longestMs = Math.max(...limits.map(limit => waitOf(limit, nowMs)))
      if (longestMs > 0) return longestMs
      for (const limit of limits) add(limit, nowMs)
      return 0
    },
    count: (key, nowMs) => open(key, nowMs)?.count ?? 0,
    release (keys) {
      for (const key of keys) {
        const window = windows.get(key)
        if (window === undefined) continue
        window.nextAtMs = 0
        if (--window.count <= 0) windows.delete(key)
      }
    }
  }
}
