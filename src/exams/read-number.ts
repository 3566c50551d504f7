/**
 * Numbers as people write them, read exactly or refused.
 *
 * One rule decides: a text is read only where it can mean one number. `1.234,56`, `1'234.56`, `,6` and `12,34,567` can.
 * `3,142` can mean 3142 or 3.142; it is read only where its mark is the decimal mark of the exam's language, and else
 * refused with both readings. So the language decides whether a text is read, and never which number it becomes: no
 * text is one number in one language and another number in another (`docs/numbers.md` has the table).
 *
 * Numbers are decimal (big.js), so that nothing is rounded. Their size is bounded before any arithmetic.
 */
import Big from 'big.js'
import { APOSTROPHES, DASHES, withoutInvisible, withPlainDigits } from './characters.ts'

/** Why a text is not read as a number. */
export type NumberProblem =
  | 'empty'
  | 'letters'
  | 'superscript'
  | 'power'
  | 'fraction'
  | 'percent'
  | 'grouping'
  | 'ambiguous'
  | 'digits'
  | 'size'
  | 'inexact'

export interface Unread {
  readonly problem: NumberProblem
  /** Of an ambiguous text: both numbers, written so that they are read. */
  readonly readings?: readonly [string, string]
}

export type ReadNumber =
  | { readonly number: Big, readonly problem?: undefined, readonly readings?: undefined }
  | (Unread & { readonly number?: undefined })

/** Longer than any number with its separators. */
const CHARACTERS_MAX = 300
const DIGITS_MAX = 100
/** Powers of ten: a little more than a JSON number can hold. */
const EXPONENT_MAX = 400
/** So many digits of a decimal number survive in a JSON number. */
const JSON_DIGITS = 15

/**
 * The number that `value` means in an exam of this language (BCP 47); without one only what no language reads
 * otherwise.
 */
export function readNumber (value: unknown, language?: string): ReadNumber {
  if (typeof value === 'number') return fromJson(value)
  if (typeof value !== 'string') return { problem: 'letters' }
  if (value.length > 10 * CHARACTERS_MAX) return { problem: 'digits' }
  const text = plain(value)
  if (text === '') return { problem: 'empty' }
  if (text.length > CHARACTERS_MAX) return { problem: 'digits' }
  const parts = /^([+-]?) ?([^e×]*?)(?:[eE]([+-]?\d+)| ?× ?10 ?\^ ?([+-]?\d+))?$/.exec(text)
  if (parts === null) return { problem: problemOf(text) }
  const [, sign = '', mantissa = '', exponent, power] = parts
  // With an exponent a point is the decimal mark everywhere: 1.602e-19.
  const digits = readMantissa(mantissa, exponent !== undefined || power !== undefined ? ['.'] : [], language)
  if (digits.problem !== undefined) {
    return { ...digits, problem: digits.problem === 'letters' ? problemOf(text) : digits.problem }
  }
  return bounded(`${sign === '-' ? '-' : ''}${digits.text}`, exponent ?? power ?? '0')
}

/** Decimal text of a number, as `readNumber` reads it in every language. */
export function numberText (number: Big): string {
  return number.eq(0) ? '0' : number.toString()
}

/** A JSON number; one whose digits were lost on the way is refused. */
function fromJson (value: number): ReadNumber {
  if (!Number.isFinite(value)) return { problem: 'letters' }
  const text = String(value)
  const isLost =
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    text.replace(/e.*$|\D/g, '').replace(/0+$/, '').length > JSON_DIGITS
  return isLost ? { problem: 'inexact' } : { number: new Big(text) }
}

/**
 * Digits as 0 to 9, one sign for each minus, apostrophe, multiplication sign and blank; nothing invisible, no blanks
 * around.
 */
function plain (text: string): string {
  return (
    withPlainDigits(withoutInvisible(text))
      .replace(/[\uFF01-\uFF5E]/g, sign => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
      .replace(/\s+/gu, ' ')
      .trim()
      .replace(DASHES, '-')
      .replace(APOSTROPHES, "'")
      .replace(/\u060C/g, ',')
      // After "× 10" a superscript can only be the exponent.
      .replace(
        /(?<=\d) ?[×xX*·⋅∙✕✖✗хХ] ?10 ?([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/u,
        (_, power: string) => `×10^${power.replace(/./gu, sign => SUPERSCRIPTS[sign] ?? '')}`
      )
      .replace(/(?<=\d) ?[xX*·⋅∙✕✖✗хХ] ?(?=10 ?\^)/u, '×')
  )
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '⁺': '+',
  '⁻': '-',
  '⁰': '0',
  '¹': '1',
  '²': '2',
  '³': '3',
  '⁴': '4',
  '⁵': '5',
  '⁶': '6',
  '⁷': '7',
  '⁸': '8',
  '⁹': '9'
}

type Mantissa = { readonly text: string, readonly problem?: undefined } | (Unread & { readonly text?: undefined })

/** Digits with separators as digits with at most one point. */
function readMantissa (text: string, decimalMarks: readonly string[], language: string | undefined): Mantissa {
  if (!/^[\d.,' \u066B\u066C]*\d[\d.,' \u066B\u066C]*$/.test(text)) return { problem: 'letters' }
  const marks = [...text.matchAll(/[^\d]/g)]
  const [first] = marks
  if (first === undefined) return { text }
  const last = marks.at(-1)!
  const kinds = new Set(marks.map(([mark]) => mark))
  const [whole, decimals] = [text.slice(0, last.index), text.slice(last.index + 1)]
  // Two kinds of marks: the last one stands once and is the decimal mark, the others are groups.
  if (kinds.size === 2 && text.indexOf(last[0]) === last.index && isDecimalMark(last[0])) {
    return isGrouped(whole, first[0]) ? decimal(whole, decimals) : { problem: 'grouping' }
  }
  if (kinds.size > 1) return { problem: 'grouping' }
  if (marks.length > 1) return isGrouped(text, first[0]) ? { text: digitsOf(text) } : { problem: 'grouping' }
  return decimalMarks.includes(first[0]) ? decimal(whole, decimals) : readOneMark(whole, first[0], decimals, language)
}

function readOneMark (whole: string, mark: string, decimals: string, language: string | undefined): Mantissa {
  const mayBeDecimal = isDecimalMark(mark)
  const mayBeGroup = mark !== '\u066B' && isGrouped(`${whole}${mark}${decimals}`, mark)
  if (!mayBeDecimal && !mayBeGroup) return { problem: 'grouping' }
  if (mark === ' ' || mark === '\u066C') return { text: digitsOf(`${whole}${decimals}`) }
  if (mark === "'") {
    // In Spanish handwriting a decimal mark, in Switzerland a group.
    return marksOf(language)?.group === "'"
      ? { text: digitsOf(`${whole}${decimals}`) }
      : ambiguous(whole, decimals, language)
  }
  if (!mayBeGroup || marksOf(language)?.decimal === mark) return decimal(whole, decimals)
  return ambiguous(whole, decimals, language)
}

function decimal (whole: string, decimals: string): Mantissa {
  if (whole === '' && decimals === '') return { problem: 'letters' }
  return { text: `${digitsOf(whole) || '0'}.${decimals || '0'}` }
}

function ambiguous (whole: string, decimals: string, language: string | undefined): Mantissa {
  const mark = marksOf(language)?.decimal
  // Four decimals are no group of three in any language.
  return {
    problem: 'ambiguous',
    readings: [`${whole}${decimals}`, mark === undefined ? `${whole}.${decimals}0` : `${whole}${mark}${decimals}`]
  }
}

function digitsOf (text: string): string {
  return text.replace(/\D/g, '')
}

function isDecimalMark (mark: string): boolean {
  return mark === '.' || mark === ',' || mark === '\u066B'
}

/**
 * Groups of three after a first of one to three without a zero before; with commas also the Indian twos before the last
 * three.
 */
function isGrouped (text: string, mark: string): boolean {
  const [first = '', ...groups] = text.split(mark)
  if (!/^[1-9]\d{0,2}$/.test(first) || groups.at(-1)?.length !== 3 || groups.some(group => !/^\d+$/.test(group))) {
    return false
  }
  const between = groups.slice(0, -1)
  if (between.every(({ length }) => length === 3)) return true
  return mark === ',' && first.length < 3 && between.every(({ length }) => length === 2)
}

interface Marks {
  readonly decimal: string
  readonly group: string
}
const knownMarks = new Map<string, Marks | undefined>()

/** The marks of a language as Unicode's CLDR has them; undefined where the language is unknown. */
function marksOf (language: string | undefined): Marks | undefined {
  if (language === undefined || knownMarks.has(language)) return knownMarks.get(language ?? '')
  const marks = findMarks(language)
  // Languages come from teachers: a bound on what is remembered.
  if (knownMarks.size >= 500) knownMarks.clear()
  knownMarks.set(language, marks)
  return marks
}

function findMarks (language: string): Marks | undefined {
  try {
    if (Intl.NumberFormat.supportedLocalesOf(language).length === 0) return undefined
    const parts = new Intl.NumberFormat(language, { numberingSystem: 'latn' }).formatToParts(-1234567.5)
    const of = (type: string): string => parts.find(part => part.type === type)?.value.replace(APOSTROPHES, "'") ?? ''
    return { decimal: of('decimal'), group: of('group') }
  } catch {
    // Not a language tag.
    return undefined
  }
}

/** The exact number, within bounds that keep every later sum short. */
function bounded (digits: string, exponent: string): ReadNumber {
  const significant = digits.replace(/[-.]/g, '').replace(/^0+/, '')
  if (significant.replace(/0+$/, '').length > DIGITS_MAX) return { problem: 'digits' }
  if (exponent.replace(/^[+-]?0*/, '').length > 6) return { problem: 'size' }
  const number = new Big(`${digits}e${Number(exponent)}`)
  if (!number.eq(0) && Math.abs(number.e) > EXPONENT_MAX) return { problem: 'size' }
  return { number }
}

/** What is nearest to the reason, for the words of the refusal. */
function problemOf (text: string): NumberProblem {
  if (/\d ?[%\u066A‰]/u.test(text)) return 'percent'
  if (/\d[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]|[⁰¹²³⁴⁵⁶⁷⁸⁹]/u.test(text)) return 'superscript'
  if (/[¼-¾⅐-⅞⁄∕]|\d ?[/÷:] ?\d/u.test(text)) return 'fraction'
  if (/\d ?(\^|\*\*)/.test(text)) return 'power'
  return 'letters'
}
