import classes from './state-badge.module.css'
import { phaseOf } from './exam-words.ts'
import { t } from './text.ts'
import type { Exam } from './types.ts'

/** Where an exam stands: a shape and a word. */
export function StateBadge ({ exam }: { readonly exam: Pick<Exam, 'state' | 'opensAtMs' | 'closesAtMs'> }) {
  const state = exam.state === 'published' ? phaseOf(exam, Date.now()) : exam.state
  return <span className={`${classes['badge']} ${classes[state]}`}>{t(`state.${state}`)}</span>
}
