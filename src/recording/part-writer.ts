import { AudioData, AudioEncoder } from '@napi-rs/webcodecs'
import { open, type FileHandle } from 'node:fs/promises'
import { JournalSealer, packRecord, type MediaRecord, type PartAbout } from './journal.ts'

const BATCH_BYTES = 65_536
const FLUSH_MS = 1000
const SOUND_RATE = 16_000
const BITRATE = 16_000
/** Sound that comes so much later than the samples before it ended is a gap: silence fills it. */
const GAP_MS = 300
const SILENCE_MS_MAX = 60_000
/** A microphone that is faster than the clock: beyond this, its samples are left out until both agree. */
const AHEAD_MS_MAX = 100

interface PartWriterEvents {
  /** The file exists: a process that is killed now leaves a part. */
  readonly begun: () => void
  readonly failed: (error: unknown) => void
}

/** Writes one part; runs in the recorder's thread. */
export class PartWriter {
  readonly #sealer: JournalSealer
  readonly #path: string
  readonly #on: PartWriterEvents
  #file: FileHandle | undefined
  #waiting: Uint8Array[] = []
  #bytes = 0
  #writing: Promise<void>
  #failed = false
  /** The file is being closed: a packet that comes now is too late. */
  #hasEnded = false
  readonly #timer: NodeJS.Timeout
  #encoder: AudioEncoder | undefined
  /** Where the next sample of sound belongs. */
  #soundAtMs = 0
  #soundBaseMs = 0

  constructor (path: string, dataKey: Uint8Array, about: PartAbout, on: PartWriterEvents) {
    this.#path = path
    this.#sealer = new JournalSealer(dataKey, about)
    this.#on = on
    this.#writing = this.#guard(async () => {
      this.#file = await open(path, 'wx', 0o600)
      await this.#file.write(this.#sealer.header)
      this.#on.begun()
    })
    this.#timer = setInterval(() => { this.#flush() }, FLUSH_MS)
  }

  add (record: MediaRecord): void {
    if (this.#failed || this.#hasEnded) return
    const packed = packRecord(record)
    this.#waiting.push(packed)
    this.#bytes += packed.length
    if (this.#bytes >= BATCH_BYTES) this.#flush()
  }

  addSound (pcm: Float32Array, atMs: number): void {
    if (this.#failed) return
    const encoder = this.#encoder ?? this.#startEncoder(atMs)
    const missingMs = atMs - this.#soundAtMs
    if (missingMs < -AHEAD_MS_MAX) {
      const left = pcm.slice(Math.round(-missingMs * SOUND_RATE / 1000))
      if (left.length > 0) this.#encode(encoder, left)
      return
    }
    if (missingMs > GAP_MS) {
      // A longer silence is left out, and the sound after it has a later time in the file.
      if (missingMs > SILENCE_MS_MAX) return this.#restartSound(pcm, atMs)
      this.#encode(encoder, new Float32Array(Math.round(missingMs * SOUND_RATE / 1000)))
    }
    this.#encode(encoder, pcm)
  }

  /** Flushes and closes the file; rejects never. */
  async end (): Promise<void> {
    clearInterval(this.#timer)
    await this.#encoder?.flush().catch(() => {})
    // The last packets of the encoder come through the event loop, after its flush has settled.
    await new Promise(resolve => setImmediate(resolve))
    this.#encoder?.close()
    this.#flush()
    this.#hasEnded = true
    await this.#writing
    await this.#file?.close().catch(() => {})
  }

  #restartSound (pcm: Float32Array, atMs: number): void {
    const old = this.#encoder
    this.#encoder = undefined
    old?.flush().catch(() => {}).finally(() => old.close())
    this.addSound(pcm, atMs)
  }

  #startEncoder (atMs: number): AudioEncoder {
    this.#soundBaseMs = atMs
    this.#soundAtMs = atMs
    const encoder = new AudioEncoder({
      output: (chunk, meta) => {
        const { decoderConfig } = meta ?? {}
        if (decoderConfig !== undefined) {
          const { description, ...config } = decoderConfig
          const text = JSON.stringify({
            ...config,
            description: description === undefined ? null : Buffer.from(bytesOf(description)).toString('base64')
          })
          this.add({ kind: 'soundConfig', atMs, bytes: Buffer.from(text) })
        }
        const bytes = new Uint8Array(chunk.byteLength)
        chunk.copyTo(bytes)
        this.add({ kind: 'sound', atMs: atMs + chunk.timestamp / 1000, bytes })
      },
      error: () => {}
    })
    encoder.configure({ codec: 'opus', sampleRate: SOUND_RATE, numberOfChannels: 1, bitrate: BITRATE })
    this.#encoder = encoder
    return encoder
  }

  #encode (encoder: AudioEncoder, pcm: Float32Array): void {
    const data = new AudioData({
      format: 'f32',
      sampleRate: SOUND_RATE,
      numberOfFrames: pcm.length,
      numberOfChannels: 1,
      timestamp: Math.round((this.#soundAtMs - this.#soundBaseMs) * 1000),
      data: pcm
    })
    encoder.encode(data)
    data.close()
    this.#soundAtMs += pcm.length * 1000 / SOUND_RATE
  }

  #flush (): void {
    if (this.#waiting.length === 0 || this.#failed) return
    const batch = this.#sealer.seal(this.#waiting)
    this.#waiting = []
    this.#bytes = 0
    const before = this.#writing
    this.#writing = this.#guard(async () => {
      await before
      await this.#file?.write(batch)
    })
  }

  async #guard (work: () => Promise<void>): Promise<void> {
    try {
      if (!this.#failed) await work()
    } catch (error) {
      if (this.#failed) return
      this.#failed = true
      clearInterval(this.#timer)
      this.#waiting = []
      this.#on.failed(error)
    }
  }

  get path (): string {
    return this.#path
  }
}

function bytesOf (source: ArrayBuffer | ArrayBufferView | SharedArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
}
