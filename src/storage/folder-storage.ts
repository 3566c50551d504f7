import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { checkKey, StorageError, type Storage, type StoredObject } from './storage.ts'

const DRAFT = '.draft'

/**
 * Objects as files below `root`; a key is a relative path. A file appears whole or not at all: it is written under
 * another name, flushed to the disk and renamed.
 */
export function createFolderStorage (root: string): Storage {
  const pathOf = (key: string): string => {
    checkKey(key)
    return join(root, ...key.split('/'))
  }

  return {
    name: `folder ${root}`,
    put: async (key, content) => {
      const path = pathOf(key)
      const draft = `${path}.${randomUUID()}${DRAFT}`
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        const bytes = await writeFile(draft, content)
        await rename(draft, path)
        return { key, bytes }
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        throw storageError(error)
      }
    },
    get: async (key, range) => {
      const path = pathOf(key)
      // Opened before it is returned, so that a missing file is known now and not in the middle of a response.
      const file = await open(path, 'r').catch(ifMissing)
      return file === undefined ? undefined : createReadStream(path, { fd: file, ...range, highWaterMark: 1 << 18 })
    },
    head: async key => {
      const found = await stat(pathOf(key)).catch(ifMissing)
      return found?.isFile() === true ? { key, bytes: found.size } : undefined
    },
    delete: async key => {
      const path = pathOf(key)
      try {
        await rm(path, { force: true })
      } catch (error) {
        throw storageError(error)
      }
      // Leaves no empty folders that are named after sessions.
      for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
        if (!await rmdir(folder).then(() => true, () => false)) return
      }
    },
    async * list (prefix) {
      const folder = prefix.includes('/') ? join(root, ...prefix.split('/').slice(0, -1)) : root
      for await (const object of filesBelow(root, folder)) {
        if (object.key.startsWith(prefix)) yield object
      }
    }
  }
}

async function writeFile (path: string, content: Readable): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      await file.writeFile(chunk)
      bytes += chunk.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return bytes
}

async function * filesBelow (root: string, folder: string): AsyncGenerator<StoredObject> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ifMissing)
  for (const entry of (entries ?? []).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield * filesBelow(root, path)
    if (!entry.isFile() || entry.name.endsWith(DRAFT)) continue
    const found = await stat(path).catch(ifMissing)
    if (found !== undefined) yield { key: relative(root, path).split(sep).join('/'), bytes: found.size }
  }
}

function ifMissing (error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
  throw storageError(error)
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** A failure of the file system in the words of the storage. */
export function storageError (error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = codeOf(error)
  const name = typeof code === 'string' ? code : 'unknown'
  return name === 'ENOSPC' || name === 'EDQUOT' || name === 'EFBIG'
    ? new StorageError('full', `no room for media (${name})`, error)
    : new StorageError('unavailable', `the folder of media cannot be used (${name})`, error)
}
