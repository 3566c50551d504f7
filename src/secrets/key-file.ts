/** Secrets that the server makes for itself and keeps in its data folder. */
import { randomBytes, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, open, readFile, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../../db/index.ts'

/**
 * The text of a file, trimmed. Where there is no such file it gets what `make` returns, readable by its owner only. The
 * file appears whole or not at all; of several processes that start together one makes it and the others read that.
 */
export async function readOrMakeFile (path: string, make: () => string): Promise<string> {
  const present = await readIfThere(path)
  if (present !== undefined) return present.trim()
  await makeFolder(dirname(path))
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${make()}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await publish(draft, path)
  } finally {
    await unlink(draft).catch(() => {})
  }
  return (await readFile(path, 'utf8')).trim()
}

const KEY_BYTES = 32

/**
 * The key of 32 bytes in that file, which is made at first use. Throws when the file is not a key; `advice` says what
 * to do then, for what was encrypted with the key would be lost.
 */
export async function readOrMakeKey (path: string, advice: string): Promise<Buffer> {
  const written = await readOrMakeFile(path, () => randomBytes(KEY_BYTES).toString('hex'))
  const key = Buffer.from(written, 'hex')
  if (key.length !== KEY_BYTES) {
    throw new Error(`${path} is not a key of ${KEY_BYTES * 2} hexadecimal digits: put the right one back, or ${advice}`)
  }
  return key
}

/** Gives the draft its name unless another process was first. */
async function publish (draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    if (isCoded(error, 'EEXIST')) return
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].some(code => isCoded(error, code))) throw error
    // A file system without hard links.
    await copyFile(draft, path, constants.COPYFILE_EXCL).catch(cause => { if (!isCoded(cause, 'EEXIST')) throw cause })
  }
}

async function readIfThere (path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // What is wrong with the path of the folder `makeFolder` says in words.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].some(code => isCoded(error, code))) return undefined
    throw error
  }
}

function isCoded (error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
