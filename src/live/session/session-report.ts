import type { SessionReport } from '../../protocol/messages.ts'
import type { CandidateRequests } from '../../protocol/thread.ts'

interface Reported extends Pick<SessionReport, 'userId' | 'name' | 'examId' | 'state'> {
  readonly id: string
  readonly startedAtMs: number
}

/** A session as its monitors see it. */
export function sessionReport (
  { id: sessionId, userId, name, examId, state, startedAtMs }: Reported,
  online: boolean,
  requests: CandidateRequests,
  scores: SessionReport['scores']
): SessionReport {
  const startedAt = new Date(startedAtMs).toISOString()
  return { type: 'session', sessionId, userId, name, examId, state, online, startedAt, ...requests, scores }
}
