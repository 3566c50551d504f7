/**
 * The receipt of an attempt that was handed in: what was stored then, as one number that anybody can compute from the
 * answers.
 */
import { createHash } from 'node:crypto'
import type { Answer, Attempt, CodeSubmission, Database } from '../../db/index.ts'
import { refuse } from '../errors.ts'

export interface Receipt {
  readonly attemptId: string
  readonly submittedAtMs: number
  /** Questions with a stored answer. */
  readonly answers: number
  /** SHA-256 in hex. */
  readonly digest: string
}

/** Throws where the attempt is open. */
export async function receiptOf (
  db: Pick<Database, 'answers'>,
  { id, submittedAtMs }: Pick<Attempt, 'id' | 'submittedAtMs'>
): Promise<Receipt> {
  if (submittedAtMs === null) {
    throw refuse('INVIGIL_ERR_ATTEMPT_OPEN', { details: { attemptId: id, submitPath: submitPath(id) } })
  }
  const [answers, code] = await Promise.all([db.answers.list(id), db.answers.lastCode(id)])
  return { attemptId: id, submittedAtMs, answers: answers.length, digest: digestOf(answers, code) }
}

/** Where an attempt is handed in. */
export function submitPath (attemptId: string): string {
  return `/api/v1/attempts/${attemptId}/submit`
}

/**
 * SHA-256 of the UTF-8 of one JSON text without spaces, as `JSON.stringify` writes it:
 * `{"answers":[[questionId,value,clientSeq,savedAtMs],…],"code":[[questionId,id,language,code,atMs],…]}`, each list in
 * the order of question ids; of code the last submission of each question. docs/exam-life.md says the same.
 */
function digestOf (answers: readonly Answer[], code: readonly CodeSubmission[]): string {
  const text = JSON.stringify({
    answers: byQuestion(answers).map(({ questionId, value, clientSeq, savedAtMs }) => [
      questionId,
      value,
      clientSeq,
      savedAtMs
    ]),
    code: byQuestion(code).map(one => [one.questionId, one.id, one.language, one.code, one.atMs])
  })
  return createHash('sha256').update(text).digest('hex')
}

function byQuestion<Row extends { readonly questionId: string }> (rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => a.questionId < b.questionId ? -1 : a.questionId > b.questionId ? 1 : 0)
}
