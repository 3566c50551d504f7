import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * On whose behalf the database is asked. Queries of different lanes take turns, so that one account's flood delays that
 * account and no other. What the key stands for (an account, a network address) is the caller's affair.
 */
export interface Lane {
  readonly key: string
  /**
   * Queries of this lane that may wait; further ones are refused with `unavailable` (`LANE_FULL`). Unbounded when
   * absent.
   */
  readonly waitingMax?: number
  /** How much more database time than other lanes this one may use while others wait. 1 when absent. */
  readonly share?: number
}

/** Work without a request: timers, sweeps, and writes for all sessions together. */
export const SYSTEM_LANE: Lane = { key: 'system', share: 8 }

const current = new AsyncLocalStorage<Lane>()

/** Runs `work` in that lane, with everything it starts: also timers, so work for other lanes must name its own. */
export function runInLane<T> (lane: Lane, work: () => T): T {
  return current.run(lane, work)
}

/** The lane of the calling code. */
export function laneNow (): Lane {
  return current.getStore() ?? SYSTEM_LANE
}
