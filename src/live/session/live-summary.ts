import type { GapCause } from '../../../detection/events/judge-state.ts'
import type { SessionPause } from '../../../db/index.ts'
import type { Gap } from './coverage-gaps.ts'
import type { RiskLevel, SessionState } from '../../protocol/messages.ts'

/** The current figures of a session; those of an open one come from memory and include uncommitted events. */
export interface LiveSummary {
  readonly sessionId: string
  readonly userId: string
  readonly state: SessionState
  /** Whether the candidate's socket is open. */
  readonly online: boolean
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  readonly pauses: readonly SessionPause[]
  readonly riskScore: number
  readonly riskLevel: RiskLevel
  /** Both null if too little was seen. */
  readonly trustScore: number | null
  readonly complianceScore: number | null
  /** Percent of the open time in which the candidate was seen; null if unknown, or if watching is off. */
  readonly seenPercent: number | null
  /** For how long the candidate has not been seen; 0 while pictures arrive, in a pause and after the end. */
  readonly unseenMs: number
  /** Why the candidate is not seen now: the gap may have begun with another cause. Null while `unseenMs` is 0. */
  readonly unseenCause: GapCause | null
  /** Milliseconds in which the candidate was not seen, by cause. */
  readonly unseenMsByCause: Readonly<Record<string, number>>
  /** The newest gaps, oldest first. */
  readonly gaps: readonly Gap[]
  /** Incidents: starts and instants, not ends. */
  readonly eventCount: number
  /** Incidents by kind. */
  readonly counts: Readonly<Record<string, number>>
}
