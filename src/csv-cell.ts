/**
 * One cell of a CSV file that is opened in a spreadsheet.
 *
 * A spreadsheet runs some texts as formulas and silently converts others: `00123` becomes 123, `1E5` becomes 100000,
 * `MARCH1` becomes a date. Quotes do not prevent this. So such a text gets an apostrophe before it, which makes it text
 * in every spreadsheet; a program that reads the file removes one leading apostrophe, or reads the JSON export, which
 * has none. Numbers, true and false, and the times that the server itself writes stay as they are.
 */

/** The value of a cell. The code that makes the row formats times as ISO 8601. */
export type Cell = string | number | boolean | null

/** Formulas: at the start, or after blanks. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/

/** The server's own times (`moment`) and ids: no spreadsheet damages them. */
const OWN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/**
 * A number in any script, with groups, decimals, exponent, percent or currency; in brackets it would become negative.
 */
const NUMBER = /^[\p{Sc}(\s]*[\p{Nd}.,\u066B][\p{Nd}\s.,'’\u066B\u066C]*([eEdD][+-]?\p{Nd}+)?[%\p{Sc})\s]*$/u

/** A date, a time or a fraction: digits with separators, also before AM and PM. */
const DATE = /^\p{Nd}[\p{Nd}\s/.:,T-]*(Z|[+-]\p{Nd}+|[ap]\.?m?\.?)?$/iu

/** A month with a day or a year: `MARCH1`, `1-MAR`, `Sept 2026`. */
const MONTH = /^[\p{Nd}\s/.,-]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[\p{Nd}\s/.,:-]*$/iu

/** Truth values and errors. */
const WORD = /^(true|false|#.*)$/i

/** A cell as CSV has it. */
export function cellOf (value: Cell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = needsApostrophe(value) ? `'${value}` : value
  return /[",\r\n\t;]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The text of a cell that `cellOf` wrote. */
export function withoutApostrophe (cell: string): string {
  return cell.startsWith("'") && needsApostrophe(cell.slice(1)) ? cell.slice(1) : cell
}

/** Also where the text itself begins with an apostrophe that would be taken for one of ours. */
function needsApostrophe (text: string): boolean {
  return isChanged(text) || (text.startsWith("'") && needsApostrophe(text.slice(1)))
}

/** Whether a spreadsheet would show or hold something else than this text. */
function isChanged (text: string): boolean {
  if (FORMULA.test(text)) return true
  if (OWN.test(text) || text.length > 200) return false
  const plain = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim()
  if (WORD.test(plain)) return true
  return /\p{Nd}/u.test(plain) && (NUMBER.test(plain) || DATE.test(plain) || MONTH.test(plain))
}
