import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { CandidateReply } from '../../gateway/protocol.ts'
import { CommandError } from '../output.ts'
import type { Reel } from './frames.ts'
import { count, type Tally } from './tally.ts'

export interface CandidateOptions {
  /** `ws://…/ws/<user>` */
  readonly url: URL
  readonly token: string
  readonly reel: Reel
  /** Index of the first frame. */
  readonly offset: number
  readonly fps: number
  /** Sends as slowly as the server asks. */
  readonly followRate: boolean
  readonly tally: Tally
}

/** Unsent bytes above which a frame is skipped, as a page skips it. */
const BUFFERED_BYTES_MAX = 1_000_000
/** Sequence numbers whose sending time is remembered; older ones were dropped without a word. */
const PENDING_MAX = 1000
/** Time for the upgrade and for the closing handshake. */
const HANDSHAKE_MS = 10_000

/** One pretended page: sends frames at a steady rate and counts the answers. */
export class SimulatedCandidate {
  readonly #options: CandidateOptions
  readonly #socket: WebSocket
  readonly #sentAtMs = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #seq = 0
  #fps: number
  #closing = false

  constructor (options: CandidateOptions) {
    this.#options = options
    this.#fps = options.fps
    this.#socket = new WebSocket(options.url, { headers: { authorization: `Bearer ${options.token}` }, handshakeTimeout: HANDSHAKE_MS })
    this.#socket.on('message', data => { this.#read(String(data)) })
    this.#socket.on('close', code => {
      clearTimeout(this.#timer)
      if (!this.#closing) count(options.tally.errors, `closed ${code}`)
    })
    // `close` follows; a refused upgrade is reported by `open`.
    this.#socket.on('error', () => {})
  }

  /** Resolves when the socket is open; throws a CommandError when it is refused. */
  async open (): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) return
    await once(this.#socket, 'open').catch(error => {
      throw new CommandError(`The socket was refused: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    })
  }

  /** Sends the first frame `delayMs` from now, so that the candidates do not march in step. */
  stream (delayMs: number): void {
    let dueMs = performance.now() + delayMs
    const next = (): void => {
      this.#send()
      dueMs = Math.max(dueMs + 1000 / this.#fps, performance.now())
      this.#timer = setTimeout(next, dueMs - performance.now())
    }
    this.#timer = setTimeout(next, delayMs)
  }

  /** Stops sending; answers still come in. */
  pause (): void {
    clearTimeout(this.#timer)
  }

  /** Frames sent that nothing has been heard of. */
  get waiting (): boolean {
    return this.#sentAtMs.size > 0 && this.#socket.readyState === WebSocket.OPEN
  }

  async close (): Promise<void> {
    this.#closing = true
    this.pause()
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = once(this.#socket, 'close')
    const cut = setTimeout(() => { this.#socket.terminate() }, HANDSHAKE_MS)
    this.#socket.close(1000)
    await closed
    clearTimeout(cut)
  }

  #send (): void {
    const { reel, offset, tally } = this.#options
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (this.#socket.bufferedAmount > BUFFERED_BYTES_MAX) {
      tally.framesUnsent++
      return
    }
    const seq = ++this.#seq
    const picture = reel[(offset + seq) % reel.length]!
    this.#sentAtMs.set(seq, performance.now())
    if (this.#sentAtMs.size > PENDING_MAX) this.#sentAtMs.delete(this.#sentAtMs.keys().next().value!)
    this.#socket.send(frameMessage(picture, seq, Date.now()))
    tally.framesSent++
  }

  #read (text: string): void {
    const { tally } = this.#options
    const reply = JSON.parse(text) as CandidateReply
    switch (reply.type) {
      case 'ack':
        this.#acknowledge(reply.seq)
        break
      case 'logs':
        if (!reply.stored) return
        for (const { kind, phase } of reply.data) if (phase !== 'end') count(tally.events, kind)
        break
      case 'rate':
        tally.rateMin = Math.min(tally.rateMin ?? Infinity, reply.fps)
        if (this.#options.followRate) this.#fps = Math.max(0.1, Math.min(this.#options.fps, reply.fps))
        break
      case 'error':
        count(tally.errors, reply.code)
        break
    }
  }

  /** An ack says "processed up to here": frames before it that got none were given up for newer ones. */
  #acknowledge (seq: number): void {
    const { tally } = this.#options
    const sentAtMs = this.#sentAtMs.get(seq)
    if (sentAtMs === undefined) return
    tally.framesProcessed++
    tally.latenciesMs.push(performance.now() - sentAtMs)
    for (const earlier of this.#sentAtMs.keys()) {
      if (earlier > seq) break
      this.#sentAtMs.delete(earlier)
      if (earlier < seq) tally.framesReplaced++
    }
  }
}

/** Byte 4 says that a sequence number follows the time. */
const HEADER_BYTES = 17
const KIND_PICTURE = 1
const FLAG_SEQ = 1

/** A picture behind the protocol's binary header. */
function frameMessage (picture: Uint8Array, seq: number, capturedAtMs: number): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + picture.length)
  message.write('IV', 0, 'latin1')
  message.writeUInt8(1, 2)
  message.writeUInt8(KIND_PICTURE, 3)
  message.writeUInt8(FLAG_SEQ, 4)
  message.writeBigUInt64BE(BigInt(capturedAtMs), 5)
  message.writeUInt32BE(seq, 13)
  message.set(picture, HEADER_BYTES)
  return message
}
