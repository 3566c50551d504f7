import { useInfiniteQuery } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { Attempt, Exam, ExamState } from './types.ts'

interface Page {
  readonly next: string | null
}

/** A list that is read page by page; kept under the path, so that `useRefresh` finds it. */
function usePages<P extends Page> (path: string, filter: object, read: (before: string | undefined) => Promise<P>) {
  return useInfiniteQuery({
    queryKey: ['get', path, 'pages', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => await read(pageParam),
    getNextPageParam: page => page.next ?? undefined
  })
}

export function useExams (state: ExamState | undefined, search: string) {
  return usePages<Page & { readonly exams: readonly Exam[] }>('/api/v1/exams', { state, search }, async before =>
    await dataOf(api.GET('/api/v1/exams', {
      params: {
        query: {
          limit: 20,
          ...(state !== undefined && { state }),
          ...(search !== '' && { search }),
          ...(before !== undefined && { before })
        }
      }
    })))
}

export interface AttemptFilter {
  readonly state?: Attempt['state'] | undefined
  readonly needsGrading?: boolean | undefined
  readonly userId?: string | undefined
}

export function useAttempts (examId: string, filter: AttemptFilter = {}, limit = 50) {
  const { state, needsGrading, userId } = filter
  return usePages<Page & { readonly attempts: readonly Attempt[] }>(
    '/api/v1/exams/{examId}/attempts',
    { examId, limit, ...filter },
    async before => await dataOf(api.GET('/api/v1/exams/{examId}/attempts', {
      params: {
        path: { examId },
        query: {
          limit,
          ...(state !== undefined && { state }),
          ...(needsGrading === true && { needsGrading }),
          ...(userId !== undefined && { userId }),
          ...(before !== undefined && { before })
        }
      }
    }))
  )
}
