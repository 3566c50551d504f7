/** Questions from outside: checked once, here, before they are stored. */
import Big from 'big.js'
import { defined } from '../../lib/defined.ts'
import type { JsonObject, QuestionKind, QuestionValues } from '../../db/index.ts'
import type { FieldProblem } from '../errors.ts'
import { cleanLine } from '../names.ts'
import { Check, inside } from './check.ts'
import { foldText } from './fold.ts'
import { numberComplaint } from './number-words.ts'
import { numberText, readNumber } from './read-number.ts'

export const QUESTION_KINDS = [
  'single',
  'multiple',
  'boolean',
  'number',
  'short',
  'long',
  'code'
] as const satisfies readonly QuestionKind[]

const TEXT_MAX = 20_000
const CHOICE_TEXT_MAX = 2000
const CHOICES: readonly [number, number] = [2, 50]
const ACCEPTED: readonly [number, number] = [1, 50]
const POINTS: readonly [number, number] = [0, 1000]
const ID: readonly [number, number] = [1, 36]
const FIELDS = ['section', 'kind', 'text', 'points', 'body']

export type ReadQuestion =
  | { readonly question: QuestionValues, readonly problems?: never }
  | { readonly problems: readonly FieldProblem[] }

/**
 * A question `{section?, kind, text, points?, body?}` of an exam in `language`, or everything that is wrong with it;
 * `place` stands before the fields' names.
 */
export function readQuestion (value: unknown, place = '', language?: string): ReadQuestion {
  const check = new Check()
  const question = checkQuestion(check, place, value, language)
  return check.problems.length === 0 ? { question } : { problems: check.problems }
}

/** The same for a part of a larger document. */
export function checkQuestion (check: Check, place: string, value: unknown, language?: string): QuestionValues {
  const { section, kind: kindGiven, text, points, body } = check.object(place, value, FIELDS)
  const kind = check.oneOf(inside(place, 'kind'), kindGiven, QUESTION_KINDS)
  return {
    section: cleanLine(check.optional(section, given => check.text(inside(place, 'section'), given, [0, 200])) ?? ''),
    kind,
    text: check.text(inside(place, 'text'), text, [1, TEXT_MAX]),
    points: check.optional(points, given => check.number(inside(place, 'points'), given, POINTS)) ?? 1,
    body: kindGiven === kind ? BODIES[kind](check, inside(place, 'body'), body ?? {}, language) : {}
  }
}

type ReadBody = (check: Check, place: string, value: unknown, language: string | undefined) => JsonObject

const BODIES: Readonly<Record<QuestionKind, ReadBody>> = {
  single: (check, place, value) => {
    const { choices, correct } = check.object(place, value, ['choices', 'correct'])
    const read = choicesOf(check, inside(place, 'choices'), choices)
    return { choices: read, correct: choiceOf(check, inside(place, 'correct'), correct, read) }
  },
  multiple: (check, place, value) => {
    const { choices, correct } = check.object(place, value, ['choices', 'correct'])
    const read = choicesOf(check, inside(place, 'choices'), choices)
    const at = inside(place, 'correct')
    const ids = check
      .list(at, correct, [0, CHOICES[1]])
      .map((id, index) => choiceOf(check, inside(at, index), id, read))
    once(check, at, ids)
    return { choices: read, correct: ids }
  },
  boolean: (check, place, value) => {
    const { correct } = check.object(place, value, ['correct'])
    return { correct: check.flag(inside(place, 'correct'), correct) }
  },
  number: (check, place, value, language) => {
    const { correct, tolerance, unit } = check.object(place, value, ['correct', 'tolerance', 'unit'])
    return {
      correct: numberOf(check, inside(place, 'correct'), correct, language),
      ...defined({
        tolerance: check.optional(tolerance, given => {
          const read = numberOf(check, inside(place, 'tolerance'), given, language)
          if (new Big(read).lt(0)) check.addProblem(inside(place, 'tolerance'), 'minimum', { limit: 0 })
          return read
        }),
        unit: check.optional(unit, given => check.text(inside(place, 'unit'), given, [1, 50]))
      })
    }
  },
  short: (check, place, value) => {
    const { accepted, isCaseSensitive } = check.object(place, value, ['accepted', 'isCaseSensitive'])
    const at = inside(place, 'accepted')
    const texts = check.list(at, accepted, ACCEPTED).map((text, index) => {
      const read = check.text(inside(at, index), text, [1, 1000])
      // What folds to nothing would accept an empty answer.
      if (read.trim() !== '' && foldText(read) === '') check.addProblem(inside(at, index), 'pattern')
      return read
    })
    return {
      accepted: texts,
      ...defined({
        isCaseSensitive: check.optional(isCaseSensitive, given => check.flag(inside(place, 'isCaseSensitive'), given))
      })
    }
  },
  long: (check, place, value) => {
    const { guidance } = check.object(place, value, ['guidance'])
    return defined({ guidance: guidanceOf(check, place, guidance) })
  },
  code: (check, place, value) => {
    const { language, starter, guidance } = check.object(place, value, ['language', 'starter', 'guidance'])
    return {
      language: check.text(inside(place, 'language'), language, [1, 64]),
      ...defined({
        starter: check.optional(starter, given => check.text(inside(place, 'starter'), given, [0, TEXT_MAX])),
        guidance: guidanceOf(check, place, guidance)
      })
    }
  }
}

/**
 * A number or a text with one, read as a candidate's answer is; a JSON number where that holds it exactly, else decimal
 * text.
 */
function numberOf (check: Check, place: string, value: unknown, language: string | undefined): number | string {
  if (typeof value !== 'number' && typeof value !== 'string') {
    check.addProblem(place, value === undefined ? 'required' : 'type', value === undefined ? undefined : { type: 'number' })
    return 0
  }
  const read = readNumber(value, language)
  if (read.problem !== undefined) {
    const { field, problem, values } = numberComplaint(place, read)
    check.addProblem(field, problem, values)
    return 0
  }
  const text = numberText(read.number)
  const double = Number(text)
  return Number.isFinite(double) && read.number.eq(double) ? double : text
}

interface ReadChoice { readonly id: string, readonly text: string }

/** Choices as `{id, text}`, or as texts alone: then their ids are `a`, `b`, `c` … by their place. */
function choicesOf (check: Check, place: string, value: unknown): ReadChoice[] {
  const choices = check.list(place, value, CHOICES).map((choice, index) => {
    const at = inside(place, index)
    if (typeof choice === 'string') return { id: idAt(index), text: check.text(at, choice, [1, CHOICE_TEXT_MAX]) }
    const { id, text } = check.object(at, choice, ['id', 'text'])
    return {
      id: check.optional(id, given => check.text(inside(at, 'id'), given, ID)) ?? idAt(index),
      text: check.text(inside(at, 'text'), text, [1, CHOICE_TEXT_MAX])
    }
  })
  once(check, place, choices.map(({ id }) => id), 'id')
  return choices
}

function choiceOf (check: Check, place: string, value: unknown, choices: readonly ReadChoice[]): string {
  const id = check.text(place, value, ID)
  if (id !== '' && choices.length > 0 && !choices.some(choice => choice.id === id)) {
    check.addProblem(place, 'enum', { values: choices.map(({ id }) => id).join(', ') })
  }
  return id
}

/** Notes each one that stands there for the second time. */
function once (check: Check, place: string, ids: readonly string[], field?: string): void {
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) < index) {
      check.addProblem(field === undefined ? inside(place, index) : inside(inside(place, index), field), 'other')
    }
  }
}

function guidanceOf (check: Check, place: string, value: unknown): string | undefined {
  return check.optional(value, given => check.text(inside(place, 'guidance'), given, [0, TEXT_MAX]))
}

/** a … z, then a1, b1 … */
function idAt (index: number): string {
  return String.fromCharCode(97 + index % 26) + (index < 26 ? '' : Math.floor(index / 26))
}
