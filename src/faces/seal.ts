import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** AES-256-GCM: version, nonce, ciphertext, tag. */
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** Encrypts a face vector for the database. The user's id is bound in: in another user's row it does not open. */
export function sealFace (key: Buffer, userId: string, vector: Float32Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(userId))
  const numbers = Buffer.alloc(vector.length * 4)
  vector.forEach((value, at) => numbers.writeFloatLE(value, at * 4))
  return Uint8Array.from(
    Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(numbers), cipher.final(), cipher.getAuthTag()])
  )
}

/** The vector in a sealed one; undefined when it was sealed with another key, for another user, or has been changed. */
export function openFace (key: Buffer, userId: string, sealed: Uint8Array): Float32Array | undefined {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== VERSION || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(userId))
    .setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const numbers = Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()])
    return Float32Array.from({ length: numbers.length / 4 }, (_, at) => numbers.readFloatLE(at * 4))
  } catch {
    return undefined
  }
}
