/** The exams that a candidate may begin, and handing one in. */
import { ApiError } from '../api/errors.ts'
import { request } from '../api/login.ts'

export interface ExamOffer {
  readonly id: string
  readonly title: string
  /** What it asks of its candidates, in sentences of the reader's language. */
  readonly conditions: readonly string[]
}

export interface Receipt {
  readonly submittedAtMs: number
  readonly answers: number
  readonly digest: string
}

export interface Answered {
  readonly total: number
  readonly unanswered: number
}

const OFFERS_MAX = 100

/** Exams that can be started or continued now. `openId`: the exam with the open attempt. */
export async function loadOffers (): Promise<{
  readonly offers: readonly ExamOffer[]
  readonly openId: string | undefined
}> {
  const [{ exams }, { attempts }] = await Promise.all([
    request<{ exams: ReadonlyArray<ExamOffer & { readonly canStart: boolean }> }>('GET', `/exams?limit=${OFFERS_MAX}`),
    request<{ attempts: ReadonlyArray<{ readonly examId: string, readonly state: string }> }>(
      'GET',
      '/attempts?limit=1'
    )
  ])
  return {
    offers: exams.filter(({ canStart }) => canStart),
    openId: attempts.find(({ state }) => state === 'open')?.examId
  }
}

/** Begins a session: of an exam with the id of its attempt, or of none. */
export async function startSession (userId: string, examId: string | undefined): Promise<string | undefined> {
  const { attempt } = await request<{ attempt?: { readonly id: string } }>(
    'POST',
    `/exam/start/${userId}`,
    examId === undefined ? {} : { examId }
  )
  return attempt?.id
}

/** How many questions have no answer; undefined while the questions are not shown, such as in a pause. */
export async function countAnswered (attemptId: string): Promise<Answered | undefined> {
  try {
    const [{ questions }, { answers }] = await Promise.all([
      request<{ questions: ReadonlyArray<{ readonly id: string, readonly kind: string }> }>(
        'GET',
        `/attempts/${attemptId}/questions`
      ),
      request<{ answers: ReadonlyArray<{ readonly questionId: string, readonly value: unknown }> }>(
        'GET',
        `/attempts/${attemptId}/answers`
      )
    ])
    const answered = new Set(answers.filter(({ value }) => !isEmpty(value)).map(({ questionId }) => questionId))
    for (const { id, kind } of questions) {
      if (kind !== 'code' || answered.has(id)) continue
      const { submissions } = await request<{ submissions: readonly unknown[] }>(
        'GET',
        `/attempts/${attemptId}/code?questionId=${id}&limit=1`
      )
      if (submissions.length > 0) answered.add(id)
    }
    return { total: questions.length, unanswered: questions.filter(({ id }) => !answered.has(id)).length }
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

function isEmpty (value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Hands in. Repeated with the same key after an answer that was lost, it gives the same receipt. */
export async function handIn (attemptId: string, key: string): Promise<Receipt> {
  try {
    return (
      await request<{ receipt: Receipt }>('POST', `/attempts/${attemptId}/submit`, undefined, {
        'idempotency-key': key
      })
    ).receipt
  } catch (error) {
    // The time was over, or it was ended, in the meantime.
    if (!(error instanceof ApiError) || error.code !== 'INVIGIL_ERR_ATTEMPT_SUBMITTED') throw error
    return await request<Receipt>('GET', `/attempts/${attemptId}/receipt`)
  }
}

/** A key for one hand-in; `randomUUID` is not there on an address without encryption. */
export function newKey (): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}
