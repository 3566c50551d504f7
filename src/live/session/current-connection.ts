import type { EventRow } from '../../../db/index.ts'
import { translate, type TextKey } from '../../i18n/translate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import { refusal } from '../../protocol/error-message.ts'
import type { CandidateConnection } from './candidate-connection.ts'

/** The candidate's connection to one session: at most one, and the newest has it. */
export class CurrentConnection {
  #connection: CandidateConnection | undefined
  /** Silence is not counted before the first connection. */
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

  /** An older connection gives way; gives whether there was one. */
  connect (sender: CandidateConnection): boolean {
    const before = this.#connection
    this.#connection = sender
    before?.replace()
    this.#wasConnected = true
    return before !== undefined
  }

  /** The connection is gone; false: a newer one has taken its place. */
  disconnect (sender: CandidateConnection): boolean {
    if (this.#connection !== sender) return false
    this.#connection = undefined
    return true
  }

  /** Gives the connection up, for the caller to close. */
  release (): CandidateConnection | undefined {
    const sender = this.#connection
    this.#connection = undefined
    return sender
  }

  /** False when nobody is connected or the line is stuck. */
  send (reply: CandidateReply): boolean {
    return this.#connection?.send(reply) ?? false
  }

  /** A message of the system, in the language of the page; false as for `send`. */
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

  /** Refuses what comes while the session does not run; says so once a pause. */
  refusePaused (sender: CandidateConnection): void {
    if (!this.#hasRefusedPaused) sender.refuse(refusal('INVIGIL_ERR_SESSION_PAUSED'))
    this.#hasRefusedPaused = true
  }

  /** The state has changed: the next pause is told of again. */
  forgetPause (): void {
    this.#hasRefusedPaused = false
  }

  /** Sends the candidate home. */
  end (): void {
    this.#connection?.end()
  }
}
