/**
 * Files in the data folder hold answers, names, password hashes and keys: only the user that runs the server may read
 * them.
 */
import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FACE_KEY_FILE } from './face-key.ts'
import { JWT_SECRET_FILE } from './jwt-secret.ts'
import { MEDIA_KEY_FILE } from './media-key.ts'
import { REPORT_KEY_FILE } from './report-key.ts'

/** Permissions that new files and folders do not get: everything for the group and for others. */
export const PRIVATE_UMASK = 0o077

/** What SQLite and the locks of `db/` write beside the database file. */
const DATABASE_SUFFIXES = [
  '',
  '-wal',
  '-shm',
  '-journal',
  '.lock',
  '.lock-journal',
  '.server',
  '.server-journal'
] as const

/**
 * The files that may exist already with wider permissions: made by an older version, by a restore, or in a shared
 * folder.
 */
export function privateFilesOf ({
  dataDir,
  databaseFile
}: {
  readonly dataDir: string
  readonly databaseFile: string | undefined
}): readonly string[] {
  return [
    ...(databaseFile === undefined ? [] : DATABASE_SUFFIXES.map(suffix => `${databaseFile}${suffix}`)),
    join(dataDir, FACE_KEY_FILE),
    join(dataDir, JWT_SECRET_FILE),
    join(dataDir, MEDIA_KEY_FILE),
    join(dataDir, REPORT_KEY_FILE)
  ]
}

/**
 * Takes group and others out of the permissions of those files that exist. `warn` is called for each that this user may
 * not change: the server works all the same, and the operator has to decide.
 */
export async function tightenFiles (paths: readonly string[], warn: (path: string) => void): Promise<void> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || !found.isFile() || (found.mode & PRIVATE_UMASK) === 0) continue
    await chmod(path, found.mode & 0o777 & ~PRIVATE_UMASK).catch(() => warn(path))
  }
}
