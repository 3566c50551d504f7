import type { Limits } from '../../limits.ts'
import { CLOCK_STEP_MS } from '../../../detection/events/judge.ts'

/** A claimed delay changes the applied delay by at most this share of the time that has passed. */
const SHIFT_SHARE = 0.1

/**
 * Computes capture times from arrival times. The applied delay follows the delay that a client claims by one second in
 * ten, so that false times cannot shorten or lengthen an incident. It starts at zero.
 */
export class ArrivalClock {
  readonly #limits: Pick<Limits, 'clockAheadMs' | 'clockBehindMs'>
  #delayMs = 0
  #arrivedMs: number | undefined
  #newestMs = -Infinity

  constructor (limits: Pick<Limits, 'clockAheadMs' | 'clockBehindMs'>) {
    this.#limits = limits
  }

  /** Milliseconds since the epoch; always later than the time before, unless the server's clock was set back. */
  capturedAt (claimedMs: number | undefined, arrivedMs: number): number {
    const claimedDelayMs = arrivedMs - clampTime(claimedMs, arrivedMs, this.#limits)
    const shiftMs = Math.max(0, arrivedMs - (this.#arrivedMs ?? arrivedMs)) * SHIFT_SHARE
    this.#delayMs += Math.max(-shiftMs, Math.min(shiftMs, claimedDelayMs - this.#delayMs))
    const wasSetBack = this.#arrivedMs !== undefined && arrivedMs < this.#arrivedMs
    this.#arrivedMs = arrivedMs
    const atMs = Math.round(arrivedMs - this.#delayMs)
    this.#newestMs = wasSetBack ? atMs : Math.max(atMs, this.#newestMs + 1)
    return this.#newestMs
  }

  /** Sets the delay back to zero, after a pause. */
  reset (): void {
    this.#delayMs = 0
  }
}

/** Whether a frame was captured before the newest one; a much earlier time means that our clock was set back. */
export function isStale (atMs: number, newestMs: number): boolean {
  return atMs < newestMs && newestMs - atMs <= CLOCK_STEP_MS
}

/** Limits a client's time to the range in which its message can have been sent. */
export function clampTime (
  atMs: number | undefined,
  nowMs: number,
  { clockAheadMs, clockBehindMs }: Pick<Limits, 'clockAheadMs' | 'clockBehindMs'>
): number {
  return atMs === undefined ? nowMs : Math.round(Math.min(nowMs + clockAheadMs, Math.max(nowMs - clockBehindMs, atMs)))
}
