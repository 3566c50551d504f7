/** What the figures of an exam's questions suggest. */
import type { paths } from '../../api/schema.d.ts'

/** The figures of all questions, as the server sums them up. */
export type ExamFigures =
  paths['/api/v1/exams/{examId}/statistics/questions']['get']['responses'][200]['content']['application/json']

type QuestionFigures = Pick<ExamFigures['questions'][number], 'graded' | 'meanShare' | 'discrimination'>

export type Remark = 'easy' | 'hard' | 'checkKey'

/** Fewer answers say nothing about a question. */
const REMARK_MIN = 5

/** What the figures of a question suggest; a person decides. */
export function remarkOf ({ graded, meanShare, discrimination }: QuestionFigures): Remark | undefined {
  if (graded < REMARK_MIN) return undefined
  if (discrimination !== null && discrimination < 0) return 'checkKey'
  if (meanShare === null) return undefined
  if (meanShare >= 0.9) return 'easy'
  return meanShare <= 0.2 ? 'hard' : undefined
}
