/** The form of an exam's settings: what is typed, and what of it is sent. */
import { fromLocalInput, toLocalInput } from './local-time.ts'
import type { Exam, ExamChange } from './types.ts'

export interface Settings {
  readonly title: string
  readonly description: string
  readonly language: string
  readonly opens: string
  readonly closes: string
  readonly durationMs: number | null
  readonly attemptsMax: number | null
  readonly shuffle: boolean
  readonly isOpenToAll: boolean
  readonly needsPreflight: boolean
}

export function settingsOf (exam: Exam): Settings {
  const { title, description, language, durationMs, attemptsMax, needsPreflight } = exam
  return {
    title,
    description,
    language,
    opens: toLocalInput(exam.opensAtMs),
    closes: toLocalInput(exam.closesAtMs),
    durationMs,
    attemptsMax,
    shuffle: exam.shuffle ?? false,
    isOpenToAll: exam.isOpenToAll ?? false,
    needsPreflight
  }
}

type Change = Omit<ExamChange, 'version'>

/** What differs from the exam. A time that was not touched keeps its seconds. */
export function changesOf (exam: Exam, settings: Settings): Change {
  const before = settingsOf(exam)
  const { opens, closes, ...others } = settings
  const changed = Object.fromEntries(
    Object.entries(others).filter(([name, value]) => value !== before[name as keyof Settings])
  ) as Change
  return {
    ...changed,
    ...(opens !== before.opens && { opensAtMs: fromLocalInput(opens) }),
    ...(closes !== before.closes && { closesAtMs: fromLocalInput(closes) })
  }
}

/** The exam as it will be. */
export const withChanges = (exam: Exam, settings: Settings): Exam => ({ ...exam, ...changesOf(exam, settings) })

export function timesProblem ({ opens, closes }: Pick<Settings, 'opens' | 'closes'>): 'closesFirst' | undefined {
  const opensAtMs = fromLocalInput(opens)
  const closesAtMs = fromLocalInput(closes)
  return opensAtMs !== null && closesAtMs !== null && closesAtMs <= opensAtMs ? 'closesFirst' : undefined
}
