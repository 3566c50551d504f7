import type { Draft } from '../questions/draft.ts'

/** What a question is graded by, in few words. */
export function keyWords (draft: Draft, words: { readonly true: string, readonly false: string }): string {
  switch (draft.kind) {
    case 'single':
    case 'multiple':
      return draft.choices.filter(({ isCorrect }) => isCorrect).map(({ text }) => text).join(' · ') || '–'
    case 'boolean': return draft.isTrue ? words.true : words.false
    case 'number': return draft.tolerance === '' ? draft.correct : `${draft.correct} ± ${draft.tolerance}`
    case 'short': return draft.accepted.join(' · ')
    case 'long':
    case 'code': return draft.guidance || '–'
  }
}
