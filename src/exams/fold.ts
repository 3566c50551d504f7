/*
 * How short answers and numbers are read, so that a right answer is not wrong by its writing.
 */

/** What people type for one sign: digits of Bangla, Devanagari and Arabic, full-width signs, curly quotes, long dashes. */
const SAME: ReadonlyArray<readonly [RegExp, string]> = [
  [/[\u2018\u2019\u02BC]/g, "'"],
  [/[\u201C\u201D]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  // Joiners and direction marks are no part of the word, and invisible.
  [/[\u200B-\u200F\u202A-\u202E\u2060\uFEFF]/g, '']
]

/** First digit of each script's ten: Bangla, Devanagari, Arabic-Indic, its eastern form. */
const ZEROS = [0x09E6, 0x0966, 0x0660, 0x06F0]

/**
 * A text for comparing: compatible forms composed (NFKC: NFC, and full-width signs as plain ones), digits of any of our
 * scripts as 0–9, spaces folded to one and taken off the ends, and letters in lower case unless told otherwise.
 */
export function foldText (text: string, isCaseSensitive = false): string {
  let folded = toDigits(text.normalize('NFKC'))
  for (const [sign, plain] of SAME) folded = folded.replace(sign, plain)
  folded = folded.replace(/\s+/gu, ' ').trim()
  // Composed again: lower case may take a sign apart (İ).
  return isCaseSensitive ? folded : folded.toLowerCase().normalize('NFC')
}

/** The number a person wrote, in any of our scripts, with `.` or `,` before the decimals; undefined when it is none. */
export function foldNumber (value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const text = foldText(value).replace(/ /g, '').replace(/^\+/, '').replace('\u066B', '.')
  // One comma and no point is a decimal comma, unless it stands as in 1,000; more are groups of digits (also 1,00,000).
  const plain = /^-?\d+,\d+$/.test(text) && !/^-?[1-9]\d{0,2},\d{3}$/.test(text) ? text.replace(',', '.') : text.replace(/(?<=\d),(?=\d{2,3}(\D|$))/g, '')
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/.test(plain)) return undefined
  const number = Number(plain)
  return Number.isFinite(number) ? number : undefined
}

function toDigits (text: string): string {
  return text.replace(/\p{Nd}/gu, digit => {
    const code = digit.codePointAt(0) ?? 0
    const zero = ZEROS.find(zero => code >= zero && code < zero + 10)
    return zero === undefined ? digit : String(code - zero)
  })
}
