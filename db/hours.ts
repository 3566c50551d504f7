import { and, gte, lte } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'

export const HOUR_MS = 3_600_000

/** An hour counts as complete this long after its end: what was on its way to the database has arrived, or is late. */
export const LATE_MS = 600_000

/** The beginning of the hour, UTC. */
export function hourOf (atMs: number): number {
  return Math.floor(atMs / HOUR_MS) * HOUR_MS
}

/**
 * Has the hours from `fromMs` to `toMs` counted again, because rows of them came late or were deleted. Costs nothing
 * for the present, of which no hour is remembered: the only place in `db/` that asks a clock.
 */
export async function forgetHours (dialect: Dialect, fromMs: number, toMs: number): Promise<void> {
  if (hourOf(fromMs) + HOUR_MS + LATE_MS > Date.now()) return
  const { eventHours } = dialect.schema
  await dialect.write(async db => {
    await db.delete(eventHours).where(and(gte(eventHours.atMs, hourOf(fromMs)), lte(eventHours.atMs, hourOf(toMs))))
  })
}
