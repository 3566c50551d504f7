/** The key that face vectors are encrypted with at rest. */
import { join } from 'node:path'
import { readOrMakeKey } from './key-file.ts'

export const FACE_KEY_FILE = 'face.key'

/**
 * `FACE_KEY`, else the one in the data folder's `face.key`, which is made at first use, readable by its owner only.
 * Gateways on several machines need the same `FACE_KEY`.
 */
export async function openFaceKey ({
  faceKey,
  dataDir
}: {
  readonly faceKey: Buffer | undefined
  readonly dataDir: string
}): Promise<Buffer> {
  return faceKey ?? (await readOrMakeKey(join(dataDir, FACE_KEY_FILE), 'remove it and have all faces enrolled anew'))
}
