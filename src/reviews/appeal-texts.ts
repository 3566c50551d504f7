import type { Appeal } from '../../db/index.ts'

/** What was said in an appeal and when, without the accounts; null where there is none. */
export function appealTexts (appeal: Appeal | undefined) {
  if (appeal === undefined) return null
  const { state, text, openedAtMs, answer, answeredAtMs, reason, closedAtMs } = appeal
  return { state, text, openedAtMs, answer, answeredAtMs, reason, closedAtMs }
}
