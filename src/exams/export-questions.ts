/**
 * Questions as files for other systems. What a format cannot say is left out with a comment that says so: a question
 * that would be graded otherwise there is not written.
 */
import Big from 'big.js'
import type { QuestionRow } from '../../db/index.ts'
import { cellOf } from '../csv-cell.ts'
import { CSV_COLUMNS, joinAccepted } from './import/csv.ts'
import { toQuestion, type Question, type SingleBody } from './question.ts'

export const EXPORT_FORMATS = ['csv', 'gift', 'moodle-xml'] as const
export type ExportFormat = typeof EXPORT_FORMATS[number]

export interface QuestionFile {
  readonly text: string
  readonly contentType: string
  readonly extension: string
}

export function exportQuestions (format: ExportFormat, rows: readonly QuestionRow[]): QuestionFile {
  const questions = rows.map(toQuestion)
  switch (format) {
    case 'csv': return { text: toCsv(questions), contentType: 'text/csv; charset=utf-8', extension: 'csv' }
    case 'gift': return { text: toGift(questions), contentType: 'text/plain; charset=utf-8', extension: 'gift.txt' }
    case 'moodle-xml':
      return { text: toMoodleXml(questions), contentType: 'application/xml; charset=utf-8', extension: 'xml' }
  }
}

const decimal = (value: number | string): string => new Big(value).toFixed()

function toCsv (questions: readonly Question[]): string {
  const width = Math.max(4, ...questions.map(({ body }) => 'choices' in body ? body.choices.length : 0))
  const columns = [...CSV_COLUMNS, ...Array.from({ length: width }, (_, index) => `choice${index + 1}`)]
  const lines = questions.map(question => {
    const cells = csvCells(question)
    return columns.map(name => cellOf(cells[name] ?? '')).join(',')
  })
  return `\uFEFF${[columns.join(','), ...lines].join('\r\n')}\r\n`
}

function csvCells (question: Question): Record<string, string> {
  const { section, kind, text, points, body } = question
  const base = { section, kind, text, points: decimal(points) }
  switch (question.kind) {
    case 'single':
    case 'multiple': {
      const { choices, correct } = question.body
      const letters = [correct].flat().map(id => letterAt(choices.findIndex(choice => choice.id === id)))
      const texts = choices.map(({ text }, index) => [`choice${index + 1}`, text])
      return { ...base, correct: letters.join(';'), ...Object.fromEntries(texts) }
    }
    case 'boolean': return { ...base, correct: String(question.body.correct) }
    case 'number': {
      const { correct, tolerance, unit = '' } = question.body
      return { ...base, correct: decimal(correct), tolerance: tolerance === undefined ? '' : decimal(tolerance), unit }
    }
    case 'short':
      return {
        ...base,
        correct: joinAccepted(question.body.accepted),
        caseSensitive: question.body.isCaseSensitive === true ? 'true' : ''
      }
    case 'long':
    case 'code': return { ...base, ...body as Record<string, string> }
  }
}

/** a … z, then a1, b1 …: the letters of `choice1`, `choice2` … */
function letterAt (index: number): string {
  return String.fromCharCode(97 + index % 26) + (index < 26 ? '' : Math.floor(index / 26))
}

/** Why neither GIFT nor Moodle XML can hold the question so that it is graded alike; undefined: they can. */
function inexpressible (question: Question, format: 'gift' | 'moodle-xml'): string | undefined {
  if (question.kind === 'code') return 'questions about code are not part of this format'
  if (question.kind === 'multiple' && question.body.correct.length === 0) return 'no choice is right'
  if (question.kind !== 'short') return undefined
  if (question.body.accepted.some(text => text.includes('*'))) return 'an accepted answer contains *'
  return format === 'gift' && question.body.isCaseSensitive === true ? 'upper and lower case matter' : undefined
}

const percent = (share: number): string => String(Math.round(share * 100 * 1e5) / 1e5)

/** The choices with their percentages, as both formats have them. */
function weighted ({ choices, correct }: Pick<SingleBody, 'choices'> & { readonly correct: string | readonly string[] }) {
  const right = [correct].flat()
  const isMultiple = Array.isArray(correct)
  const share = 1 / right.length
  return choices.map(({ id, text }) => ({
    text,
    percent: percent(right.includes(id) ? share : isMultiple ? -share : 0),
    isRight: right.includes(id)
  }))
}

function toGift (questions: readonly Question[]): string {
  let section = ''
  const parts = ['// Points are not part of GIFT: every question counts alike until they are set.']
  for (const [index, question] of questions.entries()) {
    if (question.section !== section) {
      section = question.section
      parts.push(`$CATEGORY: ${section === '' ? 'top' : section.replaceAll('/', ' ')}`)
    }
    const reason = inexpressible(question, 'gift')
    if (reason !== undefined) parts.push(`// Question ${index + 1} is left out: ${reason}.`)
    else parts.push(`[plain]${giftText(question.text)} {${giftAnswers(question)}}`)
  }
  return `${parts.join('\n\n')}\n`
}

function giftAnswers (question: Question): string {
  switch (question.kind) {
    case 'single':
      return weighted(question.body).map(({ text, isRight }) => `\n${isRight ? '=' : '~'}[plain]${giftText(text)}`).join('') + '\n'
    case 'multiple':
      return weighted(question.body).map(({ text, percent }) => `\n~%${percent}%[plain]${giftText(text)}`).join('') + '\n'
    case 'boolean': return question.body.correct ? 'TRUE' : 'FALSE'
    case 'number': {
      const { correct, tolerance } = question.body
      return `#${decimal(correct)}${tolerance === undefined ? '' : `:${decimal(tolerance)}`}`
    }
    case 'short': return question.body.accepted.map(text => `\n=[plain]${giftText(text)}`).join('') + '\n'
    default: return ''
  }
}

const giftText = (text: string): string =>
  text.replaceAll(/[\\~=#{}:]/g, '\\$&').replaceAll(/\r\n|\r|\n/g, '\\n')

function toMoodleXml (questions: readonly Question[]): string {
  let section = ''
  const parts: string[] = []
  for (const [index, question] of questions.entries()) {
    if (question.section !== section) {
      section = question.section
      parts.push(`  <question type="category">\n    <category><text>${xmlText(section === '' ? 'top' : section.replaceAll('/', ' '))}</text></category>\n  </question>`)
    }
    const reason = inexpressible(question, 'moodle-xml')
    parts.push(reason === undefined ? xmlQuestion(question, index + 1) : `  <!-- Question ${index + 1} is left out: ${reason}. -->`)
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n${parts.join('\n')}\n</quiz>\n`
}

function xmlQuestion (question: Question, number: number): string {
  const text = (value: string): string => `<text>${xmlText(value)}</text>`
  const answer = (value: string, fraction: string, more = ''): string =>
    `    <answer fraction="${fraction}" format="plain_text">${text(value)}${more}</answer>`
  const [type, ...lines] = ((): readonly [string, ...string[]] => {
    switch (question.kind) {
      case 'single':
      case 'multiple':
        return [
          'multichoice',
          `    <single>${String(question.kind === 'single')}</single>`,
          ...weighted(question.body).map(choice => answer(choice.text, choice.percent))
        ]
      case 'boolean':
        return ['truefalse', ...[true, false].map(value => answer(String(value), value === question.body.correct ? '100' : '0'))]
      case 'number': {
        const { correct, tolerance, unit } = question.body
        return [
          'numerical',
          answer(decimal(correct), '100', `<tolerance>${tolerance === undefined ? '0' : decimal(tolerance)}</tolerance>`),
          ...(unit === undefined
            ? []
            : [`    <units><unit><multiplier>1</multiplier><unit_name>${xmlText(unit)}</unit_name></unit></units>`])
        ]
      }
      case 'short':
        return [
          'shortanswer',
          `    <usecase>${question.body.isCaseSensitive === true ? '1' : '0'}</usecase>`,
          ...question.body.accepted.map(accepted => answer(accepted, '100'))
        ]
      default:
        return [
          'essay',
          ...('guidance' in question.body && question.body.guidance !== undefined
            ? [`    <graderinfo format="plain_text">${text(question.body.guidance)}</graderinfo>`]
            : [])
        ]
    }
  })()
  return [
    `  <question type="${type}">`,
    `    <name>${text(`Question ${number}`)}</name>`,
    `    <questiontext format="plain_text">${text(question.text)}</questiontext>`,
    `    <defaultgrade>${decimal(question.points)}</defaultgrade>`,
    ...lines,
    '  </question>'
  ].join('\n')
}

/** XML has no control characters but these three. */
function xmlText (text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\p{Cc}/gu, sign => ['\t', '\n'].includes(sign) ? sign : sign === '\r' ? '&#13;' : ' ')
}
