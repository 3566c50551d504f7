import { type Report, idFor } from '../../protocol/event-report.ts'

/** The report for a session whose pictures cannot be compared with the enrolled face, which other models made. */
export function incomparableFace (sessionId: string, atMs: number): Report {
  return {
    kind: 'identity_none',
    atMs,
    detail: { reason: 'incomparable', needs: 'enroll-again' },
    id: idFor(sessionId, INCOMPARABLE)
  }
}

/** Source of the event's id. It differs from that of a missing face, which the same session may record as well. */
export const INCOMPARABLE = 'identity_none incomparable'
