import type { Database } from '../db/index.ts'

/** A database that takes longer than this to answer is as good as away. */
const PING_MS = 2000

/** Whether the database answers in time; `onError` hears why it refuses. */
export async function databaseAnswers (db: Pick<Database, 'ping'>, onError: (error: unknown) => void = () => {}): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => { timer = setTimeout(resolve, PING_MS, false) })
  try {
    return await Promise.race([db.ping().then(() => true), late])
  } catch (error) {
    onError(error)
    return false
  } finally {
    clearTimeout(timer)
  }
}
