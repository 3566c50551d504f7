import type { Session, SessionPause } from '../../db/index.ts'
import type { RiskLevel, SessionState } from './protocol.ts'

/** A session as it stands: of an open one from memory, with what is not committed yet. */
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
  readonly trustScore: number
  readonly complianceScore: number
  /** Incidents: starts and instants, not ends. */
  readonly eventCount: number
  /** Incidents by kind. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * All sessions that run here. Each change of state is made here, in the database first: REST routes and monitors call the
 * same functions. `by` is a user's id or `system`. False: the session was not in a state that allows it.
 */
export interface Live {
  /** Takes a session that was just opened in the database (`db.sessions.open`) into the live side; harmless when repeated. */
  start (session: Session): Promise<void>
  /** active → paused; what lasts ends at the pause. */
  pause (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** paused → active. */
  resume (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** active or paused → stopped; events and scores are committed when it returns. */
  stop (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** active or paused → terminated. */
  terminate (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** Removes the session's events, of memory and database, and sets its scores back; gives the number of rows removed. */
  clear (sessionId: string): Promise<number>
  /** Undefined: there is no such session. */
  summary (sessionId: string): Promise<LiveSummary | undefined>
  /** An account was disabled, logged out everywhere or changed its role: its sockets are looked at now, not in half a minute. */
  accountChanged (userId: string): Promise<void>
  /** Closes all sockets with 1001, ends the timers, and commits what waits. The sessions stay open in the database. */
  close (): Promise<void>
}
