/**
 * Grading by rule.
 *
 * - single, boolean: all points or none.
 * - multiple: each right choice ticked earns its share of the points, each wrong one ticked takes one such share away;
 *   never below 0. Ticking everything earns little or nothing, ticking half of the right ones half. Where no choice is
 *   right, ticking none earns all.
 * - number: all points within the tolerance (both ends included), else none. The comparison is exact, in decimals: the
 * tolerance is the only slack. A stored text that is no number by today's rules (`read-number.ts`) waits for a person.
 * - short: all points when it equals an accepted answer after folding (`fold.ts`), else none.
 * - long, code: a person grades; an empty one gets 0.
 * - no answer: 0. An answer that does not fit the question (which was changed): 0, and it says so.
 */
import Big from 'big.js'
import type { Answer, CodeSubmission } from '../../db/index.ts'
import { isBlank } from './characters.ts'
import { isSameText } from './fold.ts'
import type { Bodies, Question } from './question.ts'
import { numberText, readNumber, type NumberProblem, type Unread } from './read-number.ts'

export interface Graded {
  /** Null: waits for a person. */
  readonly points: number | null
  readonly max: number
  /** Whether a rule decided. */
  readonly isAuto: boolean
  readonly outcome: 'right' | 'partly' | 'wrong' | 'empty' | 'unreadable' | 'manual'
}

/** Long enough for an essay or a program; an answer beyond it is refused. */
export const ANSWER_CHARACTERS_MAX = 100_000

/** Grades one answer in an exam of this language; `undefined` and `null` are no answer. */
export function grade (question: Question, answer: unknown, language?: string): Graded {
  const max = question.points
  if (isEmpty(answer)) {
    return question.kind === 'multiple' && question.body.correct.length === 0
      ? decided(1, max)
      : { points: 0, max, isAuto: true, outcome: 'empty' }
  }
  if (answerProblem(question, answer, language) !== undefined) {
    const isForPerson = question.kind === 'number' && typeof answer === 'string'
    return { points: isForPerson ? null : 0, max, isAuto: !isForPerson, outcome: 'unreadable' }
  }
  switch (question.kind) {
    case 'single':
    case 'boolean': return decided(answer === question.body.correct ? 1 : 0, max)
    case 'multiple': return decided(shareOf(question.body, answer as readonly string[]), max)
    case 'number': return decided(isNear(question.body, readNumber(answer, language).number) ? 1 : 0, max)
    case 'short': {
      const { accepted, isCaseSensitive } = question.body
      return decided(
        accepted.some(text => isSameText(text, answer as string, { isCaseSensitive, language })) ? 1 : 0,
        max
      )
    }
    case 'long':
    case 'code': return { points: null, max, isAuto: false, outcome: 'manual' }
  }
}

/**
 * The grades of a whole attempt of an exam in this language, one for each question, as `db.grades.setAuto` takes them.
 */
export function gradeAttempt (
  questions: readonly Question[],
  answers: ReadonlyArray<Pick<Answer, 'questionId' | 'value'>>,
  code: ReadonlyArray<Pick<CodeSubmission, 'questionId' | 'code'>> = [],
  language?: string
): Array<{ questionId: string, points: number | null, pointsMax: number }> {
  const valueOf = answersWithCode(answers, code)
  return questions.map(question => {
    const { points, max } = grade(question, valueOf.get(question.id), language)
    return { questionId: question.id, points, pointsMax: max }
  })
}

/**
 * What each question was answered, by its id. Where the editor's last state was never saved, the code that was handed
 * in counts; `code` has the newest first.
 */
export function answersWithCode (
  answers: ReadonlyArray<Pick<Answer, 'questionId' | 'value'>>,
  code: ReadonlyArray<Pick<CodeSubmission, 'questionId' | 'code'>>
): Map<string, unknown> {
  const valueOf = new Map(answers.map(({ questionId, value }) => [questionId, value]))
  for (const { questionId, code: text } of code) if (isEmpty(valueOf.get(questionId))) valueOf.set(questionId, text)
  return valueOf
}

/**
 * What is wrong with an answer, in a word or two for the error's details; of a number in a text also how it may be
 * meant.
 */
export interface AnswerProblem {
  readonly problem: string
  readonly number?: Unread
}

/**
 * What is wrong with an answer to this question in an exam of this language; undefined when it can be stored.
 *
 * An answer must be, by the question's kind: single: a choice's id; multiple: choices' ids; boolean; number: a number,
 * or a text with one; short, long, code: a text. `null` takes an answer back.
 */
export function answerProblem (question: Question, value: unknown, language?: string): AnswerProblem | undefined {
  const problem = question.kind === 'number' ? numberProblem(value, language) : otherProblem(question, value)
  return typeof problem === 'string' ? { problem } : problem
}

/** The number that grading reads in an answer, as decimal text; null if the answer holds no number. */
export function understood (question: Question, value: unknown, language?: string): string | null | undefined {
  if (question.kind !== 'number') return undefined
  const { number } = readNumber(value, language)
  return number === undefined ? null : numberText(number)
}

function numberProblem (value: unknown, language: string | undefined): AnswerProblem | undefined {
  if (value === null || (typeof value === 'string' && isBlank(value))) return undefined
  if (typeof value !== 'string' && typeof value !== 'number') return { problem: 'not a number' }
  const read = readNumber(value, language)
  return read.problem === undefined ? undefined : { problem: WORDS[read.problem], number: read }
}

const WORDS: Readonly<Record<NumberProblem, string>> = {
  empty: 'not a number',
  letters: 'not a number',
  superscript: 'a superscript',
  power: 'a power',
  fraction: 'a fraction',
  percent: 'a percentage',
  grouping: 'irregular separators',
  ambiguous: 'two readings',
  digits: 'too many digits',
  size: 'too large or too small',
  inexact: 'more digits than a JSON number carries'
}

function otherProblem (question: Question, value: unknown): string | undefined {
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
    default: {
      if (typeof value !== 'string') return 'not a text'
      return value.length > ANSWER_CHARACTERS_MAX ? 'too long' : undefined
    }
  }
}

function decided (share: number, max: number): Graded {
  // A full share is exactly the maximum, whatever its decimals; a part is rounded, and never above it.
  const points = share === 1 ? max : Math.min(max, Math.round(max * share * 1e6) / 1e6)
  return { points, max, isAuto: true, outcome: share === 1 ? 'right' : share === 0 ? 'wrong' : 'partly' }
}

function isEmpty (answer: unknown): boolean {
  return (
    answer === undefined ||
    answer === null ||
    (typeof answer === 'string' && isBlank(answer)) ||
    (Array.isArray(answer) && answer.length === 0)
  )
}

function shareOf ({ correct }: Bodies['multiple'], ticked: readonly string[]): number {
  if (correct.length === 0) return 0
  const right = ticked.filter(id => correct.includes(id)).length
  return Math.max(0, (right - (ticked.length - right)) / correct.length)
}

/** Exact: 0.3 is within 0.1 of 0.2, and 2000000002 is not 2000000001. */
function isNear ({ correct, tolerance = 0 }: Bodies['number'], given: Big | undefined): boolean {
  return given !== undefined && given.minus(new Big(correct)).abs().lte(new Big(tolerance))
}
