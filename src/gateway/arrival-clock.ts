import { clampTime } from './intake.ts'
import type { Limits } from './limits.ts'

/** A claimed delay moves the time of a capture by at most this share of the time that has passed. */
const SHIFT_SHARE = 0.1

/**
 * Says when something that arrives was captured. Arrival is what counts: the delay that a client claims is followed slowly, a second in
 * ten, so that nobody can squeeze or stretch what lasted by claiming other times. Begins with no delay.
 */
export class ArrivalClock {
  readonly #limits: Pick<Limits, 'clockAheadMs' | 'clockBehindMs'>
  #delayMs = 0
  #arrivedMs: number | undefined
  #newestMs = -Infinity

  constructor (limits: Pick<Limits, 'clockAheadMs' | 'clockBehindMs'>) {
    this.#limits = limits
  }

  /** Milliseconds since the epoch; later than what was given before, unless the server's clock was set back. */
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

  /** After a pause nothing has a delay yet: nothing lies before it. */
  reset (): void {
    this.#delayMs = 0
  }
}
