import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import type { Language } from '../i18n/translate.ts'
import { runInLane, type Lane } from '../../db/index.ts'
import { CLOSE, CLOSE_REASONS, type CloseCode } from '../protocol/close-codes.ts'
import { count, type Counters } from '../counters.ts'
import type { Limits } from '../limits.ts'
import { DROPPABLE_REPLIES } from '../protocol/messages.ts'
import { refusal, refusalText, type Refusal } from '../protocol/error-message.ts'

/** Work that a message leaves to be done in order; none when it was dealt with at once. */
export type FollowUp = (() => Promise<void>) | undefined

/** ws tells of no drained socket, so it is looked at this often, during replays only. */
const DRAIN_POLL_MS = 20

export interface ChannelOptions {
  readonly socket: WebSocket
  /** Kinds of reply that may leave by this socket; others are a mistake of ours. */
  readonly replies: ReadonlySet<string>
  readonly language: Language
  readonly limits: Limits
  readonly counters: Counters
  readonly log: FastifyBaseLogger
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** In which its messages ask the database. */
  readonly lane: Lane
}

/**
 * One socket with its bounds: how fast the peer may talk, how much may wait for it to read, how long it may be silent.
 *
 * Every message runs inside the one guard: a failure closes this socket and reaches nobody else.
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
   * Hands every message to `take` at once; what it returns is done after what earlier messages left to do. The only
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

  /** Runs `job` after what earlier messages left to do, inside the guard. */
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

  /** Closes this socket as our fault; the cause goes to the log only. */
  fail (error: unknown): void {
    this.#fail(error)
  }

  /** Sends, unless the peer has not read enough of what was sent before. Returns whether it was sent. */
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

  /** Settles when the peer has read most of what was sent, or is gone. */
  async drained (): Promise<void> {
    const { socket, limits } = this.#options
    while (this.isOpen && socket.bufferedAmount > limits.droppableBytesMax) {
      await new Promise(resolve => setTimeout(resolve, DRAIN_POLL_MS))
    }
  }

  /** Tells the peer what was wrong, in its language; the socket stays open. */
  refuse (refused: Refusal): void {
    count(this.#options.counters.errors, refused.code)
    this.send(refusalText(refused, this.#options.language))
  }

  /** Says why, if there is more to say than the code does, and closes. Later messages are not looked at. */
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

  /** Pings, or closes a peer that has not been heard of for too long; call about each second. */
  heartbeat (nowMs: number): void {
    if (!this.isOpen) return
    const { socket, limits } = this.#options
    if (nowMs - this.#aliveAtMs >= limits.silentMs) return this.close(CLOSE.silent, refusal('INVIGIL_ERR_SILENT'))
    if (nowMs - this.#pingedAtMs < limits.pingMs) return
    this.#pingedAtMs = nowMs
    socket.ping()
  }

  /** Counts silence anew from now, and asks for a sign of life with the next beat. */
  resetDeadline (nowMs: number): void {
    this.#aliveAtMs = nowMs
    this.#pingedAtMs = nowMs - this.#options.limits.pingMs
  }

  /** Two token buckets, of messages and of their bytes: so much at once, so much a second in the long run. */
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
