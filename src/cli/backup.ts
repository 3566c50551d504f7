/** A copy of everything that lasts, made while the server runs. */
import { access, chmod, copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { copySqlite } from '../../db/copy.ts'
import { databaseFileOf, loadConfig } from '../config.ts'
import { FACE_KEY_FILE } from '../secrets/face-key.ts'
import { JWT_SECRET_FILE } from '../secrets/jwt-secret.ts'
import { MEDIA_KEY_FILE } from '../secrets/media-key.ts'
import { REPORT_KEY_FILE } from '../secrets/report-key.ts'
import { CommandError, printMessage, writeLine } from './output.ts'

const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700

/**
 * Copies the embedded database and the key files into `folder`, which is made; prints one JSON line a file. Of a
 * database server it copies the key files only and says so. A file that is there already is not overwritten.
 */
export async function backup (folder: string): Promise<void> {
  const config = loadConfig(process.env)
  const databaseFile = databaseFileOf(config)
  if (databaseFile !== undefined && !(await isThere(databaseFile))) {
    throw new CommandError(`There is no database at ${databaseFile}: check DATA_DIR and DATABASE_URL.`)
  }
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })

  const keys = [FACE_KEY_FILE, JWT_SECRET_FILE, MEDIA_KEY_FILE, REPORT_KEY_FILE].map(name => join(config.dataDir, name))
  const sources = [...(databaseFile === undefined ? [] : [databaseFile]), ...keys]
  for (const source of sources) {
    const target = join(folder, basename(source))
    if (await isThere(target)) {
      throw new CommandError(`${target} is there already: name a folder of its own for each backup.`)
    }
  }
  for (const source of sources) {
    if (!await isThere(source)) continue
    const target = join(folder, basename(source))
    await writeWhole(target, async part => {
      await (source === databaseFile ? copySqlite(source, part) : copyFile(source, part))
    })
    await writeLine({ file: target })
  }
  if (databaseFile === undefined) {
    printMessage('invigil: the database is on a server: dump it with the tools of the server (docs/deployment.md, "Backup").')
  }
}

/** Under another name until it is complete and on the disk: a copy that was cut short never looks like a backup. */
async function writeWhole (target: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${target}.part`
  await rm(part, { force: true })
  try {
    await write(part)
    await chmod(part, PRIVATE_FILE)
    const file = await open(part, 'r+')
    await file.sync().finally(() => file.close())
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

async function isThere (path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false)
}
