/**
 * Reads the small markup of question texts: `$…$` and `$$…$$` are formulas, `` `…` `` and three backticks are code.
 * Everything else is text as it stands, line breaks included.
 */
export interface TextPart {
  readonly kind: 'text' | 'formula' | 'formulaBlock' | 'code' | 'codeBlock'
  readonly text: string
}

/**
 * A dollar that opens a formula has no space after it; one that closes it has none before it and no digit after it, so
 * that prices ($5 and $6) stay text.
 */
const MARKUP = new RegExp([
  '```[^\\n`]*\\n(?<codeBlock>[^]*?)\\n?```',
  '`(?<code>[^`\\n]+)`',
  '\\$\\$(?<formulaBlock>[^]+?)\\$\\$',
  '(?<![\\\\$])\\$(?<formula>(?:[^\\s$\\\\]|\\\\.)(?:(?:[^$\\n\\\\]|\\\\.)*(?:[^\\s$\\\\]|\\\\.))?)\\$(?!\\d)'
].join('|'), 'g')

export function textParts (text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const match of text.matchAll(MARKUP)) {
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) })
    const [kind, inner] = Object.entries(match.groups!).find(([, found]) => found !== undefined)!
    parts.push({ kind: kind as TextPart['kind'], text: inner! })
    at = match.index + match[0].length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}

/** The text without its marks: formulas as they were typed. */
export const plainText = (text: string): string => textParts(text).map(part => part.text).join('')
