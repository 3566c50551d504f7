import { Component, type ReactNode } from 'react'
import { PageError } from '../api/errors.ts'
import { Problem } from '../shared/problem.tsx'
import { t } from '../text/index.ts'

interface Props {
  readonly children: ReactNode
}

/** Shows what a page threw in its place, with a way to try again; the frame around it stays usable. */
export class ErrorBoundary extends Component<Props, { readonly error?: Error }> {
  override state: { readonly error?: Error } = {}

  static getDerivedStateFromError (error: Error): { readonly error: Error } {
    return { error }
  }

  override render (): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    // A part of the page that did not load is the line's fault.
    const shown = error instanceof TypeError && /import/i.test(error.message) ? error : new PageError(t('pageFailed'))
    return <Problem error={shown} onRetry={() => location.reload()} />
  }
}
