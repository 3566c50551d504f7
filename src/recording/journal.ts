/**
 * The form of a part while it is being recorded: a header, then batches of records, each encrypted and written at
 * once. A file that was cut at any byte is good up to its last whole batch.
 *
 * A journal of packets and no container: it needs no repair, no muxer runs while the candidate is connected, and the
 * plain media never lies on the disk.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { EvidenceKind } from '../../db/index.ts'

const FORM = Buffer.from('INVREC01')
const SALT_BYTES = 24
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'
/** Longer ones are not ours: the length is read before its batch is checked. */
const BATCH_BYTES_MAX = 1 << 26
/** Boxes of many objects make it long. */
const ABOUT_BYTES_MAX = 65_536

/** A part that is evidence of one incident. */
export interface EvidenceAbout {
  /** The event that starts the incident. */
  readonly eventId: string
  readonly kind: EvidenceKind
  /** Of a picture, when it was captured; else when the incident began. */
  readonly atMs: number
  /** Of a picture: boxes and numbers. */
  readonly seen: Readonly<Record<string, unknown>>
}

/** What the file says about itself without a key. */
export interface PartAbout {
  readonly id: string
  readonly sessionId: string
  readonly userId: string
  readonly examId: string | null
  readonly mode: 'incidents' | 'full'
  readonly startedAtMs: number
  /** Absent: the camera. */
  readonly source?: 'screen'
  /** Absent: a part of the recording. */
  readonly evidence?: EvidenceAbout
}

/** `tile`: a picture of the storyboard. */
export type RecordKind = 'video' | 'key' | 'picture' | 'sound' | 'soundConfig' | 'tile'
/** A kind is stored as its place here. */
const KINDS: readonly RecordKind[] = ['video', 'key', 'picture', 'sound', 'soundConfig', 'tile']

/** One part on its way to the disk. */
export interface OpenPart {
  media (kind: RecordKind, atMs: number, bytes: Uint8Array): void
  sound (atMs: number, pcm: Float32Array): void
  end (): void
}

export interface MediaRecord {
  readonly kind: RecordKind
  /** Milliseconds since the epoch, with fractions for sound. */
  readonly atMs: number
  readonly bytes: Uint8Array
}

/** Kind, time, length. */
const HEAD_BYTES = 1 + 8 + 4

export function packRecord ({ kind, atMs, bytes }: MediaRecord): Buffer {
  const packed = Buffer.alloc(HEAD_BYTES + bytes.length)
  packed[0] = KINDS.indexOf(kind)
  packed.writeDoubleBE(atMs, 1)
  packed.writeUInt32BE(bytes.length, 9)
  packed.set(bytes, HEAD_BYTES)
  return packed
}

function * unpack (batch: Buffer): Generator<MediaRecord> {
  for (let at = 0; at + HEAD_BYTES <= batch.length;) {
    const length = batch.readUInt32BE(at + 9)
    const kind = KINDS[batch[at]!]
    if (kind === undefined) return
    yield { kind, atMs: batch.readDoubleBE(at + 1), bytes: batch.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length) }
    at += HEAD_BYTES + length
  }
}

/** Encrypts the batches of one part. */
export class JournalSealer {
  readonly header: Buffer
  readonly #key: Buffer
  #index = 0

  constructor (dataKey: Uint8Array, about: PartAbout) {
    const salt = randomBytes(SALT_BYTES)
    const text = Buffer.from(JSON.stringify(about))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    this.header = Buffer.concat([FORM, salt, length, text])
    this.#key = keyOf(dataKey, this.header)
  }

  seal (records: readonly Uint8Array[]): Buffer {
    const cipher = createCipheriv(CIPHER, this.#key, nonceOf(this.#index++), { authTagLength: TAG_BYTES })
    const parts = [...records.map(record => cipher.update(record)), cipher.final(), cipher.getAuthTag()]
    const length = Buffer.alloc(4)
    length.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, 0))
    return Buffer.concat([length, ...parts])
  }
}

/** The header, with its salt and what it says, is bound into the key: another header opens nothing. */
const keyOf = (dataKey: Uint8Array, header: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', dataKey, header, 'invigil recording part', 32))

function nonceOf (index: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(index), 4)
  return nonce
}

export interface JournalHead {
  readonly about: PartAbout
  readonly header: Buffer
}

/** Undefined for a file that ends in its header or is none of ours. */
export async function readHead (file: FileHandle): Promise<JournalHead | undefined> {
  const fixed = await readAt(file, 0, FORM.length + SALT_BYTES + 4)
  if (fixed === undefined || !fixed.subarray(0, FORM.length).equals(FORM)) return undefined
  const length = fixed.readUInt32BE(fixed.length - 4)
  const text = length > ABOUT_BYTES_MAX ? undefined : await readAt(file, fixed.length, length)
  if (text === undefined) return undefined
  return { about: JSON.parse(text.toString()) as PartAbout, header: Buffer.concat([fixed, text]) }
}

/** Every record up to the end of the file, or to the place where it was cut. */
export async function * readRecords (
  file: FileHandle, { header }: JournalHead, dataKey: Uint8Array
): AsyncGenerator<MediaRecord> {
  const key = keyOf(dataKey, header)
  let at = header.length
  for (let index = 0; ; index++) {
    const length = (await readAt(file, at, 4))?.readUInt32BE()
    if (length === undefined || length < TAG_BYTES || length > BATCH_BYTES_MAX) return
    const sealed = await readAt(file, at + 4, length)
    if (sealed === undefined) return
    at += 4 + length
    const decipher = createDecipheriv(CIPHER, key, nonceOf(index), { authTagLength: TAG_BYTES })
      .setAuthTag(sealed.subarray(-TAG_BYTES))
    yield * unpack(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]))
  }
}

async function readAt (file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) return undefined
    done += bytesRead
  }
  return bytes
}
