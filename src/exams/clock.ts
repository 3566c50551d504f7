/**
 * How much time an attempt has left.
 *
 * The rules: a pause stops the clock, whoever asked for it (a proctor, the candidate, the system); overlapping pauses
 * count once. Extra time lengthens the duration, not the window: the exam's closing time ends every attempt, paused or
 * not. Losing the connection is no pause.
 */
import type { Accommodation, Attempt, Exam, Pause } from '../../db/index.ts'

export interface ClockInput {
  readonly startedAtMs: number
  /** Null: no limit but the window's. */
  readonly durationMs: number | null
  readonly pauses: readonly Pause[]
  /** 0.25 = a quarter more time. */
  readonly extraTimeShare: number
  /** Null: the window stays open. */
  readonly closesAtMs: number | null
}

export interface Clock {
  /** Null: no end. */
  readonly remainingMs: number | null
  /** Null: no end. While it is paused it moves on, up to the closing time. */
  readonly endsAtMs: number | null
  readonly isOver: boolean
  readonly isPaused: boolean
  /** When to look again whether it is over; null: never. */
  readonly dueAtMs: number | null
}

/** How often to look at a paused attempt: its end moves. */
const PAUSED_LOOK_MS = 30_000

/** The clock as it stands at `nowMs`. */
export function clock ({ startedAtMs, durationMs, pauses, extraTimeShare, closesAtMs }: ClockInput, nowMs: number): Clock {
  const isPaused = pauses.some(pause => pause.endedAtMs === null)
  const allowedMs = durationWith(durationMs, extraTimeShare)
  const ownEndMs = allowedMs === null ? null : startedAtMs + allowedMs + pausedMs(pauses, startedAtMs, nowMs)
  const endsAtMs = ownEndMs === null || (closesAtMs !== null && closesAtMs < ownEndMs) ? closesAtMs : ownEndMs
  if (endsAtMs === null) return { remainingMs: null, endsAtMs, isOver: false, isPaused, dueAtMs: null }
  const remainingMs = Math.max(0, endsAtMs - nowMs)
  const dueAtMs = isPaused && endsAtMs !== closesAtMs ? Math.max(endsAtMs, nowMs + PAUSED_LOOK_MS) : endsAtMs
  return { remainingMs, endsAtMs, isOver: remainingMs === 0, isPaused, dueAtMs: closesAtMs === null ? dueAtMs : Math.min(dueAtMs, closesAtMs) }
}

/** The clock of a stored attempt. */
export function clockOf ({ exam, accommodation, attempt, pauses }: {
  readonly exam: Pick<Exam, 'durationMs' | 'closesAtMs'>
  readonly accommodation?: Pick<Accommodation, 'extraTimeShare'> | undefined
  readonly attempt: Pick<Attempt, 'startedAtMs'>
  readonly pauses: readonly Pause[]
}, nowMs: number): Clock {
  const { durationMs, closesAtMs } = exam
  return clock({ startedAtMs: attempt.startedAtMs, durationMs, closesAtMs, pauses, extraTimeShare: accommodation?.extraTimeShare ?? 0 }, nowMs)
}

/** A duration lengthened by extra time, in whole milliseconds. */
export function durationWith (durationMs: number | null, extraTimeShare: number): number | null {
  return durationMs === null ? null : Math.round(durationMs * (1 + extraTimeShare))
}

/** Time within pauses since `fromMs`; what overlaps counts once. */
function pausedMs (pauses: readonly Pause[], fromMs: number, nowMs: number): number {
  let sum = 0
  let doneMs = fromMs
  for (const { startedAtMs, endedAtMs } of [...pauses].sort((a, b) => a.startedAtMs - b.startedAtMs)) {
    const endMs = Math.min(endedAtMs ?? nowMs, nowMs)
    const startMs = Math.max(startedAtMs, doneMs)
    if (endMs <= startMs) continue
    sum += endMs - startMs
    doneMs = endMs
  }
  return sum
}
