/** Counts attempts by key in a window; the first attempt opens the window, and its end resets the count. */
export interface AttemptCounter {
  /**
   * Counts one attempt for every key before its result is known, so that concurrent attempts are counted too.
   * Returns 0, or the milliseconds to wait if one of the keys is at its limit (then nothing is counted).
   */
  tryAcquire (limits: readonly AttemptLimit[], nowMs: number): number
  /** Number of attempts of a key in its window. */
  count (key: string, nowMs: number): number
  /** Removes one attempt, after it has succeeded. */
  release (keys: readonly string[]): void
}

export interface AttemptLimit {
  readonly key: string
  readonly max: number
  /**
   * With it attempts beyond `max` are slowed down instead of refused until the window ends: each must come this much
   * later than the one before, then twice as much, and so on, up to the length of the window. A window without an
   * attempt resets the count.
   */
  readonly growMs?: number
}

/** Most doublings of a wait; the length of the window limits the wait long before. */
export const DOUBLINGS_MAX = 30

/** Most keys in memory; the oldest is dropped. The rate limit bounds how many keys one address can create. */
const KEYS_MAX = 50_000

interface Window {
  count: number
  endsAtMs: number
  /** No attempt is accepted before this time; 0: at once. */
  nextAtMs: number
}

/** Counts in this process; `cluster.attempts` counts over all gateways. */
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
