/**
 * Whether the machine's clock can be believed: one that has just been set may be set back, and a deadline that has
 * acted stays acted.
 */

/** How long the clock must run evenly after it was set before deadlines act on it. */
const STABLE_MS = 30_000
/**
 * What counts as set: a clock that is only slewed or read a little late does not differ by so much between two looks.
 */
const JUMP_MS = 1_000

export interface ClockWatch {
  /**
   * Compares the clock with one that cannot be set. Call it often: a jump and its correction between two calls are not
   * seen.
   */
  isStable (): boolean
}

/** `wall` is the clock that people set, `steady` one that only runs. */
export function createClockWatch (
  wall: () => number = () => Date.now(),
  steady: () => number = () => performance.now()
): ClockWatch {
  let offsetMs = wall() - steady()
  let setAtMs = -Infinity
  return {
    isStable () {
      const nowMs = steady()
      const currentMs = wall() - nowMs
      if (Math.abs(currentMs - offsetMs) > JUMP_MS) setAtMs = nowMs
      offsetMs = currentMs
      return nowMs - setAtMs >= STABLE_MS
    }
  }
}
