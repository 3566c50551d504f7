import { type Report, idFor } from '../../protocol/event-report.ts'

/**
 * To be noted in a session whose pictures cannot be compared with the enrolled face, because other models have made its
 * vector.
 */
export function incomparableFace (sessionId: string, atMs: number): Report {
  return {
    kind: 'identity_none',
    atMs,
    detail: { reason: 'incomparable', needs: 'enroll-again' },
    id: idFor(sessionId, INCOMPARABLE)
  }
}

/** What the id of such an event is made from: one without a face may be noted in the same session. */
export const INCOMPARABLE = 'identity_none incomparable'
