import type { Limits } from '../../limits.ts'
import { CLOCK_STEP_MS } from '../../../detection/events/judge.ts'

/** A claimed delay moves the time of a capture by at most this share of the time that has passed. */
const SHIFT_SHARE = 0.1

/**
 * Says when something that arrives was captured. Arrival is what counts: the delay that a client claims is followed
 * slowly, a second in ten, so that nobody can squeeze or stretch what lasted by claiming other times. Begins with no
 * delay.
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

/** Captured before the newest frame; much earlier, and our clock was set back. */
export function isStale (atMs: number, newestMs: number): boolean {
  return atMs < newestMs && newestMs - atMs <= CLOCK_STEP_MS
}

/** A client's clock is believed only as far as its message can have been on its way. */
export function clampTime (
  atMs: number | undefined,
  nowMs: number,
  { clockAheadMs, clockBehindMs }: Pick<Limits, 'clockAheadMs' | 'clockBehindMs'>
): number {
  return atMs === undefined ? nowMs : Math.round(Math.min(nowMs + clockAheadMs, Math.max(nowMs - clockBehindMs, atMs)))
}
