/** What the navigation shows of each question. */
import type { Question, QuestionKind } from '../types.ts'

export type AnswerState = 'answered' | 'open'

/** Whether a value answers a question of that kind; spaces alone do not. */
export function isAnswered ({ kind, starter }: Pick<Question, 'kind' | 'starter'>, value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value)) return value.length > 0
  if (typeof value !== 'string') return true
  return value.trim() !== '' && !(kind === 'code' && value === starter)
}

export function countOpen (
  questions: ReadonlyArray<Pick<Question, 'id' | 'kind' | 'starter'>>,
  valueOf: (questionId: string) => unknown
): number {
  return questions.filter(question => !isAnswered(question, valueOf(question.id))).length
}

/** The number in the address, from 1; the nearest question where there is none of that number. */
export function questionIndex (text: string | undefined, total: number): number {
  const number = /^\d{1,6}$/.test(text ?? '') ? Number(text) : 1
  return Math.min(Math.max(number, 1), Math.max(total, 1)) - 1
}

/** Kinds whose answer is typed: it is saved when the typing pauses, not at each key. */
export const TYPED_KINDS: ReadonlySet<QuestionKind> = new Set(['number', 'short', 'long', 'code'])
