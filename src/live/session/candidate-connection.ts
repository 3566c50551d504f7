import type { EventRow } from '../../../db/index.ts'
import type { Language } from '../../i18n/translate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import type { Refusal } from '../../protocol/error-message.ts'

/** A candidate's connection, as the session uses it; `received` and `dropped` count its frames. */
export interface CandidateConnection {
  /** The language of the candidate's page. */
  readonly language: Language
  received: number
  dropped: number
  send (reply: CandidateReply): boolean
  refuse (refused: Refusal): void
  /** Sends event rows, at once or after a running replay. */
  show (rows: readonly EventRow[], stored: boolean): void
  /** Closes this connection after an internal error. */
  fail (error: unknown): void
  /** Closes it because a newer connection has replaced it. */
  replace (): void
  /** Closes it because the session is over. */
  end (): void
  /** Closes it so that the page reconnects: another gateway continues the session, or it must be loaded again. */
  reconnect (): void
}
