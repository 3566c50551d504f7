/** What an exam's settings mean for its candidates: which sentences are said, in which order. */
import type { Exam } from './types.ts'

type Settings = Pick<Exam, 'opensAtMs' | 'closesAtMs' | 'durationMs' | 'attemptsMax' | 'needsPreflight'> &
  { readonly shuffle?: boolean | undefined, readonly isOpenToAll?: boolean | undefined }

export type Meaning =
  | { readonly key: 'means.window', readonly opensAtMs: number, readonly closesAtMs: number }
  | { readonly key: 'means.from', readonly opensAtMs: number }
  | { readonly key: 'means.until', readonly closesAtMs: number }
  | { readonly key: 'means.always' }
  | { readonly key: 'means.duration' | 'means.longerThanWindow', readonly ms: number }
  | { readonly key: 'means.noDuration' | 'means.endless' }
  | { readonly key: 'means.attempts', readonly count: number }
  | { readonly key: 'means.oneAttempt' | 'means.anyAttempts' }
  | { readonly key: 'means.all' | 'means.assigned' | 'means.shuffled' | 'means.preflight' }

export function meaningOf (exam: Settings): Meaning[] {
  const { opensAtMs, closesAtMs, durationMs, attemptsMax } = exam
  return [
    windowOf(exam),
    ...(durationMs === null
      ? [{ key: closesAtMs === null ? 'means.endless' : 'means.noDuration' } as const]
      : [{ key: 'means.duration', ms: durationMs } as const]),
    ...(durationMs !== null && opensAtMs !== null && closesAtMs !== null && durationMs > closesAtMs - opensAtMs
      ? [{ key: 'means.longerThanWindow', ms: closesAtMs - opensAtMs } as const]
      : []),
    attemptsMax === null
      ? { key: 'means.anyAttempts' }
      : attemptsMax === 1 ? { key: 'means.oneAttempt' } : { key: 'means.attempts', count: attemptsMax },
    { key: exam.isOpenToAll === true ? 'means.all' : 'means.assigned' },
    ...(exam.shuffle === true ? [{ key: 'means.shuffled' } as const] : []),
    ...(exam.needsPreflight ? [{ key: 'means.preflight' } as const] : [])
  ]
}

function windowOf ({ opensAtMs, closesAtMs }: Settings): Meaning {
  if (opensAtMs !== null && closesAtMs !== null) return { key: 'means.window', opensAtMs, closesAtMs }
  if (opensAtMs !== null) return { key: 'means.from', opensAtMs }
  return closesAtMs === null ? { key: 'means.always' } : { key: 'means.until', closesAtMs }
}

/** Where a published exam stands now. */
export type Phase = 'coming' | 'open' | 'over'

export function phaseOf ({ opensAtMs, closesAtMs }: Pick<Exam, 'opensAtMs' | 'closesAtMs'>, nowMs: number): Phase {
  if (opensAtMs !== null && nowMs < opensAtMs) return 'coming'
  return closesAtMs !== null && nowMs >= closesAtMs ? 'over' : 'open'
}
