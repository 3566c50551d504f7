import { openDatabase, type Database } from '../../db/index.ts'
import { databaseFileOf, databaseUrlOf, loadConfig } from '../config.ts'
import { privateFilesOf, tightenFiles } from '../secrets/private-files.ts'
import { printMessage } from './output.ts'

/** Opens the database that the environment names, and closes it after the work. */
export async function withDatabase (work: (db: Database) => Promise<void>): Promise<void> {
  const config = loadConfig(process.env)
  await tightenFiles(privateFilesOf({ dataDir: config.dataDir, databaseFile: databaseFileOf(config) }), path =>
    printMessage(
      `invigil: other users of this machine may read ${path}, and its permissions cannot be changed: it belongs to another user.`
    )
  )
  const db = await openDatabase({ url: databaseUrlOf(config) })
  try {
    await work(db)
  } finally {
    await db.close()
  }
}
