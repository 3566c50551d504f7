/** The master key: it encrypts the data key of each session's recordings and evidence, and signs links to them. */
import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import { readOrMakeKey } from './key-file.ts'

export const MEDIA_KEY_FILE = 'media.key'

/**
 * `MEDIA_KEY`, else the one in the data folder's `media.key`, which is made at first use, readable by its owner only.
 * Gateways on several machines need the same `MEDIA_KEY`.
 */
export async function openMediaKey ({
  mediaKey,
  dataDir
}: {
  readonly mediaKey: Buffer | undefined
  readonly dataDir: string
}): Promise<Buffer> {
  return mediaKey ?? (await readOrMakeKey(join(dataDir, MEDIA_KEY_FILE), 'remove it: all recordings are lost then'))
}

/** The key that signs links: another one than those that encrypt. */
export const linkKeyOf = (masterKey: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, '', 'invigil media links', 32))
