import 'katex/dist/katex.min.css'
import katex from 'katex'
import classes from './rich-text.module.css'

/** Longer ones are shown as they were typed: a formula must not hold the page up. */
const CHARACTERS_MAX = 2000

/** A formula, drawn for the eye and as MathML for screen readers; what cannot be read is shown as it was typed. */
export default function Formula ({ text, isBlock }: { readonly text: string, readonly isBlock: boolean }) {
  if (text.length > CHARACTERS_MAX) return <code>{text}</code>
  const __html = katex.renderToString(text, { displayMode: isBlock, throwOnError: false, maxExpand: 200, maxSize: 20 })
  return <span className={classes[isBlock ? 'formulaBlock' : 'formula']} dangerouslySetInnerHTML={{ __html }} />
}
