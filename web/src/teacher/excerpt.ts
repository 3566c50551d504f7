import { textParts } from '../shared/rich-text-parts.ts'

/** The beginning of a question's text on one line, without the marks of its formulas and code. */
export function excerpt (text: string, length: number): string {
  const line = textParts(text).map(({ text }) => text).join('').replace(/\s+/g, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length).trimEnd()} …`
}
