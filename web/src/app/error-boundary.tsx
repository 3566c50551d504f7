import { Component, type ReactNode } from 'react'
import { t } from '../text/index.ts'
import { Problem } from '../shared/problem.tsx'

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
    return <Problem error={new Error(t('pageFailed', { reason: error.message }))} onRetry={() => location.reload()} />
  }
}
