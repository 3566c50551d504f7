import { createClient } from '@libsql/client'
import { eq } from 'drizzle-orm'
import { statSync } from 'node:fs'
import type { Dialect } from './dialect.ts'
import { pathOf } from './path.ts'

/** The setting that says since which version of the program deleted content is overwritten. */
const SETTING = 'secure-delete'
/** A file up to this size is rewritten in less than a second, also by a command. */
const BYTES_QUICK = 16 * 1024 * 1024

/**
 * Rewrites an SQLite file of an older version once: until then deleted content was left in its free pages. Needs as
 * much room again for the moment; where it fails (no room, another process writes) the next start tries again.
 * `isServer` as against a command, which does not wait for a large file.
 */
export async function removeOldDeletions (url: string, dialect: Dialect, isServer: boolean): Promise<void> {
  const { settings, users } = dialect.schema
  const isDone = await dialect.read(
    async db =>
      (await db.select({ key: settings.key }).from(settings).where(eq(settings.key, SETTING)).limit(1)).length > 0
  )
  if (isDone || (!isServer && statSync(pathOf(url)).size > BYTES_QUICK)) return
  const isNew = await dialect.read(async db => (await db.select({ id: users.id }).from(users).limit(1)).length === 0)
  if (!isNew && !await rewrite(url)) return
  const value = 'true'
  await dialect.write(db => dialect.upsert(db, settings, [{ key: SETTING, value }], [settings.key], { value }))
}

async function rewrite (url: string): Promise<boolean> {
  const client = createClient({ url, concurrency: 1, timeout: 1000 })
  try {
    await client.execute('PRAGMA secure_delete = ON')
    await client.execute('VACUUM')
    await client.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    return true
  } catch {
    return false
  } finally {
    client.close()
  }
}
