import { createClient } from '@libsql/client'
import { pathToFileURL } from 'node:url'
import { toDatabaseError } from './errors.ts'

/** How long the copy waits for a lock; it reads one snapshot, so it waits for a moment of the schema only. */
const BUSY_MS = 10_000

/**
 * Copies an SQLite file while others write to it: one consistent moment, without the deleted content and the
 * write-ahead log.
 */
export async function copySqlite (source: string, target: string): Promise<void> {
  const client = createClient({ url: pathToFileURL(source).href, concurrency: 1, timeout: BUSY_MS })
  try {
    await client.execute({ sql: 'VACUUM INTO ?', args: [target] })
  } catch (error) {
    throw toDatabaseError(error)
  } finally {
    client.close()
  }
}
