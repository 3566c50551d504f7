import type { Database } from '../db/index.ts'
import { withTimeout } from '../lib/with-timeout.ts'

/** A database that takes longer than this to answer is as good as away. */
const PING_MS = 2000
/** So long no write may be committed while one waits: a slow disk commits within it. */
const STOPPED_MS = 3000
/** Within this of a commit there is no need to write a row of our own. */
const FRESH_MS = 2000

type Asked = Pick<Database, 'ping' | 'probe' | 'health'>

/** Whether the database answers in time and takes writes. */
export interface DatabaseCheck {
  (): Promise<boolean>
}

/**
 * Makes the check. A database may answer and yet take nothing (full, read-only, locked), so the check looks at the
 * writes of the last moments, and where there were none it commits a row. Of several checks at once one writes.
 * `onError` hears why it refuses.
 */
export function createDatabaseCheck (db: Asked, onError: (error: unknown) => void = () => {}): DatabaseCheck {
  let probing: Promise<void> | undefined

  async function probe (): Promise<void> {
    probing ??= db.probe().finally(() => { probing = undefined })
    await probing
  }

  return async () => {
    const { oldestWriteMs, sinceWriteMs, lastWriteOk } = db.health()
    if (oldestWriteMs > STOPPED_MS && sinceWriteMs > STOPPED_MS) return false
    const checks = [answers(db.ping(), PING_MS)]
    if (!lastWriteOk || sinceWriteMs > FRESH_MS) checks.push(answers(probe(), STOPPED_MS))
    return (await Promise.all(checks)).every(isOk => isOk)
  }

  async function answers (query: Promise<void>, ms: number): Promise<boolean> {
    try {
      return await withTimeout(query.then(() => true), ms) ?? false
    } catch (error) {
      onError(error)
      return false
    }
  }
}
