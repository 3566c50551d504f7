/**
 * The form that names, addresses and titles are searched in. It is stored beside each of them, so that SQLite and MySQL
 * find the same rows: neither engine folds case or accents beyond its own tables.
 *
 * Raise `FOLD_VERSION` with any change here: stored forms are recomputed at the next start.
 */
export const FOLD_VERSION = 1

/**
 * Without their own accents these scripts are still read: é as e, й as и, ά as α. In others a mark is a vowel or part
 * of a letter.
 */
const ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]\p{M}*)\p{M}/gu

/**
 * Shows nothing: joiners, direction marks, soft hyphens, variation selectors. With it the tatweel, which only stretches
 * a word.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u0640]/gu

/** Letters with a stroke or a ligature that Unicode does not take apart, and signs that people type for one another. */
const ALIKE: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ħ: 'h',
  ŧ: 't',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ς: 'σ',
  '\u2018': "'",
  '\u2019': "'",
  ʼ: "'",
  '\u00B4': "'",
  '`': "'",
  '\u201C': '"',
  '\u201D': '"',
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '-',
  '\u2013': '-',
  '\u2014': '-',
  '\u2015': '-',
  '\u2212': '-'
}
const ALIKE_SIGNS = new RegExp(`[${Object.keys(ALIKE).join('')}]`, 'gu')

/**
 * `text` for searching: compatible forms composed (NFKC), full case folding (ß is ss), without accents where that
 * helps, without invisible characters, digits of every script as 0 to 9, spaces single.
 */
export function foldForSearch (text: string): string {
  // Upper case takes apart what lower case leaves, such as ß and ŉ; lower case first, for ẞ.
  const folded = text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().toUpperCase().toLowerCase()
  return folded.normalize('NFKD').replace(ACCENTS, '').normalize('NFKC')
    .replace(ALIKE_SIGNS, sign => ALIKE[sign] ?? sign)
    .replace(/\p{Nd}/gu, digitOf)
    .replace(/\s+/gu, ' ').trim()
}

/** Unicode keeps the ten digits of a script together and in order, so the count of digits before one is its value. */
function digitOf (digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value++
  return String(value)
}
