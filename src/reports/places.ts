import type { SignedReport } from '../../db/index.ts'

/** Where the two copies of a report lie in the store. */
export const placesOf = ({ id, sessionId }: Pick<SignedReport, 'id' | 'sessionId'>) => ({
  staff: { sessionId, key: `${sessionId}/reports/${id}.zip` },
  candidate: { sessionId, key: `${sessionId}/reports/${id}-candidate.zip` }
})
