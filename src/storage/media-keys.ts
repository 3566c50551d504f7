/** The data key of each session: made at first use, stored wrapped (encrypted) with the master key. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Database } from '../../db/index.ts'
import { StorageError } from './storage.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 1
const CIPHER = 'aes-256-gcm'

export interface MediaKeys {
  /** The session's key, made if it has none. Throws a `DatabaseError` with code `missing` for an unknown session. */
  make (sessionId: string): Promise<Uint8Array>
  /** Throws `erased` when there is none. */
  get (sessionId: string): Promise<Uint8Array>
  /** False: the oldest or the newest stored key was made with another `MEDIA_KEY`. */
  areReadable (): Promise<boolean>
}

export function createMediaKeys (db: Pick<Database, 'mediaKeys'>, master: Uint8Array, now: () => number): MediaKeys {
  return {
    make: async sessionId => {
      const present = await db.mediaKeys.get(sessionId)
      const wrapped =
        present ?? (await db.mediaKeys.add(sessionId, wrap(master, sessionId, randomBytes(KEY_BYTES)), now()))
      return unwrap(master, sessionId, wrapped)
    },
    get: async sessionId => {
      const wrapped = await db.mediaKeys.get(sessionId)
      if (wrapped === undefined) throw new StorageError('erased', 'the media of this session is erased')
      return unwrap(master, sessionId, wrapped)
    },
    areReadable: async () => (await db.mediaKeys.ends()).every(({ sessionId, wrapped }) => {
      try {
        unwrap(master, sessionId, wrapped)
        return true
      } catch {
        return false
      }
    })
  }
}

function wrap (master: Uint8Array, sessionId: string, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, master, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(sessionId))
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
}

function unwrap (master: Uint8Array, sessionId: string, wrapped: Uint8Array): Uint8Array {
  const bytes = Buffer.from(wrapped)
  try {
    if (bytes[0] !== VERSION) throw new Error('unknown version')
    const decipher = createDecipheriv(CIPHER, master, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(sessionId))
      .setAuthTag(bytes.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw new StorageError('damaged', 'the media key of this session was made with another MEDIA_KEY', error)
  }
}
