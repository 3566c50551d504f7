/** Questions as a table: one a line, its columns named in the first line. */
import { CsvError, parse } from 'csv-parse/sync'
import { withoutApostrophe } from '../../csv-cell.ts'
import { idAt } from './choices.ts'
import { Findings, Misread, type ReadFile } from './types.ts'

/** Columns besides `choice1`, `choice2` …, and the kinds of question that use them. */
export const CSV_COLUMNS = [
  'section', 'kind', 'text', 'points', 'correct', 'tolerance', 'unit', 'caseSensitive', 'language', 'starter', 'guidance'
] as const

export const CHOICES_MAX = 50

const KINDS_OF: Readonly<Record<string, readonly string[]>> = {
  correct: ['single', 'multiple', 'boolean', 'number', 'short'],
  tolerance: ['number'],
  unit: ['number'],
  caseSensitive: ['short'],
  language: ['code'],
  starter: ['code'],
  guidance: ['long', 'code']
}

const choiceNumber = (column: string): number => Number(/^choice([1-9]\d?)$/.exec(column)?.[1] ?? 0)
const isChoice = (column: string): boolean => choiceNumber(column) > 0 && choiceNumber(column) <= CHOICES_MAX

type Cells = Readonly<Record<string, string>>

export function readCsv (text: string): ReadFile {
  const findings = new Findings()
  const rows: Array<{ readonly line: number, readonly cells: readonly string[] }> = []
  let line = 1
  try {
    parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      relaxColumnCount: true,
      skipEmptyLines: true,
      onRecord: (record: string[], { lines }) => {
        // The parser says where a row ends; it may span lines.
        const breaks = record.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0)
        rows.push({ line: Math.max(line, lines - breaks), cells: record.map(withoutApostrophe) })
        line = lines
        return null
      }
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    findings.problem(Number(error['lines'] ?? line), 'syntax', { problem: error.message.slice(0, 200) })
    return findings
  }
  const [head, ...body] = rows
  const columns = head?.cells.map(cell => cell.trim()) ?? []
  for (const name of ['kind', 'text']) if (!columns.includes(name)) findings.problem(1, 'columnMissing', { name })
  for (const [index, name] of columns.entries()) {
    if (columns.indexOf(name) < index) findings.problem(1, 'columnTwice', { name })
    else if (!isChoice(name) && !(CSV_COLUMNS as readonly string[]).includes(name)) {
      findings.problem(1, 'columnUnknown', { name: name.slice(0, 60) })
    }
  }
  if (findings.problems.length > 0) return findings

  for (const { line, cells } of body) {
    if (cells.every(cell => cell.trim() === '')) continue
    if (cells.length !== columns.length) {
      findings.problem(line, 'cells', { count: cells.length, expected: columns.length })
      continue
    }
    findings.draft(line, () => questionOf(Object.fromEntries(columns.map((name, index) => [name, cells[index]!]))))
  }
  return findings
}

/** The one that the first line has most of: a spreadsheet writes what its country uses. */
function delimiterOf (text: string): string {
  const head = text.slice(0, 10_000).split(/\r|\n/, 1)[0]!.replaceAll(/"[^"]*"/g, '')
  const count = (sign: string): number => head.split(sign).length
  return [',', ';', '\t'].reduce((best, sign) => count(sign) > count(best) ? sign : best)
}

function questionOf (cells: Cells): Record<string, unknown> {
  const kind = cells['kind']!.trim()
  for (const [name, cell] of Object.entries(cells)) {
    const kinds = isChoice(name) ? ['single', 'multiple'] : KINDS_OF[name]
    if (cell.trim() !== '' && kinds?.includes(kind) === false) throw new Misread('columnFor', { name, kind })
  }
  return {
    kind,
    text: cells['text'],
    section: cells['section'] ?? '',
    ...pointsOf(cells['points']),
    body: bodyOf(kind, cells)
  }
}

function pointsOf (cell = ''): { readonly points?: number } {
  const text = cell.trim()
  if (text === '') return {}
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Misread('points', { text })
  return { points: Number(text) }
}

function bodyOf (kind: string, cells: Cells): Record<string, unknown> {
  const cell = (name: string): string => cells[name] ?? ''
  const filled = (...names: string[]) =>
    Object.fromEntries(names.flatMap(name => (cell(name).trim() === '' ? [] : [[name, cell(name)]])))
  switch (kind) {
    case 'single': {
      const choices = choicesOf(cells)
      const [correct, ...others] = lettersOf(cell('correct'), choices.length)
      if (correct === undefined) throw new Misread('noAnswer')
      if (others.length > 0) throw new Misread('severalRight')
      return { choices, correct }
    }
    case 'multiple': {
      const choices = choicesOf(cells)
      return { choices, correct: lettersOf(cell('correct'), choices.length) }
    }
    case 'boolean':
      return { correct: truthOf(cell('correct')) }
    case 'number':
      if (cell('correct').trim() === '') throw new Misread('noAnswer')
      return { correct: cell('correct'), ...filled('tolerance', 'unit') }
    case 'short': {
      const accepted = splitAccepted(cell('correct'))
      if (accepted.length === 0) throw new Misread('noAnswer')
      const isCaseSensitive = cell('caseSensitive').trim() !== '' && truthOf(cell('caseSensitive'))
      return { accepted, ...(isCaseSensitive && { isCaseSensitive }) }
    }
    default:
      return filled('language', 'starter', 'guidance')
  }
}

/** The choices up to the last one that is filled; an empty one before it is named by the check of the question. */
function choicesOf (cells: Cells): Array<{ readonly id: string, readonly text: string }> {
  const numbers = Object.keys(cells).filter(name => isChoice(name) && cells[name]!.trim() !== '').map(choiceNumber)
  const last = Math.max(0, ...numbers)
  return Array.from({ length: last }, (_, index) => ({ id: idAt(index), text: cells[`choice${index + 1}`] ?? '' }))
}

function lettersOf (cell: string, choices: number): string[] {
  const letters = cell.trim().toLowerCase().split(/[\s;,|]+/).filter(Boolean)
  const known = Array.from({ length: choices }, (_, index) => idAt(index))
  if (letters.some(letter => !known.includes(letter))) throw new Misread('letters', { text: cell.slice(0, 60) })
  return letters
}

function truthOf (cell: string): boolean {
  const text = cell.trim().toLowerCase()
  if (text !== 'true' && text !== 'false') throw new Misread('truth', { text: cell.slice(0, 60) })
  return text === 'true'
}

/** Accepted answers stand between `|`; one that belongs to the text is written `\|`, a backslash `\\`. */
export const joinAccepted = (texts: readonly string[]): string =>
  texts.map(text => text.replaceAll(/[\\|]/g, '\\$&')).join('|')

function splitAccepted (cell: string): string[] {
  const texts = ['']
  for (let at = 0; at < cell.length; at++) {
    const sign = cell[at]!
    if (sign === '\\' && ['\\', '|'].includes(cell[at + 1] ?? '')) texts[texts.length - 1] += cell[++at]!
    else if (sign === '|') texts.push('')
    else texts[texts.length - 1] += sign
  }
  return texts.filter(text => text.trim() !== '')
}
