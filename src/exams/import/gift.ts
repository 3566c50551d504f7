/** GIFT, parsed by gift-pegjs: one question between two blank lines, so that one that is wrong leaves the others. */
import Big from 'big.js'
import {
  parse, SyntaxError as GiftError, type GIFTQuestion, type NumericalChoice, type NumericalFormat, type TextChoice,
  type TextFormat
} from 'gift-pegjs'
import { hasOtherPenalty, multipleOf, singleOf, type WeightedChoice } from './choices.ts'
import { htmlToText, looksLikeHtml } from './html-text.ts'
import { Findings, Misread, type ReadFile } from './types.ts'

/** The parser's time grows with the square of a question's length. */
const QUESTION_CHARS_MAX = 30_000

export function readGift (text: string): ReadFile {
  const findings = new Findings()
  let section = ''
  for (const { line, source } of blocksOf(text)) {
    let items: GIFTQuestion[]
    try {
      if (source.length > QUESTION_CHARS_MAX) throw new Misread('long', { max: QUESTION_CHARS_MAX })
      items = parse(source)
    } catch (error) {
      if (error instanceof Misread) findings.problem(line, error.reason, error.values)
      else if (error instanceof GiftError) {
        findings.problem(line + (error.location?.start.line ?? 1) - 1, 'syntax', { problem: error.message.slice(0, 200) })
      } else throw error
      continue
    }
    for (const item of items) {
      if (item.type === 'Category') {
        section = sectionOf(item.title)
        findings.note(line, 'category', { section })
      } else findings.draft(line, () => ({ section, ...questionOf(item, source, line, findings) }))
    }
  }
  return findings
}

/** `$course$/top/Algebra/Easy`: the last name. */
export function sectionOf (path: string): string {
  return path.split('/').map(part => part.trim()).filter(part => !/^(\$\w+\$|top|)$/.test(part)).at(-1) ?? ''
}

/** Stretches between blank lines, without those that are comments throughout. */
function blocksOf (text: string): Array<{ readonly line: number, readonly source: string }> {
  const blocks: Array<{ line: number, source: string }> = []
  let lines: string[] = []
  let start = 1
  const flush = (): void => {
    // A category line ends by itself; the parser wants a blank line after it.
    const at = lines.findIndex(line => line.startsWith('$CATEGORY:'))
    if (at !== -1) blocks.push({ line: start + at, source: lines[at]! })
    const rest = lines.map((line, index) => index <= at ? '' : line)
    const first = rest.findIndex(line => line.trim() !== '' && !/^\s*\/\//.test(line))
    if (first !== -1) blocks.push({ line: start + first, source: rest.slice(first).join('\n') })
    lines = []
  }
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === '') flush()
    else {
      if (lines.length === 0) start = index + 1
      lines.push(line)
    }
  }
  flush()
  return blocks
}

function questionOf (
  item: Exclude<GIFTQuestion, { type: 'Category' }>,
  source: string,
  line: number,
  findings: Findings
) {
  if (item.type === 'Description' || item.type === 'Matching') throw new Misread('kind', { kind: item.type })
  const plain = (format: TextFormat): string => {
    const isHtml = format.format === 'html' || (format.format === 'moodle' && looksLikeHtml(format.text))
    if (!isHtml) return format.text
    const { text, isSimplified } = htmlToText(format.text)
    if (isSimplified) findings.note(line, 'formatting')
    return text
  }
  const text = plain(item.stem)
  if (item.globalFeedback !== null) findings.note(line, 'feedback')
  switch (item.type) {
    case 'TF':
      if (item.trueFeedback !== null || item.falseFeedback !== null) findings.note(line, 'feedback')
      return { kind: 'boolean', text, body: { correct: item.isTrue } }
    case 'Essay':
      return { kind: 'long', text, body: {} }
    case 'MC': {
      if (item.choices.some(({ feedback }) => feedback !== null)) findings.note(line, 'feedback')
      const choices = item.choices.map(choice => ({ text: plain(choice.text), percent: percentOf(choice) }))
      const isMultiple =
        !item.choices.some(({ isCorrect }) => isCorrect) && !choices.some(({ percent }) => percent === 100)
      if (hasOtherPenalty(choices, isMultiple)) findings.note(line, 'penalty')
      return { text, ...(isMultiple ? multipleOf(choices) : singleOf(choices)) }
    }
    case 'Short': {
      if (item.choices.some(({ feedback }) => feedback !== null)) findings.note(line, 'feedback')
      return { kind: 'short', text, body: { accepted: item.choices.map(choice => acceptedOf(plain(choice.text), choice)) } }
    }
    case 'Numerical':
      return { kind: 'number', text, body: numberOf(item.choices, source, line, findings) }
  }
}

const percentOf = ({ isCorrect, weight }: TextChoice): WeightedChoice['percent'] => weight ?? (isCorrect ? 100 : 0)

function acceptedOf (text: string, choice: TextChoice): string {
  const percent = percentOf(choice)
  if (percent !== 100) throw new Misread('partly', { percent })
  // Stands for any text there.
  if (text.includes('*')) throw new Misread('wildcard')
  return text
}

/**
 * The number with its tolerance. The digits are those of the file: the parser gives doubles, which hold some fifteen.
 */
function numberOf (choices: NumericalChoice[] | NumericalFormat, source: string, line: number, findings: Findings) {
  const list = Array.isArray(choices) ? choices : [{ isCorrect: true, weight: null, text: choices, feedback: null }]
  const [only, ...others] = list.filter(({ isCorrect, weight }) => isCorrect || (weight ?? 0) > 0)
  if (only === undefined) throw new Misread('noAnswer')
  if (others.length > 0) throw new Misread('severalRight')
  if (only.weight !== null && only.weight !== 100) throw new Misread('partly', { percent: only.weight })
  if (list.some(({ feedback }) => feedback !== null)) findings.note(line, 'feedback')
  const { type, number, range, numberHigh, numberLow } = only.text
  const value = (double: number | undefined): Big => exactly(double ?? NaN, source)
  if (type !== 'high-low') {
    return {
      correct: value(number).toFixed(),
      ...(range !== undefined && range !== 0 && { tolerance: value(range).toFixed() })
    }
  }
  const [high, low] = [value(numberHigh), value(numberLow)]
  if (high.lt(low)) throw new Misread('syntax', { problem: `${low.toFixed()}..${high.toFixed()}` })
  return { correct: high.plus(low).div(2).toFixed(), tolerance: high.minus(low).div(2).toFixed() }
}

/** The decimal of the file that the parser read as this double. */
function exactly (double: number, source: string): Big {
  const written = (source.slice(source.lastIndexOf('{')).replaceAll('..', ' ').match(/-?(\d+\.?\d*|\.\d+)/g) ?? []).filter(
    text => Number(text) === double
  )
  if (written.length === 0) throw new Misread('number', { number: double })
  return new Big(written[0]!)
}
