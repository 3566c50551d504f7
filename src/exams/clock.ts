/**
 * How much time an attempt has left.
 *
 * The rules: a pause by staff or by the system stops the clock, a break that candidates take on their own does not;
 * overlapping pauses count once. Extra time lengthens the duration, and moves the exam's closing time for this
 * candidate by as much; that closing time ends the attempt, paused or not. Losing the connection is no pause.
 */
import type { Accommodation, Attempt, Exam, Pause } from '../../db/index.ts'

export interface ClockInput {
  readonly startedAtMs: number
  /** Null: no limit but the window's. */
  readonly durationMs: number | null
  /** Those that stop the clock. */
  readonly pauses: ReadonlyArray<Pick<Pause, 'startedAtMs' | 'endedAtMs'>>
  /** 0.25 = a quarter more time. */
  readonly extraTimeShare: number
  /** For this candidate. Null: the window stays open. */
  readonly closesAtMs: number | null
}

export interface Clock {
  /** Null: no end. */
  readonly remainingMs: number | null
  /** Null: no end. While it is paused it moves on, up to the closing time. */
  readonly endsAtMs: number | null
  readonly isOver: boolean
  /** It stands. */
  readonly isPaused: boolean
  /** When to look again whether it is over; null: never. */
  readonly dueAtMs: number | null
}

/** How often to look at a paused attempt: its end moves. */
const PAUSED_LOOK_MS = 30_000

/** The clock as it stands at `nowMs`. */
export function clock (
  { startedAtMs, durationMs, pauses, extraTimeShare, closesAtMs }: ClockInput,
  nowMs: number
): Clock {
  const isPaused = pauses.some(pause => pause.endedAtMs === null)
  const allowedMs = durationWith(durationMs, extraTimeShare)
  const ownEndMs = allowedMs === null ? null : startedAtMs + allowedMs + pausedMs(pauses, startedAtMs, nowMs)
  const endsAtMs = ownEndMs === null || (closesAtMs !== null && closesAtMs < ownEndMs) ? closesAtMs : ownEndMs
  if (endsAtMs === null) return { remainingMs: null, endsAtMs, isOver: false, isPaused, dueAtMs: null }
  const remainingMs = Math.max(0, endsAtMs - nowMs)
  const dueAtMs = isPaused && endsAtMs !== closesAtMs ? Math.max(endsAtMs, nowMs + PAUSED_LOOK_MS) : endsAtMs
  return {
    remainingMs,
    endsAtMs,
    isOver: remainingMs === 0,
    isPaused,
    dueAtMs: closesAtMs === null ? dueAtMs : Math.min(dueAtMs, closesAtMs)
  }
}

/** The clock of a stored attempt. */
export function clockOf ({ exam, accommodation, attempt, pauses }: {
  readonly exam: Pick<Exam, 'durationMs' | 'opensAtMs' | 'closesAtMs'>
  readonly accommodation?: Pick<Accommodation, 'extraTimeShare'> | undefined
  readonly attempt: Pick<Attempt, 'startedAtMs' | 'userId'>
  readonly pauses: readonly Pause[]
}, nowMs: number): Clock {
  const stopping = pauses.filter(({ by }) => by !== attempt.userId)
  return clock({
    startedAtMs: attempt.startedAtMs,
    durationMs: exam.durationMs,
    closesAtMs: closesFor(exam, accommodation),
    pauses: stopping,
    extraTimeShare: accommodation?.extraTimeShare ?? 0
  }, nowMs)
}

/**
 * When the exam closes for a candidate with this accommodation: later by the extra time of one attempt; without a
 * duration by that share of the window. An exam with neither a duration nor an opening time has nothing to take a share
 * of.
 */
export function closesFor (
  { durationMs, opensAtMs, closesAtMs }: Pick<Exam, 'durationMs' | 'opensAtMs' | 'closesAtMs'>,
  accommodation: Pick<Accommodation, 'extraTimeShare'> | undefined
): number | null {
  if (closesAtMs === null || accommodation === undefined) return closesAtMs
  const lengthMs = durationMs ?? (opensAtMs === null ? 0 : closesAtMs - opensAtMs)
  return closesAtMs + Math.round(lengthMs * accommodation.extraTimeShare)
}

/** A duration lengthened by extra time, in whole milliseconds. */
export function durationWith (durationMs: number | null, extraTimeShare: number): number | null {
  return durationMs === null ? null : Math.round(durationMs * (1 + extraTimeShare))
}

/** Time within pauses since `fromMs`; what overlaps counts once. */
function pausedMs (pauses: ClockInput['pauses'], fromMs: number, nowMs: number): number {
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
