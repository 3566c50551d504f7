/**
 * Looks at the clock again and again: what is out of time is handed in, also what ran out while no process was there.
 */
import type { FastifyBaseLogger } from 'fastify'
import type { Attempts } from './attempts.ts'

/** How often the database is asked for attempts out of time: the latest that one may be handed in. */
const EVERY_MS = 5000

/**
 * Starts the rounds, the first at once; gives the way to end them, which waits for the running one. Any number of
 * processes may do this on one database: a conditional update decides who hands in.
 */
export function startDeadlines (
  attempts: Pick<Attempts, 'settle'>,
  log: Pick<FastifyBaseLogger, 'warn'>,
  everyMs = EVERY_MS
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  let round = run()

  async function run (): Promise<void> {
    try {
      await attempts.settle()
    } catch (error) {
      log.warn({ err: error }, 'deadline sweep failed, retrying')
    }
    // One after the other: a slow database is not asked twice at a time.
    if (isOver) return
    timer = setTimeout(() => { round = run() }, everyMs)
    timer.unref()
  }

  return async () => {
    isOver = true
    clearTimeout(timer)
    await round
  }
}
