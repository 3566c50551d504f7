import type { EventRow, NewAuditEntry } from '../../db/index.ts'
import type { CandidateReply, PageEvent, SessionState } from '../protocol/messages.ts'
import type { Report } from '../protocol/event-report.ts'

/**
 * A command for the gateway that holds a session, as plain data for the wire. `change`: of its state; `clear`: of its
 * events; `note`: reports of staff or other systems; `hear`: reports of the page; `tell`: a message to the candidate.
 * `isRepeated`: another gateway got the command before and may have carried it out.
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
  /** Reads again from the session's row what the candidate asks staff for. */
  | { readonly kind: 'refresh' }
  /** A member of staff looks at the session now: larger and more frequent thumbnails for a while. */
  | { readonly kind: 'look' }
  | { readonly kind: 'summary' }
  /** Hands the session over to the gateway that asks; the response is a `SessionHandover`, or null if not held. */
  | { readonly kind: 'release' }
)

/** An event that a page reported over HTTP; `id` becomes the id of its row. */
export interface PageReport extends PageEvent {
  readonly id?: string
}

/** The part of a session's state that its stored events do not contain. */
export interface SessionHandover {
  /** The epoch of the handover; after another gateway has held the session the state is outdated. */
  readonly epoch: number
  /** The version of the program that wrote it; other versions do not read it. */
  readonly version: string
  /** `JudgeState` in V8's serialization format, as base64: it contains typed arrays. */
  readonly memory: string
}

/** The rows made of a report. */
export interface RecordedReport {
  readonly rows: readonly EventRow[]
  /** Whether all of them are committed; false while the database has not responded. */
  readonly stored: boolean
}

/** The result of `reportPageEvents`. */
export type PageEventsResult = RecordedReport | 'full' | undefined

/** A session that has ended; `by` is a user's id or `system`. */
export interface EndedSession {
  readonly sessionId: string
  readonly userId: string
  readonly state: SessionState
  readonly by: string
}
