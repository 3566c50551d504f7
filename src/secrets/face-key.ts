/** The key that face vectors are encrypted with at rest. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readOrMakeFile } from './key-file.ts'

const KEY_BYTES = 32
export const FACE_KEY_FILE = 'face.key'

/**
 * `FACE_KEY`, else the one in the data folder's `face.key`, which is made at first use, readable by its owner only.
 * Gateways on several machines need the same `FACE_KEY`. Throws when the file is not a key: what was encrypted with it
 * would be lost.
 */
export async function openFaceKey ({
  faceKey,
  dataDir
}: {
  readonly faceKey: Buffer | undefined
  readonly dataDir: string
}): Promise<Buffer> {
  if (faceKey !== undefined) return faceKey
  const path = join(dataDir, FACE_KEY_FILE)
  const written = await readOrMakeFile(path, () => randomBytes(KEY_BYTES).toString('hex'))
  const key = Buffer.from(written, 'hex')
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `${path} is not a key of ${KEY_BYTES * 2} hexadecimal digits: put the right one back, or remove it and have all faces enrolled anew`
    )
  }
  return key
}
