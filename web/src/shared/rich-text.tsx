import { lazy, Suspense } from 'react'
import { textParts } from './rich-text-parts.ts'
import classes from './rich-text.module.css'

/** KaTeX and its fonts load only where a formula is shown. */
const Formula = lazy(() => import('./formula.tsx'))

/** A question's or a choice's text, with formulas and code. */
export function RichText ({ text }: { readonly text: string }) {
  return (
    <span className={classes['text']}>
      {textParts(text).map(({ kind, text }, index) => {
        switch (kind) {
          case 'text': return text
          case 'code': return <code key={index} className={classes['code']}>{text}</code>
          case 'codeBlock': return <code key={index} className={classes['block']}>{text}</code>
          default: return (
            <Suspense key={index} fallback={<code>{text}</code>}>
              <Formula text={text} isBlock={kind === 'formulaBlock'} />
            </Suspense>
          )
        }
      })}
    </span>
  )
}
