/**
 * What an interrupted process or a lost answer leaves behind: attempts and sessions of which one is over and the other
 * is not.
 */
import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { withTimeout } from '../../lib/with-timeout.ts'
import { allRows, openSessions, type Attempt, type Database, type Session, type SubmittedBy } from '../../db/index.ts'
import type { LiveGateway } from '../live/live-gateway.ts'

/** How long a submit waits for the session to end; what was seen is stored a little later then. */
const STOP_MS_MAX = 2000
const SWEEP_ROWS = 500
/** The process that terminates a session submits its attempt within this time. Later the sweep has to do it. */
const ENDING_MS_MAX = 15_000
/** For so long after the start, or after lost answers, attempts of terminated sessions are looked for. */
const SWEEP_ATTEMPTS_MS = 60_000

export interface LeftoversOptions {
  readonly db: Pick<Database, 'attempts' | 'sessions' | 'onUncertain'>
  readonly live: Pick<LiveGateway, 'stop' | 'now'>
  readonly log: Pick<FastifyBaseLogger, 'error'>
  /** Hands in; settles also where another process was faster. */
  readonly submit: (attempt: Attempt, by: SubmittedBy) => Promise<unknown>
}

export interface Leftovers {
  /** Ends a session without waiting long, and without failing: what is not done is done by `settle`. */
  stop (sessionId: string, by: string): Promise<void>
  /** One round: finds and ends what is left. */
  settle (): Promise<void>
}

export function createLeftovers ({ db, live, log, submit }: LeftoversOptions): Leftovers {
  /** Sessions of attempts handed in that could not be ended yet. */
  const unended = new Set<string>()
  /** Memory and database may differ at the start, and after writes whose response was lost. */
  let sweepsDue = 1
  let sweepAttemptsUntilMs = performance.now() + SWEEP_ATTEMPTS_MS
  db.onUncertain(() => {
    sweepsDue++
    sweepAttemptsUntilMs = performance.now() + SWEEP_ATTEMPTS_MS
  })

  async function stop (sessionId: string, by: string): Promise<void> {
    unended.add(sessionId)
    const stopping = live.stop(sessionId, by, 'submitted').then(() => { unended.delete(sessionId) })
    stopping.catch(error => log.error({ err: error, sessionId }, 'session end failed, retrying'))
    await withTimeout(stopping.catch(() => {}), STOP_MS_MAX)
  }

  /**
   * Finds what an interrupted process or a lost answer left: attempts that are open although their session was
   * terminated.
   */
  async function sweepAttempts (): Promise<void> {
    const terminated = allRows(SWEEP_ROWS, (limit, after) =>
      db.attempts.listTerminated(live.now() - ENDING_MS_MAX, { limit, ...defined({ after }) })
    )
    for await (const attempt of terminated) await submit(attempt, 'terminated')
  }

  /** Finds sessions that go on although their attempt was handed in. */
  async function sweepSessions (): Promise<void> {
    for await (const { id, attemptId } of openSessions(db)) {
      if (attemptId !== null && (await db.attempts.byId(attemptId))?.state === 'submitted') unended.add(id)
    }
  }

  return {
    stop,
    async settle () {
      const due = sweepsDue
      if (due > 0) await sweepSessions()
      if (performance.now() < sweepAttemptsUntilMs) await sweepAttempts()
      // One that came meanwhile stays due.
      sweepsDue -= due
      for (const sessionId of unended) await stop(sessionId, 'system')
    }
  }
}

/** Whether the end of that terminated session is the end of the attempt: staff may have reopened the attempt since. */
export function endsAttempt (
  { endedAtMs }: Pick<Session, 'endedAtMs'>,
  { reopenedAtMs }: Pick<Attempt, 'reopenedAtMs'>
): boolean {
  return reopenedAtMs === null || endedAtMs === null || endedAtMs >= reopenedAtMs
}
