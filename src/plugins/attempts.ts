/** Counts tries by key within a sliding start: the first try of a key opens its window, and the window's end forgets it. */
export interface Attempts {
  /**
   * Counts one try for every key, before it is known how it ends, so that tries at the same time are counted too.
   * Gives 0, or the milliseconds to wait when one of the keys has had its share (nothing is counted then).
   */
  take (limits: readonly AttemptLimit[], nowMs: number): number
  /** Tries counted for a key in its window. */
  count (key: string, nowMs: number): number
  /** Takes one try back: it was a good one. */
  giveBack (keys: readonly string[]): void
}

export interface AttemptLimit {
  readonly key: string
  readonly max: number
}

/** Keys remembered at once; beyond it the oldest is forgotten. One address can make as many as its requests allow. */
const KEYS_MAX = 50_000

/** A counter of this process; `cluster.attempts` counts over all gateways. */
export function createAttempts (windowMs: number, keysMax = KEYS_MAX): Attempts {
  const windows = new Map<string, { count: number, endsAtMs: number }>()

  function open (key: string, nowMs: number) {
    const known = windows.get(key)
    return known === undefined || known.endsAtMs <= nowMs ? undefined : known
  }

  return {
    take (limits, nowMs) {
      const waitMs = limits.map(({ key, max }) => {
        const window = open(key, nowMs)
        return window !== undefined && window.count >= max ? window.endsAtMs - nowMs : 0
      })
      const longestMs = Math.max(...waitMs)
      if (longestMs > 0) return longestMs
      for (const { key } of limits) {
        const window = open(key, nowMs)
        if (window !== undefined) {
          window.count++
          continue
        }
        windows.delete(key)
        windows.set(key, { count: 1, endsAtMs: nowMs + windowMs })
        if (windows.size > keysMax) {
          const [oldest] = windows.keys()
          if (oldest !== undefined) windows.delete(oldest)
        }
      }
      return 0
    },
    count: (key, nowMs) => open(key, nowMs)?.count ?? 0,
    giveBack (keys) {
      for (const key of keys) {
        const window = windows.get(key)
        if (window === undefined) continue
        if (--window.count <= 0) windows.delete(key)
      }
    }
  }
}
