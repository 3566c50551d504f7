/** Characters that people type for one and the same sign, for every place that compares or reads typed text. */

/**
 * Removes what nobody sees: joiners, direction marks and isolates, soft hyphens, variation selectors, tags, byte order
 * marks (Unicode's Default_Ignorable_Code_Point), interlinear annotation and control characters. Line breaks and tabs
 * stay.
 */
export function withoutInvisible (text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}|[\uFFF9-\uFFFB]|(?![\t-\r\x85])\p{Cc}/gu, '')
}

/** Whether there is nothing to see: no characters, blanks, or invisible ones. */
export function isBlank (text: string): boolean {
  return !/[^\s\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800\p{Cc}]/u.test(text)
}

/** Decimal digits of every script as 0 to 9. */
export function withPlainDigits (text: string): string {
  return text.replace(/[^\P{Nd}0-9]/gu, digit => String(digitValue(digit.codePointAt(0) ?? 0)))
}

/** Hyphens, dashes and the minus sign; not the superscript one, which says something else. */
export const DASHES = /[\p{Pd}\u2212\u2043]/gu

/** Apostrophes, single quotes, primes, and the accents that keyboards give in their place. */
export const APOSTROPHES =
  /[`\u00B4\u02B9\u02BB-\u02BD\u02C8\u02CA\u02CB\u055A\u05F3\u07F4\u07F5\u1FBD\u1FBF\u1FEF\u1FFD\u1FFE\u2018-\u201B\u2032\u2035\u2039\u203A\uA78B\uA78C\uFF07\uFF40]/gu

/** Double quotes and double primes. */
export const QUOTES = /[\u00AB\u00BB\u02BA\u02EE\u05F4\u201C-\u201F\u2033\u2036\u275D\u275E\u301D-\u301F\uFF02]/gu

const valueOf = new Map<number, number>()

/** Unicode keeps the ten digits of a script together and in order, and each block of them begins with its zero. */
function digitValue (code: number): number {
  const known = valueOf.get(code)
  if (known !== undefined) return known
  let first = code
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--
  const value = (code - first) % 10
  valueOf.set(code, value)
  return value
}
