import type { EventRow, NewAuditEntry } from '../../db/index.ts'
import type { CandidateReply, PageEvent, SessionState } from '../protocol/messages.ts'
import type { Report } from '../protocol/event-report.ts'

/**
 * Something to be done to a session by the gateway that has it in memory: plain data, so that it can travel there.
 * `isRepeated`: another gateway was asked for it before and may have done it.
 */
export type Command = { readonly sessionId: string } & (
  | {
    readonly kind: 'change'
    readonly from: readonly SessionState[]
    readonly to: SessionState
    readonly by: string
    readonly reason?: string
    readonly audit?: NewAuditEntry
    readonly isRepeated?: true
  }
  | { readonly kind: 'clear' }
  | {
    readonly kind: 'note'
    readonly reports: readonly Report[]
    readonly quietMs?: number
    readonly isRepeated?: true
  }
  | { readonly kind: 'hear', readonly reports: ReadonlyArray<PageReport | Report>, readonly isRepeated?: true }
  | { readonly kind: 'tell', readonly reply: CandidateReply }
  | { readonly kind: 'summary' }
  /** Gives the session up to the gateway that asks; answered with `HandedOver`, or null where it is not here. */
  | { readonly kind: 'release' }
)

/** What a page saw, told over HTTP; `id` as that of a report. */
export interface PageReport extends PageEvent {
  readonly id?: string
}

/** What a session remembers that its stored events do not say. */
export interface SessionHandover {
  /** Under which it was left: where another gateway has had the session in between, the memory is old. */
  readonly epoch: number
  /** Of the program that wrote it: another one cannot be expected to read the memory. */
  readonly version: string
  /** `JudgeState` in the serialisation of V8, as base64: it holds typed arrays. */
  readonly memory: string
}

/** The rows that came of a report. */
export interface RecordedReport {
  readonly rows: readonly EventRow[]
  /** Whether all of them are committed; false: the database has not answered yet. */
  readonly stored: boolean
}

/** What came of `hear`. */
export type PageEventsResult = RecordedReport | 'full' | undefined

/** A session that is over, and who ended it: a user's id or `system`. */
export interface EndedSession {
  readonly sessionId: string
  readonly userId: string
  readonly state: SessionState
  readonly by: string
}
