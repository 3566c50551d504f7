import type { Accommodation, Exam } from '../../db/index.ts'
import { closesFor, durationWith } from './clock.ts'

/** Whether an attempt may begin now, by the exam and the candidate's accommodation. */
export function mayStart (
  exam: Pick<Exam, 'state' | 'opensAtMs' | 'closesAtMs' | 'durationMs'>,
  accommodation: Pick<Accommodation, 'extraTimeShare'> | undefined,
  nowMs: number
): boolean {
  const { state, opensAtMs } = exam
  const closesAtMs = closesFor(exam, accommodation)
  return (
    state === 'published' && (opensAtMs === null || nowMs >= opensAtMs) && (closesAtMs === null || nowMs < closesAtMs)
  )
}

/** The time this candidate has for one attempt. */
export function durationFor (
  { durationMs }: Pick<Exam, 'durationMs'>,
  accommodation: Pick<Accommodation, 'extraTimeShare'> | undefined
): number | null {
  return durationWith(durationMs, accommodation?.extraTimeShare ?? 0)
}
