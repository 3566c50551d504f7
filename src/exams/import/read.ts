/** A file with questions from elsewhere: what would be imported, and everything that was not understood. */
import type { QuestionValues } from '../../../db/index.ts'
import { translate, type Language } from '../../i18n/translate.ts'
import { unstorable } from '../../stored-text.ts'
import { readQuestion } from '../read-question.ts'
import { readAiken } from './aiken.ts'
import { readCsv } from './csv.ts'
import { readGift } from './gift.ts'
import { readJson } from './json.ts'
import { readMoodleXml } from './moodle-xml.ts'
import type { ImportFormat, ReadFile, Remark } from './types.ts'

export interface FoundQuestion {
  readonly line: number
  readonly question: QuestionValues
}

export interface ImportReport {
  readonly questions: readonly FoundQuestion[]
  /** In the order of the lines. */
  readonly problems: readonly Remark[]
  readonly notes: readonly Remark[]
}

const READERS: Readonly<Record<ImportFormat, (text: string) => ReadFile>> = {
  json: readJson,
  csv: readCsv,
  aiken: readAiken,
  gift: readGift,
  'moodle-xml': readMoodleXml
}

/** Reads `text` for an exam in `language`, which decides how numbers are read. */
export function readQuestionFile (format: ImportFormat, text: string, language: string): ImportReport {
  const { drafts, problems, notes } = READERS[format](text.replace(/^\uFEFF/, ''))
  const questions: FoundQuestion[] = []
  const found = [...problems]
  for (const { line, value } of drafts) {
    const read = readQuestion(value, '', language)
    if (read.problems !== undefined) {
      found.push(...read.problems.map(field => ({ line, reason: 'field' as const, field })))
      continue
    }
    const broken = unstorable(read.question)
    if (broken === undefined) questions.push({ line, question: read.question })
    else found.push({ line, reason: 'field', field: { field: broken, problem: 'text' } })
  }
  const byLine = (a: Remark, b: Remark): number => a.line - b.line
  return { questions, problems: found.sort(byLine), notes: [...notes].sort(byLine) }
}

/** A remark in the reader's language. */
export function remarkWords (language: Language, { reason, values, field }: Remark): string {
  const about =
    field === undefined
      ? values
      : { field: field.field, problem: translate(language, `validation.${field.problem}`, field.values) }
  return translate(language, `imports.${reason}`, about)
}
