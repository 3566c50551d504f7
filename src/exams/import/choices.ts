/** Choices with weights, as GIFT and Moodle have them, as a question that grades alike. */
import { Misread } from './types.ts'

export interface WeightedChoice {
  readonly text: string
  /** Percent of the points: 100 for a right one. */
  readonly percent: number
}

/** Percent that rounding to five digits may be off: a third is 33.33333. */
const ROUNDING = 0.01
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= ROUNDING

/** A question with one right choice. Throws where another one is partly right: grading here knows all or nothing. */
export function singleOf (choices: readonly WeightedChoice[]) {
  const right = choices.filter(({ percent }) => isNear(percent, 100))
  const partly = choices.find(({ percent }) => percent > 0 && !isNear(percent, 100))
  if (partly !== undefined) throw new Misread('partly', { percent: partly.percent })
  if (right.length === 0) throw new Misread('noAnswer')
  if (right.length > 1) throw new Misread('severalRight')
  return { kind: 'single', body: bodyOf(choices, choices.indexOf(right[0]!)) }
}

/** A question with several right choices that count alike. Throws where they do not. */
export function multipleOf (choices: readonly WeightedChoice[]) {
  const right = choices.filter(({ percent }) => percent > 0)
  if (right.length === 0) throw new Misread('noAnswer')
  const share = 100 / right.length
  const unequal = right.find(({ percent }) => !isNear(percent, share))
  if (unequal !== undefined) throw new Misread('partly', { percent: unequal.percent })
  const { choices: texts } = bodyOf(choices, -1)
  return { kind: 'multiple', body: { choices: texts, correct: right.map(choice => idAt(choices.indexOf(choice))) } }
}

/**
 * Whether wrong choices take away otherwise than here. One right choice: a wrong one takes nothing. Several: each takes
 * the share of a right one.
 */
export function hasOtherPenalty (choices: readonly WeightedChoice[], isMultiple: boolean): boolean {
  const share = isMultiple ? 100 / Math.max(1, choices.filter(({ percent }) => percent > 0).length) : 0
  return choices.some(({ percent }) => percent <= 0 && !isNear(percent, -share))
}

function bodyOf (choices: readonly WeightedChoice[], right: number) {
  return {
    choices: choices.map(({ text }, index) => ({ id: idAt(index), text })),
    ...(right >= 0 && { correct: idAt(right) })
  }
}

/** a … z, then a1, b1 … as for questions that are written here. */
export function idAt (index: number): string {
  return String.fromCharCode(97 + index % 26) + (index < 26 ? '' : Math.floor(index / 26))
}
