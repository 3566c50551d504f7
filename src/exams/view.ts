/** What a candidate gets to see of an exam's questions, and in which order. */
import { defined } from '../../lib/defined.ts'
import type { OpenQuestion, Question } from './question.ts'

/**
 * A question without answers and without what is meant for graders. What it does not name is not shown: safe by
 * default.
 */
export function withoutAnswers (question: Question): OpenQuestion {
  const { id, section, kind, text, points } = question
  const open = { id, section, kind, text, points }
  switch (question.kind) {
    case 'single':
    case 'multiple':
      return { ...open, choices: question.body.choices.map(({ id, text }) => ({ id, text })) }
    case 'number':
      return question.body.unit === undefined ? open : { ...open, unit: question.body.unit }
    case 'code':
      return { ...open, language: question.body.language, ...defined({ starter: question.body.starter }) }
    case 'boolean':
    case 'short':
    case 'long': return open
  }
}

/**
 * Questions in another order for every `seed` (an attempt's id), the same for the same seed: within their section,
 * whose order stays, and choices within their question.
 */
export function shuffled<Q extends OpenQuestion> (questions: readonly Q[], seed: string): Q[] {
  const sections = new Map<string, Q[]>()
  for (const question of questions) {
    sections.set(question.section, [...(sections.get(question.section) ?? []), question])
  }
  return [...sections].flatMap(([section, members]) =>
    inOrderOf(members, `${seed}/${section}`, ({ id }) => id).map(question =>
      question.choices === undefined
        ? question
        : { ...question, choices: inOrderOf(question.choices, `${seed}/${question.id}`, ({ id }) => id) }
    )
  )
}

/** Sorted by a hash of seed and id: adding one does not change the order of the others. */
function inOrderOf<T> (items: readonly T[], seed: string, idOf: (item: T) => string): T[] {
  return items.map((item, index) => ({ item, index, place: hash(`${seed}/${idOf(item)}`) }))
    .sort((a, b) => a.place - b.place || a.index - b.index)
    .map(({ item }) => item)
}

/**
 * FNV-1a with the finish of MurmurHash3 (public domain, both), 32 bits: even enough for an order, and the same
 * everywhere.
 */
function hash (text: string): number {
  let value = 0x811C9DC5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85EBCA6B)
  value = Math.imul(value ^ (value >>> 13), 0xC2B2AE35)
  return (value ^ (value >>> 16)) >>> 0
}
