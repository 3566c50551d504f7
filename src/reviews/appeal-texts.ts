import type { Appeal } from '../../db/index.ts'

/** Returns the texts and times of an appeal without account ids, or null if there is no appeal. */
export function appealTexts (appeal: Appeal | undefined) {
  if (appeal === undefined) return null
  const { state, text, openedAtMs, answer, answeredAtMs, reason, closedAtMs } = appeal
  return { state, text, openedAtMs, answer, answeredAtMs, reason, closedAtMs }
}
