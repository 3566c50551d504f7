import { query } from '../../api/client.ts'

const EXAMS_MAX = 100

/** The newest exams that the reader oversees. */
export function useExams () {
  const answer = query.useQuery('get', '/api/v1/exams', { params: { query: { limit: EXAMS_MAX } } }, {
    staleTime: 0
  })
  return answer.data?.exams ?? []
}
