/** The key that face vectors are encrypted with at rest. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const KEY_BYTES = 32
export const FACE_KEY_FILE = 'face.key'

/**
 * `FACE_KEY`, else the one in the data folder's `face.key`, which is made at first use, readable by its owner only. Gateways on
 * several machines need the same `FACE_KEY`. Throws when the file is not a key: what was encrypted with it would be lost.
 */
export async function openFaceKey ({ faceKey, dataDir }: { readonly faceKey: Buffer | undefined, readonly dataDir: string }): Promise<Buffer> {
  if (faceKey !== undefined) return faceKey
  const path = join(dataDir, FACE_KEY_FILE)
  const written = await readIfThere(path) ?? await make(path)
  const key = Buffer.from(written.trim(), 'hex')
  if (key.length !== KEY_BYTES) throw new Error(`${path} is not a key of ${KEY_BYTES * 2} hexadecimal digits: put the right one back, or remove it and have all faces enrolled anew`)
  return key
}

async function make (path: string): Promise<string> {
  const key = randomBytes(KEY_BYTES).toString('hex')
  await mkdir(join(path, '..'), { recursive: true })
  try {
    await writeFile(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
    return key
  } catch (error) {
    // Somebody else was first: theirs counts.
    if (isCoded(error, 'EEXIST')) return await readFile(path, 'utf8')
    throw error
  }
}

async function readIfThere (path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isCoded(error, 'ENOENT')) return undefined
    throw error
  }
}

function isCoded (error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
