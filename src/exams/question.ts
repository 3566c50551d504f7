/** Questions as the exam's author writes them, and what of them a candidate may see. */
import type { QuestionRow } from '../../db/index.ts'

export interface Choice {
  /** Unique within the question; what answers name. */
  readonly id: string
  readonly text: string
}

interface QuestionBase {
  readonly id: string
  /** The heading it stands under, '' for none. */
  readonly section: string
  readonly text: string
  readonly points: number
}

export interface SingleBody { readonly choices: readonly Choice[], readonly correct: string }
export interface MultipleBody { readonly choices: readonly Choice[], readonly correct: readonly string[] }
export interface BooleanBody { readonly correct: boolean }
/**
 * `tolerance`: how far an answer may lie off and still be right; absent or 0: only the same number is. Both are JSON
 * numbers where those hold them exactly, else decimal texts.
 */
export interface NumberBody {
  readonly correct: number | string
  readonly tolerance?: number | string
  readonly unit?: string
}
/** Spaces are folded always, letters' case unless `isCaseSensitive`. */
export interface ShortBody { readonly accepted: readonly string[], readonly isCaseSensitive?: boolean }
/** Graded by a person. `guidance` is for that person. */
export interface LongBody { readonly guidance?: string }
/** Graded by a person, never executed. */
export interface CodeBody { readonly language: string, readonly starter?: string, readonly guidance?: string }

/** By kind. */
export interface Bodies {
  readonly single: SingleBody
  readonly multiple: MultipleBody
  readonly boolean: BooleanBody
  readonly number: NumberBody
  readonly short: ShortBody
  readonly long: LongBody
  readonly code: CodeBody
}

export type QuestionOf<K extends keyof Bodies> = QuestionBase & { readonly kind: K, readonly body: Bodies[K] }
export type Question = { [K in keyof Bodies]: QuestionOf<K> }[keyof Bodies]

/** What a candidate sees: no answers, no guidance. */
export interface OpenQuestion extends QuestionBase {
  readonly kind: keyof Bodies
  readonly choices?: readonly Choice[]
  readonly unit?: string
  readonly language?: string
  readonly starter?: string
}

/** A stored question under its kind's type: its body was checked when it was stored (`readQuestion`). */
export function toQuestion (row: QuestionRow): Question {
  const { id, section, text, points, kind, body } = row
  return { id, section, text, points, kind, body } as unknown as Question
}
