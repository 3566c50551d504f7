/**
 * The form in which media is stored: a header of 32 bytes (a name of the form and a random salt), then chunks of
 * 64 KiB, each encrypted with AES-256-GCM and followed by its tag.
 *
 * The key of an object is derived from the data key of its session and the salt, so no two objects share a key and the
 * nonce can be the chunk's number. Bound into each tag are session, key, number, and whether the chunk is the last: a
 * chunk that is changed, moved, swapped with that of another object, or missing does not open.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Transform, type Readable } from 'node:stream'
import { StorageError, type ByteRange } from './storage.ts'

export const CHUNK_BYTES = 65_536
const TAG_BYTES = 16
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
const FORM = Buffer.from('INVMED01')
const SALT_BYTES = 24
export const HEADER_BYTES = FORM.length + SALT_BYTES
const CIPHER = 'aes-256-gcm'

/** Whose object it is. */
export interface MediaPlace {
  readonly sessionId: string
  readonly key: string
}

const objectKey = (dataKey: Uint8Array, salt: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', dataKey, salt, 'invigil media object', 32))

function nonceOf (index: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(index), 4)
  return nonce
}

const boundTo = ({ sessionId, key }: MediaPlace, index: number, isLast: boolean): Buffer =>
  Buffer.from(`${sessionId}\n${key}\n${index}\n${isLast ? 'last' : 'more'}`)

/** Encrypts one object chunk by chunk. */
export class MediaSealer {
  readonly header: Uint8Array
  readonly #place: MediaPlace
  readonly #key: Buffer
  #waiting: Uint8Array[] = []
  #length = 0
  #index = 0

  constructor (dataKey: Uint8Array, place: MediaPlace) {
    const salt = randomBytes(SALT_BYTES)
    this.header = Buffer.concat([FORM, salt])
    this.#place = place
    this.#key = objectKey(dataKey, salt)
  }

  /** Returns the chunks that are full now. One chunk stays back: only the end says whether it is the last. */
  add (bytes: Uint8Array): Uint8Array[] {
    this.#waiting.push(bytes)
    this.#length += bytes.length
    if (this.#length <= CHUNK_BYTES) return []
    const all = Buffer.concat(this.#waiting)
    const sealed: Uint8Array[] = []
    let at = 0
    for (; all.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
      sealed.push(...this.#seal(all.subarray(at, at + CHUNK_BYTES), false))
    }
    this.#waiting = [all.subarray(at)]
    this.#length = all.length - at
    return sealed
  }

  end (): Uint8Array[] {
    return this.#seal(Buffer.concat(this.#waiting), true)
  }

  #seal (chunk: Uint8Array, isLast: boolean): Uint8Array[] {
    const index = this.#index++
    const cipher = createCipheriv(CIPHER, this.#key, nonceOf(index), { authTagLength: TAG_BYTES })
      .setAAD(boundTo(this.#place, index, isLast))
    return [cipher.update(chunk), cipher.final(), cipher.getAuthTag()]
  }
}

/** A stream from plain bytes to the stored form. */
export function sealing (dataKey: Uint8Array, place: MediaPlace): Transform {
  const sealer = new MediaSealer(dataKey, place)
  let hasBegun = false
  const begin = (stream: Transform): void => {
    if (!hasBegun) stream.push(sealer.header)
    hasBegun = true
  }
  return new Transform({
    transform (chunk: Buffer, _encoding, done) {
      begin(this)
      for (const sealed of sealer.add(chunk)) this.push(sealed)
      done()
    },
    flush (done) {
      begin(this)
      for (const sealed of sealer.end()) this.push(sealed)
      done()
    }
  })
}

/** Number of plain bytes in an object of `bytes` stored bytes. Throws if no object has that size. */
export function plainBytes (bytes: number): number {
  const body = bytes - HEADER_BYTES
  const chunks = Math.ceil(body / SEALED_BYTES)
  const last = body - (chunks - 1) * SEALED_BYTES
  if (chunks < 1 || last < TAG_BYTES || (last === TAG_BYTES && chunks > 1)) throw damaged()
  return body - chunks * TAG_BYTES
}

/** The stored bytes that hold a range of plain ones, and the number of the first chunk in them. */
export function storedRange (range: ByteRange, bytes: number): ByteRange & { readonly firstIndex: number } {
  const firstIndex = Math.floor(range.start / CHUNK_BYTES)
  const lastIndex = Math.floor(range.end / CHUNK_BYTES)
  return {
    firstIndex,
    start: HEADER_BYTES + firstIndex * SEALED_BYTES,
    end: Math.min(HEADER_BYTES + (lastIndex + 1) * SEALED_BYTES, bytes) - 1
  }
}

export interface Opening {
  readonly dataKey: Uint8Array
  readonly place: MediaPlace
  readonly header: Uint8Array
  /** Of the whole object, as stored. */
  readonly storedBytes: number
  /** Of the plain object. */
  readonly range: ByteRange
}

/** Decrypts the stored chunks of a range; yields exactly the plain bytes of the range, or throws `damaged`. */
export async function * openRange (stored: Readable, opening: Opening): AsyncGenerator<Uint8Array> {
  const { dataKey, place, header, storedBytes, range } = opening
  if (header.length !== HEADER_BYTES || !FORM.equals(header.subarray(0, FORM.length))) throw damaged()
  const key = objectKey(dataKey, header.subarray(FORM.length))
  const lastIndex = Math.ceil((storedBytes - HEADER_BYTES) / SEALED_BYTES) - 1
  let index = storedRange(range, storedBytes).firstIndex
  let left = range.end - range.start + 1
  let skip = range.start - index * CHUNK_BYTES
  for await (const sealed of sealedChunks(stored)) {
    const plain = openChunk(key, place, sealed, index, index === lastIndex).subarray(skip, skip + left)
    index++
    skip = 0
    left -= plain.length
    yield plain
    if (left === 0) return
  }
  throw damaged()
}

async function * sealedChunks (stored: Readable): AsyncGenerator<Buffer> {
  let waiting = Buffer.alloc(0)
  for await (const bytes of stored as AsyncIterable<Uint8Array>) {
    waiting = waiting.length === 0 ? Buffer.from(bytes) : Buffer.concat([waiting, bytes])
    let at = 0
    for (; waiting.length - at >= SEALED_BYTES; at += SEALED_BYTES) yield waiting.subarray(at, at + SEALED_BYTES)
    waiting = waiting.subarray(at)
  }
  if (waiting.length > 0) yield waiting
}

function openChunk (key: Buffer, place: MediaPlace, sealed: Buffer, index: number, isLast: boolean): Buffer {
  if (sealed.length < TAG_BYTES) throw damaged()
  const decipher = createDecipheriv(CIPHER, key, nonceOf(index), { authTagLength: TAG_BYTES })
    .setAAD(boundTo(place, index, isLast))
    .setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw damaged(error)
  }
}

function damaged (cause?: unknown): StorageError {
  return new StorageError('damaged', 'stored media is not what was stored: cut, changed or exchanged', cause)
}
