import type { EventRow } from '../../../db/index.ts'
import { translate, type TextKey } from '../../i18n/translate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import { refusal } from '../../protocol/error-message.ts'
import type { CandidateConnection } from './candidate-connection.ts'

/** The candidate's connection to one session; a newer connection replaces an older one. */
export class CurrentConnection {
  #connection: CandidateConnection | undefined
  /** Whether a candidate has ever been connected; silence counts only from then on. */
  #wasConnected: boolean
  #hasRefusedPaused = false

  constructor (wasConnected: boolean) {
    this.#wasConnected = wasConnected
  }

  get isOnline (): boolean {
    return this.#connection !== undefined
  }

  get wasConnected (): boolean {
    return this.#wasConnected
  }

  /** Sets the connection and closes an older one; returns whether there was one. */
  connect (sender: CandidateConnection): boolean {
    const before = this.#connection
    this.#connection = sender
    before?.replace()
    this.#wasConnected = true
    return before !== undefined
  }

  /** Removes the connection; returns false if a newer one has replaced it. */
  disconnect (sender: CandidateConnection): boolean {
    if (this.#connection !== sender) return false
    this.#connection = undefined
    return true
  }

  /** Removes and returns the connection, for the caller to close. */
  release (): CandidateConnection | undefined {
    const sender = this.#connection
    this.#connection = undefined
    return sender
  }

  /** Returns false without a connection, or if its send buffer is full. */
  send (reply: CandidateReply): boolean {
    return this.#connection?.send(reply) ?? false
  }

  /** Sends a system message in the page's language; returns false as `send` does. */
  notify (key: TextKey): boolean {
    const language = this.#connection?.language ?? 'en'
    return this.send({
      type: 'message',
      from: translate(language, 'notices.from'),
      text: translate(language, key),
      level: 'warning'
    })
  }

  show (rows: readonly EventRow[], stored: boolean): void {
    this.#connection?.show(rows, stored)
  }

  /** Sends the error for a paused session, once per pause. */
  refusePaused (sender: CandidateConnection): void {
    if (!this.#hasRefusedPaused) sender.refuse(refusal('INVIGIL_ERR_SESSION_PAUSED'))
    this.#hasRefusedPaused = true
  }

  /** The state has changed: the next pause sends its error again. */
  forgetPause (): void {
    this.#hasRefusedPaused = false
  }

  /** Closes the connection because the session is over. */
  end (): void {
    this.#connection?.end()
  }
}
