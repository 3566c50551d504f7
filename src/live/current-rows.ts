import type { SessionScores, SessionWithUser } from '../../db/index.ts'
import type { Limits } from '../limits.ts'
import type { SessionStore } from './session-store.ts'
import type { SessionRegistry } from './session-registry.ts'

export interface CurrentRowsOptions {
  readonly registry: Pick<SessionRegistry, 'get'>
  readonly store: Pick<SessionStore, 'summary'>
  readonly limits: Pick<Limits, 'lastingMs' | 'scoresMs'>
  readonly nowMs: number
}

/**
 * Returns the rows with current figures. While a candidate is connected, the gateway that holds the session writes its
 * row at least every `lastingMs`. An active session with an older row has no connected candidate, so its figures follow
 * from the stored events. These are read one session at a time, so that a list does not occupy the database.
 */
export async function currentRows (
  rows: readonly SessionWithUser[],
  { registry, store, limits, nowMs }: CurrentRowsOptions
): Promise<SessionWithUser[]> {
  // A write may wait for the previous one, and for the tick that starts it.
  const oldMs = limits.lastingMs + 3 * limits.scoresMs
  const current: SessionWithUser[] = []
  for (const row of rows) {
    const session = row.endedAtMs === null ? registry.get(row.id) : undefined
    if (session !== undefined) current.push({ ...row, ...scoresOf(session.scores()) })
    else if (row.state === 'active' && nowMs - row.updatedAtMs > oldMs) {
      current.push({ ...row, ...scoresOf(await store.summary(row)) })
    } else current.push(row)
  }
  return current
}

function scoresOf ({ riskScore, trustScore, complianceScore, seenPercent, eventCount }: SessionScores): SessionScores {
  return { riskScore, trustScore, complianceScore, seenPercent, eventCount }
}
