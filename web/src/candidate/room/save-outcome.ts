import { ApiError } from '../../api/errors.ts'
import type { Outcome } from './answer-buffer.ts'

/** Refusals that the candidate ends by changing the answer. */
const REFUSED = new Set([
  'INVIGIL_ERR_NUMBER_AMBIGUOUS', 'INVIGIL_ERR_ANSWER_INVALID', 'INVIGIL_ERR_TOO_LARGE', 'INVIGIL_ERR_VALIDATION',
  'INVIGIL_ERR_QUESTION_UNKNOWN'
])

/** What a refused or failed request to save `value` means for the answer. */
export function saveOutcome (error: unknown, value: unknown): Outcome {
  if (!(error instanceof ApiError)) return { kind: 'later', why: 'line' }
  const { code, details, message, status } = error
  if (code === 'INVIGIL_ERR_ANSWER_STALE' || code === 'INVIGIL_ERR_ANSWER_CONFLICT') {
    // The server has this very answer: an earlier request arrived, and its response was lost.
    return JSON.stringify(details['value']) === JSON.stringify(value)
      ? { kind: 'saved', savedAtMs: Number(details['savedAtMs']) }
      : { kind: 'conflict', value: details['value'], clientSeq: Number(details['clientSeq']) }
  }
  if (code === 'INVIGIL_ERR_ATTEMPT_SUBMITTED') return { kind: 'over' }
  if (code === 'INVIGIL_ERR_NOT_SEEN') return { kind: 'later', why: 'unseen' }
  if (code === 'INVIGIL_ERR_SESSION_PAUSED') return { kind: 'later', why: 'paused' }
  if (REFUSED.has(code)) return { kind: 'refused', message }
  return { kind: 'later', why: status === 401 ? 'login' : 'line' }
}
