/** The answers to grade, in the order in which a grader goes through them. */
import type { Result } from '../types.ts'

export type Answer = Result['questions'][number]

export interface Item {
  readonly attemptId: string
  readonly questionId: string
  readonly name: string
  readonly answer: Answer
}

export type By = 'candidate' | 'question'
export type Show = 'open' | 'hand' | 'all'

/** A person grades these kinds; of others only what no rule could read. */
const BY_HAND: ReadonlySet<string> = new Set(['long', 'code'])

export function queueOf (results: readonly Result[], by: By, show: Show): Item[] {
  const items = results.flatMap(({ attempt, questions }) => questions.flatMap(answer => {
    const isForPerson = BY_HAND.has(answer.kind) || !answer.isAuto
    const isWanted = show === 'all' || answer.points === null || (show === 'hand' && isForPerson)
    return isWanted ? [{ attemptId: attempt.id, questionId: answer.questionId, name: attempt.userName, answer }] : []
  }))
  if (by === 'candidate') return items
  const order = new Map<string, number>()
  for (const { questions } of results) {
    for (const { questionId } of questions) if (!order.has(questionId)) order.set(questionId, order.size)
  }
  // Sorting is stable: within a question the candidates keep their order.
  return items.sort((a, b) => order.get(a.questionId)! - order.get(b.questionId)!)
}

export const keyOf = ({ attemptId, questionId }: Pick<Item, 'attemptId' | 'questionId'>): string =>
  `${attemptId} ${questionId}`

/**
 * Where the grader stands: at the item of the address, else at the first of its attempt or question, else at the first.
 */
export function placeIn (
  items: readonly Item[],
  { attemptId, questionId }: { readonly attemptId: string | null, readonly questionId: string | null }
): number {
  const exact = items.findIndex(item => item.attemptId === attemptId && item.questionId === questionId)
  if (exact >= 0) return exact
  const near = items.findIndex(item => item.attemptId === attemptId || item.questionId === questionId)
  return Math.max(0, near)
}

/** What to do for a key; undefined: nothing. Digits and the decimal mark write the points. */
export type KeyAction =
  | { readonly move: 1 | -1 } | { readonly type: string } | { readonly erase: true } | { readonly save: true }

interface Press {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

export function actionOf ({ key, ctrlKey, metaKey, altKey }: Press): KeyAction | undefined {
  if (ctrlKey || metaKey || altKey) return undefined
  if (key === 'j' || key === 'J') return { move: 1 }
  if (key === 'k' || key === 'K') return { move: -1 }
  if (key === 'Enter') return { save: true }
  if (key === 'Backspace') return { erase: true }
  if (/^[0-9]$/.test(key)) return { type: key }
  // Bengali digits, and either decimal mark.
  if (/^[০-৯]$/.test(key)) return { type: String(key.charCodeAt(0) - 0x09E6) }
  return key === '.' || key === ',' ? { type: '.' } : undefined
}

/** The typed points after one more character. The first one replaces what stands there. */
export function typed (before: string, character: string, isFirst: boolean): string {
  const text = isFirst ? '' : before
  if (character === '.') return text.includes('.') ? text : `${text === '' ? '0' : text}.`
  return (text + character).slice(0, 9)
}

/** The points a text means, if they lie between 0 and `max`. */
export function pointsOf (text: string, max: number): number | undefined {
  const plain = text.trim().replace(/[০-৯]/g, digit => String(digit.charCodeAt(0) - 0x09E6)).replace(',', '.')
  if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return undefined
  const points = Number(plain)
  return points <= max ? points : undefined
}
