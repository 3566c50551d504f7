import type { Grade } from './logic/attention.ts'
import classes from './console.module.css'

const SHAPES: Readonly<Record<Grade, string>> = {
  serious: 'M8 1 15 8 8 15 1 8Z',
  notable: 'M8 1.5 15 14H1Z',
  minor: 'M8 2a6 6 0 1 1 0 12A6 6 0 1 1 8 2Zm0 6h6a6 6 0 0 0-6-6Z',
  blind: 'M1 4h14v8H1Z',
  none: 'M8 2a6 6 0 1 1 0 12A6 6 0 1 1 8 2Z'
}

/** The shape of a grade; the word beside it says the same. */
export function Mark ({ grade }: { readonly grade: Grade }) {
  return (
    <svg className={classes['mark']} data-grade={grade} viewBox='0 0 16 16' aria-hidden='true'>
      <path d={SHAPES[grade]} />
    </svg>
  )
}
