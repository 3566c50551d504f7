import { createClient } from '@libsql/client'
import { DatabaseError, isContended, toDatabaseError } from './errors.ts'

/** A server that is being restarted may meet the last moments of the one before. */
const PATIENCE_MS = 2000

/**
 * Acquires the lock that one server holds beside a database file; returns the function that releases it. Rejects with
 * `unavailable` and `SERVER_RUNNING` while another server holds it.
 *
 * A transaction on a side file, as for migrations: the system frees it when its holder dies, however it dies.
 */
export async function acquirePlace (lockUrl: string): Promise<() => Promise<void>> {
  const untilMs = performance.now() + PATIENCE_MS
  for (;;) {
    // A client that met a lock must not be used again.
    const client = createClient({ url: lockUrl, timeout: 0 })
    try {
      const lock = await client.transaction('write')
      return async () => {
        await lock.rollback().finally(() => client.close())
      }
    } catch (cause) {
      client.close()
      const error = toDatabaseError(cause)
      if (!isContended(error)) throw error
      if (performance.now() > untilMs) throw new DatabaseError('unavailable', 'SERVER_RUNNING')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}
