import classes from './admin.module.css'

export type Tone = 'well' | 'quiet' | 'notable' | 'serious' | 'technical'

/** A shape for each tone, so that no meaning hangs on a color. */
const SHAPES: Readonly<Record<Tone, string>> = {
  well: 'M2 6.5 5 9.5 10 3',
  quiet: 'M6 1.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 1 1 0-9Z',
  notable: 'M6 1 11 10.5H1Z',
  serious: 'M6 .5 11.5 6 6 11.5.5 6Z',
  technical: 'M1.5 2.5h9v7h-9Z'
}

/** A state in a word, with the shape of its tone. */
export function Mark ({ tone, children }: { readonly tone: Tone, readonly children: string }) {
  const isFilled = tone === 'serious' || tone === 'notable'
  return (
    <span className={classes['mark']} data-tone={tone}>
      <svg width='12' height='12' viewBox='0 0 12 12' aria-hidden='true'>
        <path d={SHAPES[tone]} fill={isFilled ? 'currentColor' : 'none'} stroke='currentColor' strokeWidth='1.6' />
      </svg>
      {children}
    </span>
  )
}
