/** What the console reads of an exam as a whole: who has not begun, and how much time the others have left. */

/** The clock of one candidate's attempt when it was read. */
export interface Clock {
  readonly remainingMs: number | null
  readonly isPaused: boolean
}

export interface Facts {
  readonly assigned: number
  readonly notBegun: number
  readonly candidates: ReadonlyArray<{ readonly userId: string, readonly userName: string }>
  /** By the id of the candidate. */
  readonly clocks: ReadonlyMap<string, Clock>
  /** When they came, by this page's clock. */
  readonly atMs: number
}

/** The time that a candidate has left at `nowMs`; undefined: without an end, or not known. */
export function timeLeft (facts: Facts | undefined, userId: string, nowMs: number): number | undefined {
  const clock = facts?.clocks.get(userId)
  if (facts === undefined || clock === undefined || clock.remainingMs === null) return undefined
  return Math.max(0, clock.isPaused ? clock.remainingMs : clock.remainingMs - (nowMs - facts.atMs))
}
