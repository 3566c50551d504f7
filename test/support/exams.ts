/** Exams for tests: one question of each kind, their teachers and candidates. */
import type { FastifyInstance } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { call, person, type Answer, type LoggedIn } from './app.ts'

export interface ExamBody {
  readonly id: string
  readonly state: string
  readonly version: number
  readonly durationMs: number | null
  readonly [key: string]: unknown
}
export interface QuestionBody {
  readonly id: string
  readonly kind: string
  readonly position: number
  readonly [key: string]: unknown
}
export interface Begun {
  readonly attempt: {
    readonly id: string
    readonly number: number
    readonly state: string
    readonly points: number | null
  }
  readonly session: { readonly id: string, readonly state: string, readonly attemptId: string }
  readonly clock: {
    readonly nowMs: number
    readonly endsAtMs: number | null
    readonly remainingMs: number | null
    readonly isPaused: boolean
  }
  readonly socketPath: string
}

/** One question of each kind; ten points are graded automatically and ten by a person. */
export const QUESTIONS = [
  { kind: 'single', text: '2 + 2 = ?', points: 2, body: { choices: ['3', '4', '5'], correct: 'b' } },
  {
    kind: 'multiple',
    text: 'Which are primes?',
    points: 4,
    body: { choices: ['2', '3', '4', '6'], correct: ['a', 'b'] }
  },
  { kind: 'boolean', text: 'The earth is flat.', points: 1, body: { correct: false } },
  { kind: 'number', text: 'Pi to two places', points: 2, body: { correct: 3.14, tolerance: 0.005 } },
  { kind: 'short', text: 'The capital of Bangladesh', points: 1, body: { accepted: ['Dhaka', 'ঢাকা'] } },
  { kind: 'long', text: 'Why?', points: 6, body: { guidance: 'Three reasons' } },
  { kind: 'code', text: 'Print 1.', points: 4, body: { language: 'python', starter: '# here', guidance: 'Any way' } }
] as const

/** The right answer to each question; null for questions that a person grades. */
export const RIGHT: Readonly<Record<string, unknown>> = {
  single: 'b',
  multiple: ['b', 'a'],
  boolean: false,
  number: 3.142,
  short: '  dhaka ',
  long: 'Because.',
  code: 'print(1)'
}

/** An id without a row. */
export const UNKNOWN_ID = '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'

/** Returns a function that sends requests as this account. */
export const as =
  (app: FastifyInstance, who: LoggedIn) =>
    async <Body = Record<string, unknown>>(
      method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
      path: string,
      payload?: object
    ): Promise<Answer<Body>> =>
      await call<Body>(app, method, path, { headers: who.headers, ...defined({ payload }) })

export interface Stage {
  readonly teacher: LoggedIn
  readonly exam: ExamBody
  readonly questions: readonly QuestionBody[]
}

/** A published exam of a new teacher, open to all unless `values` say otherwise. */
export async function stage (
  app: FastifyInstance,
  values: object = {},
  questions: readonly object[] = QUESTIONS
): Promise<Stage> {
  const teacher = await person(app, 'teacher')
  const request = as(app, teacher)
  const { body: exam } = await request<ExamBody>('POST', '/exams', {
    title: 'Everything',
    isOpenToAll: true,
    durationMs: 3_600_000,
    ...values
  })
  for (const question of questions) await request('POST', `/exams/${exam.id}/questions`, question)
  const published = await request<ExamBody>('POST', `/exams/${exam.id}/publish`)
  const listed = await request<{ questions: QuestionBody[] }>('GET', `/exams/${exam.id}/questions`)
  return { teacher, exam: published.body, questions: listed.body.questions }
}

/** Begins an attempt as a new student. */
export async function sit (app: FastifyInstance, exam: ExamBody): Promise<Begun & { readonly student: LoggedIn }> {
  const student = await person(app)
  const { body } = await as(app, student)<Begun>('POST', `/exams/${exam.id}/start`)
  return { ...body, student }
}

/** Answers every question as in `values`, by kind. */
export async function answerAll (
  app: FastifyInstance,
  who: LoggedIn,
  attemptId: string,
  questions: readonly QuestionBody[],
  values: Readonly<Record<string, unknown>>
): Promise<void> {
  for (const { id, kind } of questions) {
    if (kind in values) {
      await as(app, who)('PUT', `/attempts/${attemptId}/answers/${id}`, { value: values[kind], clientSeq: 1 })
    }
  }
}
