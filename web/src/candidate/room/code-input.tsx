import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching, defaultHighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import classes from './room.module.css'

interface Props {
  readonly language: string
  readonly label: string
  readonly value: string
  onChange (value: string): void
}

/** Highlighting for the languages that have it; others are plain text. */
async function syntaxOf (language: string): Promise<Extension> {
  switch (language.toLowerCase()) {
    case 'python': case 'python3': case 'py': return (await import('@codemirror/lang-python')).python()
    case 'c': case 'c++': case 'cpp': return (await import('@codemirror/lang-cpp')).cpp()
    case 'java': return (await import('@codemirror/lang-java')).java()
    case 'javascript': case 'js': return (await import('@codemirror/lang-javascript')).javascript()
    case 'typescript': case 'ts':
      return (await import('@codemirror/lang-javascript')).javascript({ typescript: true })
    default: return []
  }
}

/** An editor for code. Tab leaves it, as it leaves every other field; spaces indent. */
export default function CodeInput ({ language, label, value, onChange }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView>(null)
  const change = useRef(onChange)
  change.current = onChange

  useEffect(() => {
    let isClosed = false
    const open = (syntax: Extension) => {
      if (isClosed) return
      const view = new EditorView({
        parent: place.current!,
        state: EditorState.create({
          doc: value,
          extensions: [
            lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(),
            syntaxHighlighting(defaultHighlightStyle), EditorView.lineWrapping, syntax,
            keymap.of([...defaultKeymap, ...historyKeymap]),
            EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
            EditorView.updateListener.of(update => {
              if (update.docChanged) change.current(update.state.doc.toString())
            })
          ]
        })
      })
      editor.current = view
    }
    // Without its file, such as on a lost line, the editor works as plain text.
    syntaxOf(language).catch((): Extension => []).then(open).catch(() => {})
    return () => {
      isClosed = true
      editor.current?.destroy()
      editor.current = null
    }
  }, [language, label])

  // The value of another window was taken.
  useEffect(() => {
    const view = editor.current
    if (view === null || view.state.doc.toString() === value) return
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } })
  }, [value])

  return <div ref={place} className={classes['code']} />
}
