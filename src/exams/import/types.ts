import type { FieldProblem } from '../../errors.ts'
import type { Texts } from '../../i18n/en.ts'
import type { TextValues } from '../../i18n/translate.ts'

export const IMPORT_FORMATS = ['json', 'csv', 'aiken', 'gift', 'moodle-xml'] as const
export type ImportFormat = typeof IMPORT_FORMATS[number]

/** What is to be said of one place of a file. */
export interface Remark {
  /** From 1. */
  readonly line: number
  readonly reason: keyof Texts['imports']
  readonly values?: TextValues
  /** With the reason `field`: what is wrong with which field of the question. */
  readonly field?: FieldProblem
}

/** A question as it stands in the file, still to be checked by `readQuestion`. */
export interface Draft {
  readonly line: number
  readonly value: Readonly<Record<string, unknown>>
}

/** What a reader of one format makes of a file. It drops nothing without a remark. */
export interface ReadFile {
  readonly drafts: readonly Draft[]
  /** What was not understood; its question is not among the drafts. */
  readonly problems: readonly Remark[]
  /** What of a question is left out without changing how it is answered and graded. */
  readonly notes: readonly Remark[]
}

/** Collects what a reader finds. */
export class Findings implements ReadFile {
  readonly drafts: Draft[] = []
  readonly problems: Remark[] = []
  readonly notes: Remark[] = []

  problem (line: number, reason: Remark['reason'], values?: TextValues): void {
    this.problems.push({ line, reason, ...(values !== undefined && { values }) })
  }

  note (line: number, reason: Remark['reason'], values?: TextValues): void {
    const isNew = !this.notes.some(note => note.line === line && note.reason === reason)
    if (isNew) this.notes.push({ line, reason, ...(values !== undefined && { values }) })
  }

  /** Keeps the question that `read` makes; one that throws `Misread` becomes a problem of this line. */
  draft (line: number, read: () => Readonly<Record<string, unknown>> | undefined): void {
    try {
      const value = read()
      if (value !== undefined) this.drafts.push({ line, value })
    } catch (error) {
      if (!(error instanceof Misread)) throw error
      this.problem(line, error.reason, error.values)
    }
  }
}

/** Thrown by a reader for a question that it cannot take as it is meant. */
export class Misread extends Error {
  readonly reason: Remark['reason']
  readonly values: TextValues | undefined

  constructor (reason: Remark['reason'], values?: TextValues) {
    super(reason)
    this.reason = reason
    this.values = values
  }
}
