/** The time that is left, counted down from the server's clock by one that nobody can set. */
import type { ServerClock } from '../types.ts'

export interface ClockReading extends ServerClock {
  /** When it was read, by the page's monotonic clock. */
  readonly readAtMs: number
}

/** Null: the attempt has no end. Stands while the clock is paused. */
export function remainingAt ({ remainingMs, isPaused, readAtMs }: ClockReading, nowMs: number): number | null {
  if (remainingMs === null) return null
  return Math.max(0, isPaused ? remainingMs : remainingMs - Math.max(0, nowMs - readAtMs))
}

export const WARNING_MINUTES = [1, 5, 10] as const
export type WarningMinutes = typeof WARNING_MINUTES[number]

const MINUTE_MS = 60_000

/**
 * The mark that was passed between two looks at the clock, to be said in words; the nearest to the end if several were.
 * A first look (`before` undefined) says nothing: the clock shows it.
 */
export function warningBetween (before: number | null | undefined, after: number | null): WarningMinutes | undefined {
  if (before === undefined || before === null || after === null) return undefined
  return WARNING_MINUTES.find(minutes => before > minutes * MINUTE_MS && after <= minutes * MINUTE_MS)
}
