import type { PoolStats } from '../../../detection/workers/pool.ts'
import { refuse } from '../../errors.ts'

export interface AdmissionState {
  /** Recent share of the workers' time, 0..1, spent on frames and sound. */
  readonly load: number
  /** Whether a new session would be admitted now. */
  readonly admitting: boolean
  readonly draining: boolean
}

/** Decides whether a new session may start, so that new sessions do not slow down running ones. */
export interface Admission {
  /** Counts a new session, or throws `INVIGIL_ERR_BUSY` or `INVIGIL_ERR_DRAINING`. */
  admit (): void
  state (): AdmissionState
  /** Sessions refused since the start, by cause. */
  readonly refused: Readonly<Record<'busy' | 'draining', number>>
  /** Refuses all new sessions from now on. */
  drain (): void
}

export interface AdmissionOptions {
  readonly stats: () => Pick<PoolStats, 'load' | 'workers' | 'workerMs' | 'listenMs'>
  /** Load above which new sessions are refused; 0 for no limit. */
  readonly loadMax: number
  /** A monotonic clock in milliseconds. */
  readonly elapsedMs: () => number
  /** 0..1. */
  readonly random?: () => number
}

/**
 * A new session may take this long to show in the load: the page opens its socket and camera, and the load is smoothed.
 */
const UNSEEN_MS = 10_000
/** Work of a new session per second: frames at the normal rate, pieces of sound as the page sends them. */
const FRAMES_PER_SECOND = 2
const SOUNDS_PER_SECOND = 2
/** Assumed time of a frame in a worker before any was measured; on the high side. */
const FRAME_MS = 20

/** Retry delay; half of it is random, so that a room of students does not return at the same moment. */
const BUSY_SECONDS = { least: 10, spread: 10 }
/** Retry delay while draining: behind a load balancer the next try reaches another gateway. */
const DRAINING_SECONDS = { least: 3, spread: 4 }

/** Admits sessions by the measured load plus the expected load of recently admitted sessions. */
export function createAdmission ({ stats, loadMax, elapsedMs, random = Math.random }: AdmissionOptions): Admission {
  let isDraining = false
  const refused = { busy: 0, draining: 0 }
  /** Admission times of the sessions that may not show in the load yet, oldest first. */
  let unseen: number[] = []

  function hasRoom (): boolean {
    if (loadMax === 0) return true
    const sinceMs = elapsedMs() - UNSEEN_MS
    unseen = unseen.filter(atMs => atMs > sinceMs)
    const { load, workers, workerMs, listenMs } = stats()
    if (load > loadMax) return false
    // One session is always admitted: on a small machine it alone may exceed the limit.
    if (unseen.length === 0) return true
    const frameMs = workerMs.count === 0 ? FRAME_MS : workerMs.mean
    const share = (frameMs * FRAMES_PER_SECOND + listenMs.mean * SOUNDS_PER_SECOND) / 1000 / Math.max(1, workers)
    return load + share * (unseen.length + 1) <= loadMax
  }

  return {
    admit () {
      const after = ({ least, spread }: typeof BUSY_SECONDS) => {
        const seconds = least + Math.round(spread * random())
        return { values: { seconds }, details: { retryAfterSeconds: seconds } }
      }
      if (isDraining) {
        refused.draining++
        throw refuse('INVIGIL_ERR_DRAINING', after(DRAINING_SECONDS))
      }
      if (!hasRoom()) {
        refused.busy++
        throw refuse('INVIGIL_ERR_BUSY', after(BUSY_SECONDS))
      }
      // Without a limit nothing is estimated.
      if (loadMax > 0) unseen.push(elapsedMs())
    },
    refused,
    state: () => ({ load: stats().load, admitting: !isDraining && hasRoom(), draining: isDraining }),
    drain () { isDraining = true }
  }
}
