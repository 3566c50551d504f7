import pLimit from 'p-limit'

export interface LimiterOptions {
  /** How many calls run at a time. */
  readonly atOnce: number
  /** How many more may wait. */
  readonly waitingMax: number
  /** Makes the error for a call that finds the waiting list full. */
  readonly onFull: () => Error
}

/**
 * Runs the work when a place is free, first come, first served. Rejects with the error of `onFull` when too many calls
 * wait.
 */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>

/** A concurrency limiter with a bounded waiting list. */
export function createLimiter ({ atOnce, waitingMax, onFull }: LimiterOptions): Limiter {
  const limit = pLimit(atOnce)
  return async work => {
    if (limit.activeCount >= atOnce && limit.pendingCount >= waitingMax) throw onFull()
    return await limit(work)
  }
}
