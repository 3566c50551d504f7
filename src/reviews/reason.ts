import { refuse } from '../errors.ts'
import { REASON_CHARS_MIN } from './lease.ts'

/** The reason without spaces at its ends; throws where it is too short to tell a candidate anything. */
export function goodReason (reason: string): string {
  const text = reason.trim()
  if ([...text].length < REASON_CHARS_MIN) {
    throw refuse('INVIGIL_ERR_REASON_SHORT', { values: { min: REASON_CHARS_MIN } })
  }
  return text
}
