import type { PoolStats } from '../../../detection/workers/pool.ts'
import { refuse } from '../../errors.ts'

export interface AdmissionState {
  /** Share of the workers' time, 0..1, spent on frames and sound lately. */
  readonly load: number
  /** Whether a new session would be let in now. */
  readonly admitting: boolean
  readonly draining: boolean
}

/** Who may begin a session here: running ones must never suffer from new ones. */
export interface Admission {
  /** Throws `INVIGIL_ERR_BUSY` or `INVIGIL_ERR_DRAINING` when no new session may begin; counts one as begun else. */
  admit (): void
  state (): AdmissionState
  /** Sessions not let in since the start, by cause. */
  readonly refused: Readonly<Record<'busy' | 'draining', number>>
  /** From now on nobody is let in. */
  drain (): void
}

export interface AdmissionOptions {
  readonly stats: () => Pick<PoolStats, 'load' | 'workers' | 'workerMs' | 'listenMs'>
  /** Load above which nobody is let in; 0: everybody is. */
  readonly loadMax: number
  /** A clock that nobody sets, in milliseconds. */
  readonly elapsedMs: () => number
  /** 0..1. */
  readonly random?: () => number
}

/**
 * So long a session that was let in may not yet show in the load: the page opens its socket and camera, and the load is
 * smoothed.
 */
const UNSEEN_MS = 10_000
/** What a new session asks for a second: frames at the normal rate, pieces of sound as the page sends them. */
const FRAMES_PER_SECOND = 2
const SOUNDS_PER_SECOND = 2
/** A frame's time in a worker while none has been measured: rather too much. */
const FRAME_MS = 20

/** When to come again: the half of it random, so that a room of students does not come back in one moment. */
const BUSY_SECONDS = { least: 10, spread: 10 }
/** Behind a balancer the next try reaches another gateway. */
const DRAINING_SECONDS = { least: 3, spread: 4 }

/** Lets sessions in by the load there is and the load that those just let in are about to bring. */
export function createAdmission ({ stats, loadMax, elapsedMs, random = Math.random }: AdmissionOptions): Admission {
  let isDraining = false
  const refused = { busy: 0, draining: 0 }
  /** When each session was let in that may not show yet, oldest first. */
  let unseen: number[] = []

  function hasRoom (): boolean {
    if (loadMax === 0) return true
    const sinceMs = elapsedMs() - UNSEEN_MS
    unseen = unseen.filter(atMs => atMs > sinceMs)
    const { load, workers, workerMs, listenMs } = stats()
    if (load > loadMax) return false
    // A session alone may be more than a small machine's share.
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
      // Without a limit nothing is estimated, and nothing is kept.
      if (loadMax > 0) unseen.push(elapsedMs())
    },
    refused,
    state: () => ({ load: stats().load, admitting: !isDraining && hasRoom(), draining: isDraining }),
    drain () { isDraining = true }
  }
}
