import { createHash } from 'node:crypto'
import { pipeline, Readable, Transform } from 'node:stream'
import { createMediaKeys, type MediaKeys } from './media-keys.ts'
import { HEADER_BYTES, openRange, plainBytes, sealing, storedRange, type MediaPlace } from './media-cipher.ts'
import { StorageError, type ByteRange, type Storage } from './storage.ts'
import type { Database } from '../../db/index.ts'

export interface MediaVaultOptions {
  readonly db: Pick<Database, 'mediaKeys'>
  readonly storage: Storage
  /** 32 bytes. */
  readonly masterKey: Uint8Array
  readonly now?: () => number
}

/** Plain bytes and their hash, as the row of the media should record them. */
export interface SealedMedia {
  readonly bytes: number
  readonly sha256: string
}

/**
 * Encrypted media of sessions in the storage. Keys have the form `<sessionId>/<kind>/<id>.<ext>`. Every function throws
 * `StorageError`, or a `DatabaseError` when the session's key cannot be read.
 */
export interface MediaVault {
  readonly keys: MediaKeys
  readonly storage: Storage
  /** Encrypts and stores the whole stream. */
  put (place: MediaPlace, content: Readable, type?: string): Promise<SealedMedia>
  /** Number of plain bytes; undefined if nothing is stored there. */
  bytesOf (place: MediaPlace): Promise<number | undefined>
  /**
   * The plain bytes of the range, or all. The first chunk is decrypted before this returns. Throws `damaged` where the
   * object has another size than `bytes`, which the row of the media says. Undefined if nothing is stored there.
   */
  open (place: MediaPlace, range?: ByteRange, bytes?: number): Promise<Readable | undefined>
  delete (place: MediaPlace): Promise<void>
  /** Erases all media of a session: first the key, which makes copies in backups unreadable, then the objects. */
  erase (sessionId: string): Promise<void>
  /** Deletes all objects of a session whose key is gone already. */
  deleteObjects (sessionId: string): Promise<void>
}

export function createMediaVault ({ db, storage, masterKey, now = Date.now }: MediaVaultOptions): MediaVault {
  const keys = createMediaKeys(db, masterKey, now)

  async function deleteObjects (sessionId: string): Promise<void> {
    for await (const { key } of storage.list(`${sessionId}/`)) await storage.delete(key)
  }

  async function bytesOfRange (key: string, range: ByteRange): Promise<Buffer | undefined> {
    const stream = await storage.get(key, range)
    if (stream === undefined) return undefined
    const parts: Uint8Array[] = []
    for await (const part of stream as AsyncIterable<Uint8Array>) parts.push(part)
    return Buffer.concat(parts)
  }

  return {
    keys,
    storage,
    put: async (place, content, type) => {
      const hash = createHash('sha256')
      let bytes = 0
      const counting = new Transform({
        transform (chunk: Buffer, _encoding, done) {
          hash.update(chunk)
          bytes += chunk.length
          done(null, chunk)
        }
      })
      const sealed = sealing(await keys.make(place.sessionId), place)
      // An error of one stream destroys the others, and reaches `put` through the last one.
      pipeline(content, counting, sealed, () => {})
      await storage.put(place.key, sealed, type === undefined ? {} : { type })
      return { bytes, sha256: hash.digest('hex') }
    },
    bytesOf: async ({ key }) => {
      const found = await storage.head(key)
      return found === undefined ? undefined : plainBytes(found.bytes)
    },
    open: async (place, range, bytes) => {
      const dataKey = await keys.get(place.sessionId)
      const found = await storage.head(place.key)
      if (found === undefined) return undefined
      const total = plainBytes(found.bytes)
      if (bytes !== undefined && bytes !== total) {
        throw new StorageError('damaged', `stored media has ${total} bytes instead of ${bytes}`)
      }
      const wanted = range ?? { start: 0, end: total - 1 }
      if (wanted.start < 0 || wanted.end >= total || (wanted.start > wanted.end && total > 0)) {
        throw new RangeError('range outside of the media')
      }
      const header = await bytesOfRange(place.key, { start: 0, end: HEADER_BYTES - 1 })
      const { start, end } =
        total === 0 ? { start: HEADER_BYTES, end: found.bytes - 1 } : storedRange(wanted, found.bytes)
      const body = await storage.get(place.key, { start, end })
      if (header === undefined || body === undefined) return undefined
      const plain = openRange(body, { dataKey, place, header, storedBytes: found.bytes, range: wanted })
      const first = await plain.next().catch(error => {
        body.destroy()
        throw error
      })
      return Readable.from(withFirst(first.value, plain), { objectMode: false, highWaterMark: 1 << 18 })
    },
    delete: async ({ key }) => await storage.delete(key),
    erase: async sessionId => {
      await db.mediaKeys.remove(sessionId)
      await deleteObjects(sessionId)
    },
    deleteObjects
  }
}

async function * withFirst (first: Uint8Array | undefined, rest: AsyncGenerator<Uint8Array>) {
  try {
    if (first !== undefined) yield first
    yield * rest
  } finally {
    await rest.return(undefined)
  }
}
