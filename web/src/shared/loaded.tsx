import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Problem } from './problem.tsx'
import { Waiting } from './waiting.tsx'

interface Props<Data> {
  readonly query: UseQueryResult<Data, unknown>
  children (data: Data): ReactNode
}

/** A query's data once it is there; until then that it loads, or what went wrong. */
export function Loaded<Data> ({ query, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <Problem error={query.error as Error} onRetry={() => { query.refetch().catch(() => {}) }} />
  return <Waiting />
}
