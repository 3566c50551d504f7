/** Questions here are plain text. HTML of other systems becomes text where it loses nothing but its looks. */
import { Parser } from 'htmlparser2'
import { Misread } from './types.ts'

/** They end a line. */
const BLOCKS = new Set(['p', 'div', 'ul', 'ol', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'section'])
/** Looks only: the text is the same without them. */
const LOOKS = new Set(['b', 'strong', 'i', 'em', 'u', 'span', 'font', 'small', 'big', 'code', 'tt', 'kbd', 'abbr', 'a'])
const MAY_STAY_OPEN = new Set(['p', 'li', 'br'])

export interface HtmlText {
  readonly text: string
  /** Formatting, such as bold letters or a link, is gone. */
  readonly isSimplified: boolean
}

/** Whether a text that may be HTML holds a tag or an entity. */
export function looksLikeHtml (text: string): boolean {
  return /<[a-z/!]|&(#\d+|#x[0-9a-f]+|[a-z]+);/i.test(text)
}

/**
 * Throws `Misread` for what text cannot say: pictures, tables, superscripts (10² would read as 102), formulas in
 * MathML, and tags that are never closed, such as in `if a<b and c`.
 */
export function htmlToText (html: string): HtmlText {
  let text = ''
  let isSimplified = false
  let preformatted = 0
  const lists: number[] = []
  const endLine = (): void => {
    if (text !== '' && !text.endsWith('\n')) text += '\n'
  }
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (name === 'br') text += '\n'
      else if (name === 'li') {
        endLine()
        const number = lists.at(-1)
        text += number === undefined || number === 0 ? '- ' : `${number}. `
        if (number !== undefined && number > 0) lists[lists.length - 1] = number + 1
      } else if (BLOCKS.has(name)) {
        endLine()
        if (name === 'pre') preformatted++
        if (name === 'ul' || name === 'ol') lists.push(name === 'ol' ? 1 : 0)
      } else if (LOOKS.has(name)) isSimplified ||= name !== 'span' || Object.keys(attributes).length > 0
      else throw new Misread('html', { tag: name })
    },
    ontext: part => {
      if (preformatted > 0) text += part
      else {
        const plain = part.replaceAll(/[ \t\r\n\f]+/g, ' ')
        text += text === '' || /\s$/.test(text) ? plain.trimStart() : plain
      }
    },
    onclosetag: (name, isImplied) => {
      if (isImplied && !MAY_STAY_OPEN.has(name)) throw new Misread('html', { tag: name })
      if (!BLOCKS.has(name)) return
      if (name === 'pre') preformatted--
      if (name === 'ul' || name === 'ol') lists.pop()
      endLine()
    }
  }, { decodeEntities: true })
  parser.write(html)
  parser.end()
  return {
    text: text.replaceAll('\u00a0', ' ').replaceAll(/[ \t]+\n/g, '\n').replaceAll(/\n{3,}/g, '\n\n').trim(),
    isSimplified
  }
}
