import { useEffect } from 'react'
import { query } from '../api/client.ts'
import { NO_EXAM, type ConsoleStore } from './store.ts'

/** How often clocks and the list of those who have not begun are read again, and how soon after a change. */
const EVERY_MS = 30_000
const AFTER_CHANGE_MS = 1_500

/** Reads what the socket does not tell: who has not begun, and how much time each candidate has left. */
export function useFacts (examId: string, store: ConsoleStore): void {
  const { data, dataUpdatedAt, refetch } = query.useQuery(
    'get', '/api/v1/exams/{examId}/room', { params: { path: { examId } } },
    { enabled: examId !== NO_EXAM, refetchInterval: EVERY_MS, staleTime: AFTER_CHANGE_MS }
  )
  useEffect(() => {
    if (data === undefined) return
    store.setFacts({
      ...data,
      clocks: new Map(data.clocks.map(({ userId, ...clock }) => [userId, clock])),
      atMs: dataUpdatedAt
    })
  }, [store, data, dataUpdatedAt])
  useEffect(() => {
    if (examId === NO_EXAM) return
    let timer: ReturnType<typeof setTimeout> | undefined
    // A class that begins at once is one reading.
    const leave = store.subscribe('states', () => {
      timer ??= setTimeout(() => {
        timer = undefined
        refetch().catch(() => {})
      }, AFTER_CHANGE_MS)
    })
    return () => {
      clearTimeout(timer)
      leave()
    }
  }, [store, examId, refetch])
}
