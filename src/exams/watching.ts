/** What an exam's policy demands of the watching while its candidate works. */
import type { FastifyBaseLogger } from 'fastify'
import type { Attempt, Exam, Session } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { withTimeout } from '../../lib/with-timeout.ts'
import { readPolicy } from '../policy/exam-policy.ts'

/** How late a picture or an answer may arrive that was on its way. */
export const LATE_MS = 2000
/** How long an answer waits for what another gateway knows of the session. */
const SUMMARY_MS_MAX = 1_000

/** For so long a gap is not held against the candidate while the server has no time for the pictures that come. */
const OVERLOADED_MS_MAX = 120_000

export interface WatchingOptions {
  readonly live: Pick<LiveGateway, 'summary' | 'counters'>
  readonly log: Pick<FastifyBaseLogger, 'warn'>
}

export interface Watching {
  /**
   * Throws where the exam demands that its candidate is seen, and this one has not been for longer than the grace time.
   */
  requireSeen(
    exam: Pick<Exam, 'policy'>,
    attempt: Pick<Attempt, 'unwatchedAllowedAtMs'>,
    session: Pick<Session, 'id'>
  ): Promise<void>
}

export function createWatching ({ live, log }: WatchingOptions): Watching {
  return {
    async requireSeen (exam, { unwatchedAllowedAtMs }, { id }) {
      const { watching, graceMs } = readPolicy(exam.policy)
      if (watching !== 'required' || unwatchedAllowedAtMs !== null) return
      const summary = await withTimeout(live.summary(id), SUMMARY_MS_MAX).catch(error => {
        log.warn({ err: error, sessionId: id }, 'coverage lookup failed')
      })
      // A gateway that does not answer is the operator's fault, not the candidate's: the request is let through, and
      // the record shows the gap.
      if (summary === undefined) {
        live.counters.watching.unknown++
        log.warn({ sessionId: id }, 'coverage lookup timed out, request accepted')
        return
      }
      const { unseenMs, unseenCause } = summary
      if (unseenMs <= graceMs + LATE_MS) return
      // Pictures come now, and this server has no time for them; with the last of them the excuse ends. The bound is
      // for a server that never recovers.
      if (unseenCause === 'overloaded' && unseenMs <= OVERLOADED_MS_MAX) return
      throw refuse('INVIGIL_ERR_NOT_SEEN', {
        values: { seconds: Math.floor(unseenMs / 1000) },
        details: { unseenMs, graceMs }
      })
    }
  }
}
