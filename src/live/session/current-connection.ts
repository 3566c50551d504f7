import type { EventRow } from '../../../db/index.ts'
import { translate, type TextKey } from '../../i18n/translate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import { refusal } from '../../protocol/error-message.ts'
import type { Sender } from './candidate-connection.ts'

/** The candidate's connection to one session: at most one, and the newest has it. */
export class CandidateLine {
  #sender: Sender | undefined
  /** Silence is not counted before the first connection. */
  #wasConnected: boolean
  #toldPaused = false

  constructor (wasConnected: boolean) {
    this.#wasConnected = wasConnected
  }

  get isOnline (): boolean {
    return this.#sender !== undefined
  }

  get wasConnected (): boolean {
    return this.#wasConnected
  }

  /** An older connection gives way; gives whether there was one. */
  connect (sender: Sender): boolean {
    const before = this.#sender
    this.#sender = sender
    before?.replace()
    this.#wasConnected = true
    return before !== undefined
  }

  /** The connection is gone; false: a newer one has taken its place. */
  disconnect (sender: Sender): boolean {
    if (this.#sender !== sender) return false
    this.#sender = undefined
    return true
  }

  /** Gives the connection up, for the caller to close. */
  release (): Sender | undefined {
    const sender = this.#sender
    this.#sender = undefined
    return sender
  }

  /** False when nobody is connected or the line is stuck. */
  send (reply: CandidateReply): boolean {
    return this.#sender?.send(reply) ?? false
  }

  /** A message of the system, in the language of the page; false as for `send`. */
  say (key: TextKey): boolean {
    const language = this.#sender?.language ?? 'en'
    return this.send({
      type: 'message',
      from: translate(language, 'notices.from'),
      text: translate(language, key),
      level: 'warning'
    })
  }

  show (rows: readonly EventRow[], stored: boolean): void {
    this.#sender?.show(rows, stored)
  }

  /** Refuses what comes while the session does not run; says so once a pause. */
  refusePaused (sender: Sender): void {
    if (!this.#toldPaused) sender.refuse(refusal('INVIGIL_ERR_SESSION_PAUSED'))
    this.#toldPaused = true
  }

  /** The state has changed: the next pause is told of again. */
  forgetPause (): void {
    this.#toldPaused = false
  }

  /** Sends the candidate home. */
  end (): void {
    this.#sender?.end()
  }
}
