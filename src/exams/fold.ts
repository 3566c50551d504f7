/**
 * Short answers compared as people read them, so that a right answer is not wrong by its writing.
 *
 * Folded: composition and compatible forms (Unicode NFKC), invisible characters, digits of every script, blanks,
 * dashes, quotes and apostrophes, and letters' case (full case folding: ß is ss, ς is σ, İ is i) unless the question is
 * case-sensitive. Kept, because they make other words: accents, vowel signs, harakat, ı beside i, and 10² beside 102.
 */
import { APOSTROPHES, DASHES, QUOTES, withoutInvisible, withPlainDigits } from './characters.ts'

/** Letters that have a newer code or another keyboard's code for the same letter. */
const LETTERS: ReadonlyArray<readonly [RegExp, string]> = [
  // Khanda ta before Unicode 4.1: ta, virama, zero width joiner. Read before the joiner is removed.
  [/\u09A4\u09CD\u200D/g, '\u09CE'],
  // Tatweel (kashida) only stretches a word.
  [/\u0640/g, ''],
  // Persian and Arabic keyboards: kaf and yeh.
  [/\u06A9/g, '\u0643'],
  [/\u06CC/g, '\u064A'],
  // Letter a with the sign aa is the letter aa, which Unicode does not compose (Bangla, Devanagari).
  [/\u0985\u09BE/g, '\u0986'],
  [/\u0905\u093E/g, '\u0906']
]

const POWER = /(?<=\p{Nd})[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/gu
const FRACTION = /(?<=\p{Nd})(?=[¼-¾⅐-⅞↉])/gu

/** The form of a text that is compared; folding it again changes nothing. */
export function foldText (text: string, isCaseSensitive = false): string {
  let folded = text.replace(LETTERS[0]![0], LETTERS[0]![1])
  folded = withoutInvisible(folded)
    // Before NFKC: it makes a blank and an accent of ´, and plain digits of what says another number.
    .replace(APOSTROPHES, "'").replace(QUOTES, '"')
    .replace(POWER, power => `^${power}`).replace(FRACTION, ' ')
  folded = compose(folded)
  if (!isCaseSensitive) folded = compose(foldCase(folded))
  return folded.replace(/[\s\x85\u2800]+/gu, ' ').trim()
}

/**
 * Whether two texts are the same answer. In Turkish and Azerbaijani, where I is the capital of ı and İ that of i, their
 * letters are compared that way too; the general folding goes on counting, as not every keyboard has these letters.
 */
export function isSameText (
  one: string,
  other: string,
  {
    isCaseSensitive = false,
    language
  }: { readonly isCaseSensitive?: boolean | undefined, readonly language?: string | undefined } = {}
): boolean {
  if (foldText(one, isCaseSensitive) === foldText(other, isCaseSensitive)) return true
  return (
    !isCaseSensitive &&
    language !== undefined &&
    /^(tr|az)\b/i.test(language) &&
    foldText(turkicLower(one)) === foldText(turkicLower(other))
  )
}

function turkicLower (text: string): string {
  return text.normalize('NFC').replace(/İ/g, 'i').replace(/I/g, 'ı')
}

/** NFKC with the signs of one kind made one. */
function compose (text: string): string {
  let composed = withoutInvisible(withPlainDigits(text.normalize('NFKC')))
    .replace(DASHES, '-').replace(APOSTROPHES, "'").replace(QUOTES, '"').replace(/\u2044/g, '/')
  for (const [letter, same] of LETTERS) composed = composed.replace(letter, same)
  return composed.normalize('NFKC')
}

/**
 * Full case folding by Unicode's own mappings: upper case spells out (ß: SS) what lower case alone would leave. ı is
 * left out: its capital is I, but it is another letter than i.
 */
function foldCase (text: string): string {
  const folded = text.toLowerCase().split('ı').map(part => part.toUpperCase().toLowerCase()).join('ı')
  // Lower case of İ is i with a dot above, and of Σ at the end of a word ς.
  return folded.replace(/i\u0307/g, 'i').replace(/ς/g, 'σ')
}
