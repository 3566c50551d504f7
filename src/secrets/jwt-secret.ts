/** The secret that signs access tokens. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { FolderError } from '../../db/index.ts'
import { ConfigError, type Config } from '../config.ts'
import { readOrMakeFile } from './key-file.ts'

export const JWT_SECRET_FILE = 'jwt.secret'

/** Shorter ones can be guessed from a token. */
const JWT_SECRET_LENGTH_MIN = 32

/**
 * `JWT_SECRET`, else the one in the data folder's `jwt.secret`, which is made at the first start: logins outlive a
 * restart. Throws a ConfigError that says what to do when the file is damaged or cannot be made.
 */
export async function openJwtSecret ({ jwtSecret, dataDir }: Pick<Config, 'jwtSecret' | 'dataDir'>): Promise<string> {
  if (jwtSecret !== '') return jwtSecret
  const path = join(dataDir, JWT_SECRET_FILE)
  const text = await readOrMakeFile(path, () => randomBytes(48).toString('base64url')).catch(error => {
    if (error instanceof FolderError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new ConfigError([
      `JWT_SECRET is not set, and its file ${path} cannot be read or made (${code}): set JWT_SECRET, or give the server a folder of its own with DATA_DIR`
    ])
  })
  if (text.length < JWT_SECRET_LENGTH_MIN || !/^[\x21-\x7e]+$/.test(text)) {
    throw new ConfigError([
      `${path} does not hold a secret of at least ${JWT_SECRET_LENGTH_MIN} characters: put the right file back, or remove it and have everybody log in again`
    ])
  }
  return text
}
