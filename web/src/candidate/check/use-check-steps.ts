import { query } from '../../api/client.ts'
import { stepsFor, type CheckStep } from './check-steps.ts'

/** The steps of the check of this exam. */
export function useCheckSteps (examId: string): readonly CheckStep[] {
  const exam = query.useQuery('get', '/api/v1/exams/{examId}', { params: { path: { examId } } })
  return stepsFor(exam.data?.recordsScreen === true)
}
