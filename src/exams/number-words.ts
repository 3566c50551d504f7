import type { FieldProblem } from '../errors.ts'
import type { NumberProblem, Unread } from './read-number.ts'

/** A number that was not read, in the words of validation. */
export function numberComplaint (field: string, { problem, readings }: Unread): FieldProblem {
  return {
    field,
    problem: TEXTS[problem],
    ...(readings !== undefined && { values: { one: readings[0], two: readings[1] } })
  }
}

const TEXTS: Readonly<Record<NumberProblem, FieldProblem['problem']>> = {
  empty: 'numberLetters',
  letters: 'numberLetters',
  superscript: 'numberSuperscript',
  power: 'numberPower',
  fraction: 'numberFraction',
  percent: 'numberPercent',
  grouping: 'numberGrouping',
  ambiguous: 'numberAmbiguous',
  digits: 'numberDigits',
  size: 'numberSize',
  inexact: 'numberInexact'
}
