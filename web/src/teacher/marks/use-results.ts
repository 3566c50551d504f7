import { useQueries } from '@tanstack/react-query'
import { api, dataOf } from '../../api/client.ts'
import type { Attempt, Result } from '../types.ts'

/** So many requests are under way at once: the server answers others, too. */
const AT_ONCE = 4
let running = 0
const waiting: Array<() => void> = []

async function inTurn<T> (work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve))
  running++
  try {
    return await work()
  } finally {
    running--
    waiting.shift()?.()
  }
}

export interface Results {
  readonly results: readonly Result[]
  readonly total: number
  readonly error: Error | undefined
}

/** The answers and grades of attempts, in the order of the attempts, as far as they have come. */
export function useResults (attempts: ReadonlyArray<Pick<Attempt, 'id'>>): Results {
  return useQueries({
    queries: attempts.map(({ id }) => ({
      queryKey: ['get', '/api/v1/attempts/{attemptId}/result', id],
      staleTime: 60_000,
      queryFn: async () => await inTurn(async () => await dataOf(
        api.GET('/api/v1/attempts/{attemptId}/result', { params: { path: { attemptId: id } } })
      ))
    })),
    combine: found => ({
      results: found.flatMap(({ data }) => data === undefined ? [] : [data]),
      total: attempts.length,
      error: found.find(({ error }) => error !== null)?.error ?? undefined
    })
  })
}
