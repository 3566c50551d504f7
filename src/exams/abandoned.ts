/** Ends abandoned sessions, so that they leave the proctors' wall. */
import type { FastifyBaseLogger } from 'fastify'
import { openSessions, timeOfId, type Database, type SessionWithUser } from '../../db/index.ts'
import type { LiveGateway } from '../live/live-gateway.ts'

/** The reason that such a session ends with. It ends the watching only: an open attempt is not handed in for it. */
const ABANDONED = 'abandoned'

/** How often a gateway looks: the latest that a session goes on beyond the bound. */
export const ABANDONED_EVERY_MS = 3_600_000

export interface AbandonedOptions {
  readonly db: Pick<Database, 'sessions' | 'attempts' | 'events' | 'answers'>
  readonly live: Pick<LiveGateway, 'stop' | 'summary' | 'now'>
  /** How long nothing may have happened in a session. */
  readonly afterMs: number
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>
}

/**
 * Gives the function that looks once: it ends sessions whose attempt has been handed in or is gone, and sessions
 * without a sign of life for `afterMs`. Any number of gateways may do this at once: a conditional update decides who
 * ends a session. Resolves with how many it ended; rejects when the database is away.
 */
export function createAbandoned ({ db, live, afterMs, log }: AbandonedOptions): () => Promise<number> {
  /** The newest of: an event, a pause or its end, a saved answer, submitted code. */
  async function lastSignOf ({ id, attemptId, startedAtMs }: SessionWithUser): Promise<number> {
    const [[event], pauses, answers, code] = await Promise.all([
      db.events.list({ sessionId: id, limit: 1 }),
      db.sessions.pauses(id),
      attemptId === null ? [] : db.answers.list(attemptId),
      attemptId === null ? [] : db.answers.listCode(attemptId, { limit: 1 })
    ])
    return Math.max(
      startedAtMs,
      event === undefined ? 0 : timeOfId(event.id),
      ...pauses.flatMap(pause => [pause.startedAtMs, pause.endedAtMs ?? 0]),
      ...answers.map(({ savedAtMs }) => savedAtMs),
      ...code.map(({ atMs }) => atMs)
    )
  }

  async function reasonToEnd (session: SessionWithUser): Promise<string | undefined> {
    const { id, attemptId, startedAtMs } = session
    if (attemptId !== null && (await db.attempts.byId(attemptId))?.state !== 'open') return 'submitted'
    const limitMs = live.now() - afterMs
    if (startedAtMs > limitMs || await lastSignOf(session) > limitMs) return undefined
    // A candidate who is connected and gives no cause for an event is there.
    return (await live.summary(id))?.online === true ? undefined : ABANDONED
  }

  return async () => {
    let ended = 0
    for await (const session of openSessions(db)) {
      try {
        const reason = await reasonToEnd(session)
        if (reason === undefined || !await live.stop(session.id, 'system', reason)) continue
        ended++
        log.info({ sessionId: session.id, reason }, 'abandoned session ended')
      } catch (error) {
        log.error(
          { err: error, sessionId: session.id },
          'session that nobody comes back to not ended, will try again'
        )
      }
    }
    return ended
  }
}
