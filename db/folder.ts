import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** A folder that cannot be made or written to; the message says why and what to do, `code` is the system's. */
export class FolderError extends Error {
  readonly code: string

  constructor (path: string, code: string, reason: string) {
    super(
      `The folder ${path} cannot be used: ${reason} (${code}). Choose another one with DATA_DIR, or with DATABASE_URL where that names a file.`
    )
    this.name = 'FolderError'
    this.code = code
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota of this user is used up',
  ENOENT: 'nothing can be made at this place',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long'
}

/**
 * Makes a folder with its parents, for its owner only, and checks that it may be written to.
 *
 * Folder by folder: Node's own `recursive` never returns where a file system takes no folders, as /proc.
 */
export async function makeFolder (path: string): Promise<void> {
  const missing: string[] = []
  try {
    let at = resolve(path)
    while (!await isFolder(at)) {
      missing.push(at)
      at = dirname(at)
    }
    for (const folder of missing.reverse()) {
      // Another process may make the same.
      await mkdir(folder, { mode: 0o700 }).catch(async error => {
        if (!isCoded(error, 'EEXIST') || !(await isFolder(folder))) throw error
      })
    }
    await access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new FolderError(path, code, REASONS[code] ?? 'it cannot be made')
  }
}

/** False: there is nothing. Throws where there is something else. */
async function isFolder (path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true
  } catch (error) {
    if (isCoded(error, 'ENOENT')) return false
    throw error
  }
  throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
}

function isCoded (error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
