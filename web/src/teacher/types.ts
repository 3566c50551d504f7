/** What the API says of exams, by name. */
import type { paths } from '../api/schema.d.ts'

type Body<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer T } } } } ? T : never
type Sent<Operation> = Operation extends { requestBody?: { content: { 'application/json': infer T } } } ? T : never

export type Exam = Body<paths['/api/v1/exams/{examId}']['get']>
export type ExamState = Exam['state']
export type ExamChange = Sent<paths['/api/v1/exams/{examId}']['patch']>
export type Question = Body<paths['/api/v1/exams/{examId}/questions']['get']>['questions'][number]
export type Attempt = Body<paths['/api/v1/exams/{examId}/attempts']['get']>['attempts'][number]
export type Result = Body<paths['/api/v1/attempts/{attemptId}/result']['get']>
export type Accommodation = Body<paths['/api/v1/exams/{examId}/accommodations']['get']>['accommodations'][number]
export type Correction = Body<paths['/api/v1/exams/{examId}/corrections']['get']>['corrections'][number]
export type Student = Body<paths['/api/v1/users']['get']>['users'][number]
