import type { EventRow } from '../../../db/index.ts'
import type { Language } from '../../i18n/translate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import type { Refusal } from '../../protocol/error-message.ts'

/** The candidate's connection as its session sees it; `received` and `dropped` count this connection's frames. */
export interface CandidateConnection {
  /** Of the candidate's page. */
  readonly language: Language
  received: number
  dropped: number
  send (reply: CandidateReply): boolean
  refuse (refused: Refusal): void
  /** Rows to show, at once or after a replay. */
  show (rows: readonly EventRow[], stored: boolean): void
  /** Our fault: closes this connection. */
  fail (error: unknown): void
  /** A newer connection takes its place. */
  replace (): void
  /** The session is over. */
  end (): void
  /** The session goes on at another gateway, or is to be found anew: the page connects again. */
  reconnect (): void
}
