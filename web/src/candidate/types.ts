/** Names for what the API sends to a candidate. */
import type { operations } from '../api/schema.d.ts'

type Json<Operation extends keyof operations> =
  operations[Operation] extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never

export type Exam = Json<'getExam'>
export type AttemptRow = Json<'listMyAttempts'>['attempts'][number]
export type Attempt = Json<'getAttempt'>
export type ServerClock = Attempt['clock']
export type Question = Json<'listAttemptQuestions'>['questions'][number]
export type QuestionKind = Question['kind']
export type SavedAnswer = Json<'listAnswers'>['answers'][number]
export type Receipt = Json<'getReceipt'>
export type Result = Json<'getResult'>
export type ThreadMessage = Json<'listMessages'>['messages'][number]
export type Preflight = Json<'checkCamera'>
