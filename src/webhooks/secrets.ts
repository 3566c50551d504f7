/** The secrets of endpoints, encrypted in the database with a key that is derived from the key of faces. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const SECRET_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'
const PREFIX = 'whsec_'

/** The key that `seal` and `unseal` take. */
export function webhookKeyOf (faceKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', faceKey, '', 'invigil webhook secrets', 32))
}

export function newSecret (): Uint8Array {
  return randomBytes(SECRET_BYTES)
}

/** As receivers get it. */
export function secretText (secret: Uint8Array): string {
  return PREFIX + Buffer.from(secret).toString('base64')
}

/** Encrypts a secret for that endpoint alone. */
export function seal (key: Uint8Array, endpointId: string, secret: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(endpointId))
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

/** Throws when the secret was encrypted with another key. */
export function unseal (key: Uint8Array, endpointId: string, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(endpointId))
    .setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
}
