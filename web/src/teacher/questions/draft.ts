/** A question while it is written: the fields of every kind side by side, so that changing the kind loses nothing. */
import type { Question } from '../types.ts'

export type Kind = Question['kind']
export const KINDS = ['single', 'multiple', 'boolean', 'number', 'short', 'long', 'code'] as const satisfies readonly Kind[]

export interface DraftChoice {
  readonly id: string
  readonly text: string
  readonly isCorrect: boolean
}

export interface Draft {
  readonly kind: Kind
  readonly section: string
  readonly text: string
  readonly points: number | ''
  readonly choices: readonly DraftChoice[]
  /** The answer to a true-or-false question. */
  readonly isTrue: boolean
  readonly correct: string
  readonly tolerance: string
  readonly unit: string
  readonly accepted: readonly string[]
  readonly isCaseSensitive: boolean
  readonly language: string
  readonly starter: string
  readonly guidance: string
  /** The numbers as they are stored: a text that still says the same is sent as that number. */
  readonly stored: { readonly correct?: number | string, readonly tolerance?: number | string }
}

export function newDraft (kind: Kind, section = ''): Draft {
  return {
    kind,
    section,
    text: '',
    points: 1,
    choices: [{ id: 'a', text: '', isCorrect: true }, { id: 'b', text: '', isCorrect: false }],
    isTrue: true,
    correct: '',
    tolerance: '',
    unit: '',
    accepted: [''],
    isCaseSensitive: false,
    language: 'python',
    starter: '',
    guidance: '',
    stored: {}
  }
}

interface StoredBody {
  readonly choices?: ReadonlyArray<{ readonly id: string, readonly text: string }>
  readonly correct?: unknown
  readonly tolerance?: number | string
  readonly unit?: string
  readonly accepted?: readonly string[]
  readonly isCaseSensitive?: boolean
  readonly language?: string
  readonly starter?: string
  readonly guidance?: string
}

type StoredQuestion = Pick<Question, 'kind' | 'section' | 'text' | 'points'> & { readonly body?: unknown }

export function draftOf ({ kind, section, text, points, body }: StoredQuestion): Draft {
  const stored = (body ?? {}) as StoredBody
  const base = newDraft(kind, section)
  const right = Array.isArray(stored.correct) ? stored.correct : [stored.correct]
  const number = kind === 'number' ? stored.correct as number | string : undefined
  return {
    ...base,
    text,
    points,
    choices: stored.choices?.map(({ id, text }) => ({ id, text, isCorrect: right.includes(id) })) ?? base.choices,
    isTrue: kind === 'boolean' ? stored.correct === true : base.isTrue,
    correct: number === undefined ? '' : String(number),
    tolerance: stored.tolerance === undefined ? '' : String(stored.tolerance),
    unit: stored.unit ?? '',
    accepted: stored.accepted ?? base.accepted,
    isCaseSensitive: stored.isCaseSensitive ?? false,
    language: stored.language ?? base.language,
    starter: stored.starter ?? '',
    guidance: stored.guidance ?? '',
    stored: {
      ...(number !== undefined && { correct: number }),
      ...(stored.tolerance !== undefined && { tolerance: stored.tolerance })
    }
  }
}

/** What the API takes. */
export function inputOf (draft: Draft) {
  return {
    kind: draft.kind,
    section: draft.section.trim(),
    text: draft.text,
    points: draft.points === '' ? 1 : draft.points,
    body: bodyOf(draft)
  }
}

export function bodyOf (draft: Draft): Record<string, unknown> {
  const { choices, accepted, isCaseSensitive, unit, language, starter, stored } = draft
  const guidance = draft.guidance === '' ? {} : { guidance: draft.guidance }
  const plain = choices.map(({ id, text }) => ({ id, text }))
  const right = choices.filter(({ isCorrect }) => isCorrect).map(({ id }) => id)
  switch (draft.kind) {
    case 'single': return { choices: plain, correct: right[0] ?? '' }
    case 'multiple': return { choices: plain, correct: right }
    case 'boolean': return { correct: draft.isTrue }
    case 'number': return {
      correct: sentNumber(draft.correct, stored.correct),
      ...(draft.tolerance.trim() !== '' && { tolerance: sentNumber(draft.tolerance, stored.tolerance) }),
      ...(unit.trim() !== '' && { unit: unit.trim() })
    }
    case 'short': return { accepted: accepted.filter(text => text.trim() !== ''), isCaseSensitive }
    case 'long': return guidance
    case 'code': return { language: language.trim(), ...(starter !== '' && { starter }), ...guidance }
  }
}

const sentNumber = (typed: string, stored: number | string | undefined): number | string =>
  stored !== undefined && typed === String(stored) ? stored : typed.trim()

export type DraftProblem =
  | 'noText' | 'noPoints' | 'fewChoices' | 'emptyChoice' | 'noCorrect' | 'noNumber' | 'noAccepted' | 'noLanguage'

/** What keeps a draft from being stored; the server checks the rest. */
export function problemsOf (draft: Draft): DraftProblem[] {
  const problems: DraftProblem[] = []
  if (draft.text.trim() === '') problems.push('noText')
  if (draft.points === '') problems.push('noPoints')
  if (draft.kind === 'single' || draft.kind === 'multiple') {
    if (draft.choices.length < 2) problems.push('fewChoices')
    if (draft.choices.some(({ text }) => text.trim() === '')) problems.push('emptyChoice')
    if (draft.kind === 'single' && !draft.choices.some(({ isCorrect }) => isCorrect)) problems.push('noCorrect')
  }
  if (draft.kind === 'number' && draft.correct.trim() === '') problems.push('noNumber')
  if (draft.kind === 'short' && draft.accepted.every(text => text.trim() === '')) problems.push('noAccepted')
  if (draft.kind === 'code' && draft.language.trim() === '') problems.push('noLanguage')
  return problems
}

/** The first id of a, b, … z, a1, b1, … that no choice has. */
export function freeId (choices: ReadonlyArray<Pick<DraftChoice, 'id'>>): string {
  for (let index = 0; ; index++) {
    const id = String.fromCharCode(97 + index % 26) + (index < 26 ? '' : Math.floor(index / 26))
    if (!choices.some(choice => choice.id === id)) return id
  }
}

/** Of a single choice only one is right: marking one unmarks the others. */
export function markChoice (draft: Draft, id: string, isCorrect: boolean): Draft {
  return {
    ...draft,
    choices: draft.choices.map(choice => ({
      ...choice,
      isCorrect: choice.id === id ? isCorrect : draft.kind === 'single' && isCorrect ? false : choice.isCorrect
    }))
  }
}

/** With another kind. A single choice keeps the first right one only. */
export function withKind (draft: Draft, kind: Kind): Draft {
  const first = draft.choices.find(({ isCorrect }) => isCorrect)?.id
  return {
    ...draft,
    kind,
    choices: kind === 'single'
      ? draft.choices.map(choice => ({ ...choice, isCorrect: choice.id === first }))
      : draft.choices
  }
}

/** The list with the item at `from` moved to `to`. */
export function moved<T> (items: readonly T[], from: number, to: number): T[] {
  const rest = items.filter((_, index) => index !== from)
  return [...rest.slice(0, to), items[from]!, ...rest.slice(to)]
}
