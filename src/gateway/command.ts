import type { NewAuditEntry } from '../../db/index.ts'
import type { PageEvent, CandidateReply, SessionState } from './protocol.ts'
import type { Report } from './report.ts'

/** Something to be done to a session by the gateway that has it in memory: plain data, so that it can travel there. */
export type Command = { readonly sessionId: string } & (
  | { readonly kind: 'change', readonly from: readonly SessionState[], readonly to: SessionState, readonly by: string, readonly reason?: string, readonly audit?: NewAuditEntry }
  | { readonly kind: 'clear' }
  | { readonly kind: 'note', readonly reports: readonly Report[], readonly quietMs?: number }
  | { readonly kind: 'hear', readonly reports: ReadonlyArray<PageEvent | Report> }
  | { readonly kind: 'tell', readonly reply: CandidateReply }
  | { readonly kind: 'summary' }
  /** Gives the session up to the gateway that asks; answered with `HandedOver`, or null where it is not here. */
  | { readonly kind: 'release' }
  /** Another gateway has changed its row: look. */
  | { readonly kind: 'sync' }
)

/** What a session remembers that its stored events do not say. */
export interface HandedOver {
  /** Of the program that wrote it: another one cannot be expected to read the memory. */
  readonly version: string
  /** `JudgeState` in the serialisation of V8, as base64: it holds typed arrays. */
  readonly memory: string
}
