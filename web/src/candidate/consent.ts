/** What the candidate answered in the lobby of an exam, on this device and until the browser is closed. */
const keyOf = (examId: string) => `invigil.consent.${examId}`

export function consentOf (examId: string): 'yes' | 'no' | undefined {
  const answer = sessionStorage.getItem(keyOf(examId))
  return answer === 'yes' || answer === 'no' ? answer : undefined
}

export const keepConsent = (examId: string, answer: 'yes' | 'no'): void =>
  sessionStorage.setItem(keyOf(examId), answer)
