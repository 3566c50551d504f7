import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { CandidateReply } from '../../protocol/messages.ts'
import { CommandError } from '../output.ts'
import type { Reel } from './frames.ts'
import { count, type Tally } from './tally.ts'
import type { EncodedFrame } from './vp8.ts'

export interface CandidateOptions {
  /** `ws://…/ws/<user>` */
  readonly url: URL
  readonly token: string
  readonly reel: Reel
  /** Sent instead of the reel's pictures. */
  readonly video?: readonly EncodedFrame[] | undefined
  /** Index of the first frame. */
  readonly offset: number
  readonly fps: number
  /** Sends as slowly as the server asks. */
  readonly followRate: boolean
  /** Half seconds of 16-bit sound at 16 kHz, sent one after the other, over and over. */
  readonly sound?: readonly Uint8Array[]
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
  #soundTimer: NodeJS.Timeout | undefined
  #seq = 0
  /** Of the video's frame that is sent next. */
  #at: number
  #fps: number
  #closing = false

  constructor (options: CandidateOptions) {
    this.#options = options
    this.#fps = options.fps
    this.#at = options.offset
    this.#seekKey()
    this.#socket = new WebSocket(options.url, {
      headers: { authorization: `Bearer ${options.token}` },
      handshakeTimeout: HANDSHAKE_MS
    })
    this.#socket.on('message', data => {
      this.#read(String(data))
    })
    this.#socket.on('close', code => {
      this.pause()
      if (!this.#closing) count(options.tally.errors, `closed ${code}`)
    })
    // `close` follows; a refused upgrade is reported by `open`.
    this.#socket.on('error', () => {})
  }

  /** Resolves when the socket is open; throws a CommandError when it is refused. */
  async open (): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) return
    await once(this.#socket, 'open').catch(error => {
      throw new CommandError(`The socket was refused: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error
      })
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
    this.#speak(delayMs)
  }

  /** Stops sending; answers still come in. */
  pause (): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#soundTimer)
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

  #speak (delayMs: number): void {
    const { sound = [] } = this.#options
    if (sound.length === 0) return
    let dueMs = performance.now() + delayMs
    let piece = 0
    const next = (): void => {
      if (this.#socket.readyState === WebSocket.OPEN) {
        this.#socket.send(binaryMessage(KIND_SOUND, sound[piece++ % sound.length]!, Date.now() - SOUND_MS))
      }
      dueMs = Math.max(dueMs + SOUND_MS, performance.now())
      this.#soundTimer = setTimeout(next, dueMs - performance.now())
    }
    this.#soundTimer = setTimeout(next, delayMs)
  }

  #send (): void {
    const { tally } = this.#options
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (this.#socket.bufferedAmount > BUFFERED_BYTES_MAX) {
      tally.framesUnsent++
      return
    }
    const seq = ++this.#seq
    this.#sentAtMs.set(seq, performance.now())
    if (this.#sentAtMs.size > PENDING_MAX) this.#sentAtMs.delete(this.#sentAtMs.keys().next().value!)
    const message = this.#message(seq)
    this.#socket.send(message)
    tally.framesSent++
    tally.lastSentMs = performance.now()
    tally.firstSentMs ??= tally.lastSentMs
    tally.frameBytes += message.length
  }

  #message (seq: number): Buffer {
    const { reel, video, offset } = this.#options
    if (video === undefined) return binaryMessage(KIND_PICTURE, reel[(offset + seq) % reel.length]!, Date.now(), seq)
    const { bytes, isKey } = video[this.#at++ % video.length]!
    return binaryMessage(KIND_VIDEO, Buffer.concat([CODEC_VP8, bytes]), Date.now(), seq, isKey ? FLAG_KEY : 0)
  }

  /** A video that is encoded already cannot make a key frame: it goes on to its next one. */
  #seekKey (): void {
    const { video } = this.#options
    if (video === undefined) return
    for (let skipped = 0; skipped < video.length && !video[this.#at % video.length]!.isKey; skipped++) this.#at++
  }

  #read (text: string): void {
    const { tally } = this.#options
    const reply = JSON.parse(text) as CandidateReply
    switch (reply.type) {
      case 'ack':
        this.#acknowledge(reply.seq, reply.cause === undefined)
        break
      case 'logs':
        if (!reply.stored) return
        for (const { kind, phase } of reply.data) if (phase !== 'end') count(tally.events, kind)
        break
      case 'rate':
        tally.rateMin = Math.min(tally.rateMin ?? Infinity, reply.fps)
        if (this.#options.followRate) this.#fps = Math.max(0.1, Math.min(this.#options.fps, reply.fps))
        break
      case 'keyframe':
        this.#seekKey()
        break
      case 'error':
        count(tally.errors, reply.code)
        break
    }
  }

  /** An ack says "dealt with up to here": frames before it that got none were given up for newer ones. */
  #acknowledge (seq: number, isAnalysed: boolean): void {
    const { tally } = this.#options
    const sentAtMs = this.#sentAtMs.get(seq)
    if (sentAtMs === undefined) return
    if (isAnalysed) {
      tally.framesProcessed++
      tally.latenciesMs.push(performance.now() - sentAtMs)
    } else {
      tally.framesStale++
    }
    for (const earlier of this.#sentAtMs.keys()) {
      if (earlier > seq) break
      this.#sentAtMs.delete(earlier)
      if (earlier < seq) tally.framesReplaced++
    }
  }
}

const HEADER_BYTES = 13
const SEQ_BYTES = 4
const KIND_PICTURE = 1
const KIND_VIDEO = 2
const KIND_SOUND = 3
/** A sequence number follows the time. */
const FLAG_SEQ = 1
const FLAG_KEY = 2
/** The byte before a piece of video. */
const CODEC_VP8 = Uint8Array.of(1)
/** What one piece of sound lasts. */
const SOUND_MS = 500

/** A picture, or a piece of video or sound, behind the protocol's binary header. */
function binaryMessage (kind: number, bytes: Uint8Array, capturedAtMs: number, seq?: number, flags = 0): Buffer {
  const start = seq === undefined ? HEADER_BYTES : HEADER_BYTES + SEQ_BYTES
  const message = Buffer.allocUnsafe(start + bytes.length)
  message.write('IV', 0, 'latin1')
  message.writeUInt8(1, 2)
  message.writeUInt8(kind, 3)
  message.writeUInt8(seq === undefined ? flags : flags | FLAG_SEQ, 4)
  message.writeBigUInt64BE(BigInt(capturedAtMs), 5)
  if (seq !== undefined) message.writeUInt32BE(seq, HEADER_BYTES)
  message.set(bytes, start)
  return message
}
