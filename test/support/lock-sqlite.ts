/** Locks a SQLite file for writing, as another process does. */
import { createClient } from '@libsql/client'

const RETRY_MS = 50
const WITHIN_MS = 30_000

/**
 * Waits until no other connection writes: SQLite refuses a second writer at once. Returns how to unlock the file;
 * throws if it stays locked for 30 s.
 */
export async function lockSqlite (url: string): Promise<() => Promise<void>> {
  const client = createClient({ url })
  for (const endMs = Date.now() + WITHIN_MS; ;) {
    try {
      const transaction = await client.transaction('write')
      return async () => {
        await transaction.rollback()
        client.close()
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'SQLITE_BUSY' || Date.now() > endMs) throw error
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }
}
