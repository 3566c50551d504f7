/** Moodle XML. Files with a document type are refused: entities could read other files or grow without end. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { hasOtherPenalty, multipleOf, singleOf } from './choices.ts'
import { sectionOf } from './gift.ts'
import { htmlToText, looksLikeHtml } from './html-text.ts'
import { Findings, Misread, type ReadFile } from './types.ts'

/** An element in the order of the file: its name with its children, its attributes, its place. */
interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** Of this element itself, without its children. */
  readonly text: string
  readonly startIndex: number
}

const ATTRIBUTES = ':@'
const TEXT = '#text'
/** Deeper than any file that Moodle writes. */
const DEPTH_MAX = 12

export function readMoodleXml (text: string): ReadFile {
  const findings = new Findings()
  const doctype = /<!(DOCTYPE|ENTITY)/i.exec(text)
  if (doctype !== null) {
    findings.problem(lineAt(text, doctype.index), 'doctype')
    return findings
  }
  const valid = XMLValidator.validate(text)
  if (valid !== true) {
    findings.problem(valid.err.line, 'syntax', { problem: valid.err.msg })
    return findings
  }
  const root = elementsOf(parser().parse(text)).find(({ name }) => name === 'quiz')
  if (root === undefined) {
    findings.problem(1, 'root')
    return findings
  }
  let section = ''
  for (const element of root.children) {
    const line = lineAt(text, element.startIndex)
    if (element.name !== 'question') findings.problem(line, 'line', { text: `<${element.name}>` })
    else if (element.attributes['type'] === 'category') {
      section = sectionOf(textIn(child(element, 'category')))
      findings.note(line, 'category', { section })
    } else findings.draft(line, () => ({ section, ...questionOf(element, line, findings) }))
  }
  return findings
}

const parser = (): XMLParser =>
  new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    captureMetaData: true,
    // Numeric character references; the names of HTML come along.
    htmlEntities: true
  })

type Node = Readonly<Record<string, unknown>> & {
  readonly [place: symbol]: { readonly startIndex?: number } | undefined
}

function elementsOf (nodes: unknown, depth = 0): Element[] {
  if (!Array.isArray(nodes) || depth > DEPTH_MAX) return []
  return (nodes as Node[]).flatMap(node => {
    const name = Object.keys(node).find(key => key !== ATTRIBUTES && key !== TEXT && !key.startsWith('?'))
    if (name === undefined) return []
    const inner = node[name] as Node[]
    return [{
      name,
      attributes: (node[ATTRIBUTES] ?? {}) as Record<string, string>,
      children: elementsOf(inner, depth + 1),
      text: inner.map(part => (typeof part[TEXT] === 'string' ? part[TEXT] : '')).join(''),
      startIndex: node[XMLParser.getMetaDataSymbol() as unknown as symbol]?.startIndex ?? 0
    }]
  })
}

function lineAt (text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++
  return line
}

const child = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find(one => one.name === name)
const all = (element: Element, name: string): readonly Element[] => element.children.filter(one => one.name === name)
/** The content of its `<text>`, or of the element itself. */
const textIn = (element: Element | undefined): string => (child(element, 'text') ?? element)?.text.trim() ?? ''
const isOn = (element: Element | undefined): boolean => ['true', '1'].includes(textIn(element))

const HINTS = ['hint']
const TAGS = ['tags', 'idnumber']
const FEEDBACK = ['generalfeedback', 'correctfeedback', 'partiallycorrectfeedback', 'incorrectfeedback']
/** Understood below, or without a meaning for the question. */
const KNOWN = new Set([
  'name', 'questiontext', 'answer', 'defaultgrade', 'penalty', 'hidden', 'single', 'usecase', 'units', 'graderinfo',
  'responsetemplate', 'shownumcorrect', ...HINTS, ...TAGS, ...FEEDBACK
])

function questionOf (element: Element, line: number, findings: Findings) {
  const kind = element.attributes['type'] ?? ''
  if (!['multichoice', 'truefalse', 'shortanswer', 'numerical', 'essay'].includes(kind)) {
    throw new Misread('kind', { kind: kind === '' ? '?' : kind })
  }
  if (hasFile(element)) throw new Misread('file')
  const isFilled = (name: string): boolean => all(element, name).some(one => textIn(one) !== '' || one.children.length > 1)
  if (HINTS.some(isFilled)) findings.note(line, 'hints')
  if (TAGS.some(isFilled)) findings.note(line, 'tags')
  const hasFeedback = FEEDBACK.some(isFilled) || all(element, 'answer').some(one => textIn(child(one, 'feedback')) !== '')
  if (hasFeedback) findings.note(line, 'feedback')
  if (element.children.some(({ name }) => !KNOWN.has(name))) findings.note(line, 'layout')

  const plain = (part: Element | undefined, format = part?.attributes['format']): string => {
    const text = textIn(part)
    // Without a format Moodle has guessed HTML.
    const isHtml = format === 'html' || ((format === undefined || format === 'moodle_auto_format') && looksLikeHtml(text))
    if (!isHtml) return text
    const read = htmlToText(text)
    if (read.isSimplified) findings.note(line, 'formatting')
    return read.text
  }
  const questionText = child(element, 'questiontext')
  const base = { text: plain(questionText), ...pointsOf(child(element, 'defaultgrade')) }
  const answers = all(element, 'answer').map(answer => ({
    text: plain(answer),
    percent: percentOf(answer.attributes['fraction']),
    tolerance: textIn(child(answer, 'tolerance'))
  }))
  switch (kind) {
    case 'multichoice': {
      const isMultiple = !isOn(child(element, 'single'))
      if (hasOtherPenalty(answers, isMultiple)) findings.note(line, 'penalty')
      return { ...base, ...(isMultiple ? multipleOf(answers) : singleOf(answers)) }
    }
    case 'truefalse': {
      const right = answers.filter(({ percent }) => percent === 100)
      const truth = right[0]?.text.toLowerCase()
      if (right.length !== 1 || answers.some(({ percent }) => percent !== 100 && percent !== 0)) throw new Misread('noAnswer')
      if (truth !== 'true' && truth !== 'false') throw new Misread('truth', { text: truth ?? '' })
      return { ...base, kind: 'boolean', body: { correct: truth === 'true' } }
    }
    case 'shortanswer': {
      const accepted = fullyRight(answers, line, findings).map(({ text }) => text)
      if (accepted.some(text => text.includes('*'))) throw new Misread('wildcard')
      return {
        ...base,
        kind: 'short',
        body: { accepted, ...(isOn(child(element, 'usecase')) && { isCaseSensitive: true }) }
      }
    }
    case 'numerical': {
      const [right, ...others] = fullyRight(answers, line, findings)
      if (others.length > 0) throw new Misread('severalRight')
      if (right!.text === '*') throw new Misread('wildcard')
      const units = child(element, 'units')?.children ?? []
      if (units.length > 1) throw new Misread('units')
      const unit = textIn(child(units[0], 'unit_name'))
      return {
        ...base,
        kind: 'number',
        body: {
          correct: right!.text,
          ...(!['', '0'].includes(right!.tolerance) && { tolerance: right!.tolerance }),
          ...(unit !== '' && { unit })
        }
      }
    }
    default: {
      const guidance = plain(child(element, 'graderinfo'))
      if (plain(child(element, 'responsetemplate')) !== '') findings.note(line, 'layout')
      return { ...base, kind: 'long', body: guidance === '' ? {} : { guidance } }
    }
  }
}

const hasFile = ({ name, children }: Element): boolean => name === 'file' || children.some(hasFile)

/** The answers that are right; those without points are left out, and said so. */
function fullyRight<A extends { readonly percent: number }> (
  answers: readonly A[],
  line: number,
  findings: Findings
): A[] {
  const partly = answers.find(({ percent }) => percent !== 100 && percent !== 0)
  if (partly !== undefined) throw new Misread('partly', { percent: partly.percent })
  const right = answers.filter(({ percent }) => percent === 100)
  if (right.length === 0) throw new Misread('noAnswer')
  if (right.length < answers.length) findings.note(line, 'ignored')
  return right
}

function percentOf (fraction: string | undefined): number {
  const percent = Number(fraction ?? '0')
  if (!Number.isFinite(percent)) throw new Misread('points', { text: fraction ?? '' })
  return percent
}

function pointsOf (grade: Element | undefined): { readonly points?: number } {
  const text = textIn(grade)
  if (text === '') return {}
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Misread('points', { text })
  return { points: Number(text) }
}
