import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { paths } from '../api/schema.d.ts'

/** Asks again for what a change made old: all that was read from these paths. */
export function useRefresh (): (...read: ReadonlyArray<keyof paths>) => Promise<void> {
  const client = useQueryClient()
  return useCallback(async (...read) => {
    await Promise.all(read.map(async path => await client.invalidateQueries({ queryKey: ['get', path] })))
  }, [client])
}
