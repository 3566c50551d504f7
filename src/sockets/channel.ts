import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import type { Language } from '../i18n/translate.ts'
import { runInLane, type Lane } from '../../db/index.ts'
import { CLOSE, CLOSE_REASONS, type CloseCode } from '../protocol/close-codes.ts'
import { count, type Counters } from '../counters.ts'
import type { Limits } from '../limits.ts'
import { DROPPABLE_REPLIES } from '../protocol/messages.ts'
import { refusal, refusalText, type Refusal } from '../protocol/error-message.ts'

/** The ordered part of a message's work; undefined if the message was handled at once. */
export type FollowUp = (() => Promise<void>) | undefined

/** Interval for polling the send buffer during replays: ws has no drain event. */
const DRAIN_POLL_MS = 20

export interface ChannelOptions {
  readonly socket: WebSocket
  /** Kinds of reply that may be sent on this socket; any other kind is an internal error. */
  readonly replies: ReadonlySet<string>
  readonly language: Language
  readonly limits: Limits
  readonly counters: Counters
  readonly log: FastifyBaseLogger
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The database lane in which its messages run. */
  readonly lane: Lane
}

/**
 * One socket with its bounds: message rate, unsent bytes, time of silence.
 *
 * Every message runs inside one guard: a failure closes this socket and no other.
 */
export class Channel<Reply extends { readonly type: string }> {
  readonly #options: ChannelOptions
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  #credit: number
  #creditBytes: number
  #creditAtMs: number
  #aliveAtMs: number
  #pingedAtMs: number
  #closing = false

  constructor (options: ChannelOptions) {
    this.#options = options
    this.#credit = options.limits.messageBurst
    this.#creditBytes = options.limits.fullFramesBurst * options.limits.frameBytesMax
    this.#creditAtMs = this.#aliveAtMs = this.#pingedAtMs = options.now()
    options.socket.on('pong', () => { this.#aliveAtMs = options.now() })
  }

  get isOpen (): boolean {
    return !this.#closing && this.#options.socket.readyState === this.#options.socket.OPEN
  }

  get language (): Language {
    return this.#options.language
  }

  /**
   * Calls `handle` with every message at once, and runs the follow-ups that it returns in order. It is the only
   * listener for messages.
   */
  listen (handle: (data: Buffer, isBinary: boolean) => FollowUp): void {
    this.#options.socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!this.isOpen || !this.#admit(data.length)) return
      try {
        const later = handle(data, isBinary)
        if (later !== undefined) this.#enqueue(later)
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  /** Runs `job` after the follow-ups of earlier messages, inside the guard. */
  #enqueue (job: () => Promise<void>): void {
    if (this.#waiting >= this.#options.limits.controlsWaitingMax) {
      return this.close(CLOSE.tooFast, refusal('INVIGIL_ERR_TOO_FAST'))
    }
    this.#waiting++
    this.#tail = this.#tail
      .then(async () => { if (this.isOpen) await runInLane(this.#options.lane, job) })
      .catch(error => this.#fail(error))
      .finally(() => { this.#waiting-- })
  }

  /** Closes this socket after an internal error; the cause goes only to the log. */
  fail (error: unknown): void {
    this.#fail(error)
  }

  /** Sends a reply, unless too many sent bytes are still unread. Returns whether it was sent. */
  send (reply: Reply | Refusal): boolean {
    const { socket, limits, counters, replies } = this.#options
    if (!this.isOpen) return false
    if (!replies.has(reply.type)) {
      this.#fail(new Error(`A reply of kind ${reply.type} has no audience here`))
      return false
    }
    if (socket.bufferedAmount > limits.bufferedBytesMax) {
      this.close(CLOSE.slowReader, refusal('INVIGIL_ERR_SLOW_READER'))
      return false
    }
    if (DROPPABLE_REPLIES.has(reply.type) && socket.bufferedAmount > limits.droppableBytesMax) {
      counters.messages.unsent++
      return false
    }
    socket.send(JSON.stringify(reply))
    counters.messages.sent++
    return true
  }

  /** Settles when the peer has read most of the sent bytes, or has disconnected. */
  async drained (): Promise<void> {
    const { socket, limits } = this.#options
    while (this.isOpen && socket.bufferedAmount > limits.droppableBytesMax) {
      await new Promise(resolve => setTimeout(resolve, DRAIN_POLL_MS))
    }
  }

  /** Sends an error message in the peer's language; the socket stays open. */
  refuse (refused: Refusal): void {
    count(this.#options.counters.errors, refused.code)
    this.send(refusalText(refused, this.#options.language))
  }

  /** Sends the reason, if it says more than the close code, and closes. Later messages are ignored. */
  close (code: CloseCode, why?: Refusal): void {
    const { socket, counters } = this.#options
    if (!this.isOpen) return
    if (why !== undefined) {
      count(counters.errors, why.code)
      socket.send(JSON.stringify(refusalText(why, this.#options.language)))
    }
    this.#closing = true
    count(counters.closes, code)
    socket.close(code, CLOSE_REASONS[code])
  }

  /** Pings the peer, or closes the socket after too long a silence; call it about once a second. */
  heartbeat (nowMs: number): void {
    if (!this.isOpen) return
    const { socket, limits } = this.#options
    if (nowMs - this.#aliveAtMs >= limits.silentMs) return this.close(CLOSE.silent, refusal('INVIGIL_ERR_SILENT'))
    if (nowMs - this.#pingedAtMs < limits.pingMs) return
    this.#pingedAtMs = nowMs
    socket.ping()
  }

  /** Restarts the ping deadline from `nowMs`, and pings with the next heartbeat. */
  resetDeadline (nowMs: number): void {
    this.#aliveAtMs = nowMs
    this.#pingedAtMs = nowMs - this.#options.limits.pingMs
  }

  /** Two token buckets, for messages and for their bytes. */
  #admit (bytes: number): boolean {
    const { limits, counters, now } = this.#options
    const { messageBurst, messagesPerSecond, frameBytesMax, fullFramesBurst, fullFramesPerSecond } = limits
    const nowMs = now()
    const passedSeconds = Math.max(0, nowMs - this.#creditAtMs) / 1000
    counters.messages.received++
    this.#aliveAtMs = nowMs
    this.#creditAtMs = nowMs
    this.#credit = Math.min(messageBurst, this.#credit + passedSeconds * messagesPerSecond) - 1
    this.#creditBytes =
      Math.min(
        fullFramesBurst * frameBytesMax,
        this.#creditBytes + passedSeconds * fullFramesPerSecond * frameBytesMax
      ) - bytes
    if (this.#credit >= 0 && this.#creditBytes >= 0) return true
    this.close(CLOSE.tooFast, refusal('INVIGIL_ERR_TOO_FAST'))
    return false
  }

  #fail (error: unknown): void {
    this.#options.log.error({ err: error }, 'message handling failed')
    this.close(CLOSE.ourFault, refusal('INVIGIL_ERR_INTERNAL'))
  }
}
