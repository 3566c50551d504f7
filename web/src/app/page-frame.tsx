import { Suspense, type ReactNode } from 'react'
import type { Route } from '../shared/route.ts'
import { Waiting } from '../shared/waiting.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { Shell } from './shell.tsx'

interface Props {
  readonly route: Route
  readonly navigation?: ReactNode
  readonly account?: ReactNode
}

/** A page inside the header; what it throws is shown in its place. */
export function PageFrame ({ route: { path, page: Page, isWide = false, isBare = false }, ...parts }: Props) {
  return (
    <Shell isWide={isWide} isBare={isBare} {...parts}>
      <ErrorBoundary key={path}>
        <Suspense fallback={<Waiting />}><Page /></Suspense>
      </ErrorBoundary>
    </Shell>
  )
}
