/**
 * Grading by rule.
 *
 * - single, boolean: all points or none.
 * - multiple: each right choice ticked earns its share of the points, each wrong one ticked takes one such share away;
 *   never below 0. Ticking everything earns little or nothing, ticking half of the right ones half. Where no choice is
 *   right, ticking none earns all.
 * - number: all points within the tolerance (both ends included), else none.
 * - short: all points when it equals an accepted answer after folding (`fold.ts`), else none.
 * - long, code: a person grades; an empty one gets 0.
 * - no answer: 0. An answer that cannot be read (of a question that was changed): 0, and it says so.
 */
import type { Answer, CodeSubmission } from '../../db/index.ts'
import { foldNumber, foldText } from './fold.ts'
import type { Bodies, Question } from './question.ts'

export interface Graded {
  /** Null: waits for a person. */
  readonly points: number | null
  readonly max: number
  /** Whether a rule decided. */
  readonly isAuto: boolean
  readonly outcome: 'right' | 'partly' | 'wrong' | 'empty' | 'unreadable' | 'manual'
}

/**
 * What an answer to `question` must be: single: a choice's id; multiple: choices' ids; boolean; number: a number, or a
 * text with one; short, long, code: a text. `null` takes an answer back.
 */
export type AnswerValue = null | boolean | number | string | readonly string[]

/** Long enough for an essay or a program; an answer beyond it is refused. */
export const ANSWER_CHARACTERS_MAX = 100_000

/** Grades one answer; `undefined` and `null` are no answer. */
export function grade (question: Question, answer: unknown): Graded {
  const max = question.points
  if (isEmpty(answer)) return question.kind === 'multiple' && question.body.correct.length === 0 ? decided(1, max) : { points: 0, max, isAuto: true, outcome: 'empty' }
  if (answerProblem(question, answer) !== undefined) return { points: 0, max, isAuto: true, outcome: 'unreadable' }
  switch (question.kind) {
    case 'single':
    case 'boolean': return decided(answer === question.body.correct ? 1 : 0, max)
    case 'multiple': return decided(shareOf(question.body, answer as readonly string[]), max)
    case 'number': return decided(isNear(question.body, foldNumber(answer) ?? Number.NaN) ? 1 : 0, max)
    case 'short': {
      const { accepted, isCaseSensitive } = question.body
      const given = foldText(answer as string, isCaseSensitive)
      return decided(accepted.some(text => foldText(text, isCaseSensitive) === given) ? 1 : 0, max)
    }
    case 'long':
    case 'code': return { points: null, max, isAuto: false, outcome: 'manual' }
  }
}

/** The grades of a whole attempt, one for each question, as `db.grades.setAuto` takes them. */
export function gradeAttempt (
  questions: readonly Question[],
  answers: ReadonlyArray<Pick<Answer, 'questionId' | 'value'>>,
  code: ReadonlyArray<Pick<CodeSubmission, 'questionId' | 'code'>> = []
): Array<{ questionId: string, points: number | null, pointsMax: number }> {
  const valueOf = answersWithCode(answers, code)
  return questions.map(question => {
    const { points, max } = grade(question, valueOf.get(question.id))
    return { questionId: question.id, points, pointsMax: max }
  })
}

/**
 * What each question was answered, by its id. Where the editor's last state was never saved, the code that was handed in
 * counts; `code` has the newest first.
 */
export function answersWithCode (
  answers: ReadonlyArray<Pick<Answer, 'questionId' | 'value'>>, code: ReadonlyArray<Pick<CodeSubmission, 'questionId' | 'code'>>
): Map<string, unknown> {
  const valueOf = new Map(answers.map(({ questionId, value }) => [questionId, value]))
  for (const { questionId, code: text } of code) if (isEmpty(valueOf.get(questionId))) valueOf.set(questionId, text)
  return valueOf
}

/** What is wrong with an answer to this question, in a word or two for the error's details; undefined when it can be stored. */
export function answerProblem (question: Question, value: unknown): string | undefined {
  if (value === null) return undefined
  switch (question.kind) {
    case 'single': return question.body.choices.some(({ id }) => id === value) ? undefined : 'not a choice'
    case 'multiple': {
      if (!Array.isArray(value)) return 'not a list'
      if (new Set(value).size !== value.length) return 'a choice twice'
      const ids = new Set<unknown>(question.body.choices.map(({ id }) => id))
      return value.every(id => ids.has(id)) ? undefined : 'not a choice'
    }
    case 'boolean': return typeof value === 'boolean' ? undefined : 'not true or false'
    case 'number': return value === '' || foldNumber(value) !== undefined ? undefined : 'not a number'
    case 'short':
    case 'long':
    case 'code': {
      if (typeof value !== 'string') return 'not a text'
      return value.length > ANSWER_CHARACTERS_MAX ? 'too long' : undefined
    }
  }
}

function decided (share: number, max: number): Graded {
  return { points: Math.round(max * share * 1e6) / 1e6, max, isAuto: true, outcome: share === 1 ? 'right' : share === 0 ? 'wrong' : 'partly' }
}

function isEmpty (answer: unknown): boolean {
  return answer === undefined || answer === null || (typeof answer === 'string' && foldText(answer) === '') || (Array.isArray(answer) && answer.length === 0)
}

function shareOf ({ correct }: Bodies['multiple'], ticked: readonly string[]): number {
  if (correct.length === 0) return 0
  const right = ticked.filter(id => correct.includes(id)).length
  return Math.max(0, (right - (ticked.length - right)) / correct.length)
}

/** A little room for binary fractions: 0.3 is within 0.1 of 0.2. */
function isNear ({ correct, tolerance = 0 }: Bodies['number'], given: number): boolean {
  return Math.abs(given - correct) <= tolerance + 1e-9 * Math.max(1, Math.abs(correct))
}
