import type { NewAuditEntry } from './audit-types.ts'
import type { SessionDecision } from './review-types.ts'

export interface SignedReport {
  readonly id: string
  readonly sessionId: string
  readonly language: string
  /** What was decided when it was issued; null: nothing. */
  readonly decision: SessionDecision | null
  readonly kid: string
  readonly sha256: string
  readonly chainHead: string
  readonly entries: number
  readonly bytes: number
  readonly issuedBy: string
  readonly issuedAtMs: number
  /** A person whom it quotes was erased, or its time is over: it cannot be downloaded any more. */
  readonly withdrawnAtMs: number | null
}

/** A public key that signed reports; `x` as in a JWK. */
export interface ReportKeyRow {
  readonly kid: string
  readonly x: string
  readonly isSelfIssued: boolean
  readonly firstUsedAtMs: number
}

export interface SignedReports {
  /** Stores the row, its audit entry and webhook message. Throws `missing` where the session was erased meanwhile. */
  add (report: Omit<SignedReport, 'withdrawnAtMs'>, audit: NewAuditEntry): Promise<void>
  byId (id: string): Promise<SignedReport | undefined>
  /** Newest first. */
  list (sessionId: string): Promise<SignedReport[]>
  /** The withdrawn reports of which a file is still stored. */
  leftovers (limit: number): Promise<SignedReport[]>
  filesDeleted (id: string): Promise<void>
  /** Adds the key unless it is known. */
  addKey (key: ReportKeyRow): Promise<void>
  /** In the order of their first use. */
  keys (): Promise<ReportKeyRow[]>
}
