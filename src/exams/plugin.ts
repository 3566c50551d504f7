import fp from 'fastify-plugin'
import type { Database } from '../../db/index.ts'
import { ABANDONED_EVERY_MS, createAbandoned } from './abandoned.ts'
import { createAttempts, type Attempts } from './attempts.ts'
import { startDeadlines } from './deadline.ts'
import { createIdentity } from './identity.ts'
import type { LiveGateway } from '../live/live-gateway.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly attempts: Attempts
    /** Ends abandoned sessions; returns their number. */
    readonly endAbandoned: () => Promise<number>
  }
}

/** Taking exams: `fastify.attempts`, and the rounds that hand in what is out of time. */
export default fp<{ readonly db: Database, readonly live: LiveGateway, readonly abandonedAfterMs: number }>(
  async function attempts (fastify, { db, live, abandonedAfterMs }) {
    const identity = createIdentity({ db, live, enrolledFace: fastify.faces.enrolled, log: fastify.log })
    const attempts = createAttempts({ db, live, admit: () => fastify.admission.admit(), identity, log: fastify.log })
    fastify.decorate('attempts', attempts)
    // Any other end leaves the attempt open: its candidate may come back while there is time.
    live.onEnded(async ({ sessionId, state }) => {
      if (state !== 'terminated') return
      const session = await db.sessions.byId(sessionId)
      if (session !== undefined) await attempts.terminated(session)
    })
    const endAbandoned = createAbandoned({ db, live, afterMs: abandonedAfterMs, log: fastify.log })
    fastify.decorate('endAbandoned', endAbandoned)
    /** The running look, one at a time. */
    let round: Promise<unknown> = Promise.resolve()
    const runRound = (): void => {
      round = round
        .then(async () => await endAbandoned())
        .catch(error =>
          fastify.log.warn({ err: error }, 'abandoned session sweep failed, retrying')
        )
    }
    const timer = setInterval(runRound, ABANDONED_EVERY_MS).unref()
    let end: (() => Promise<void>) | undefined
    fastify.addHook('onReady', async () => {
      end = startDeadlines(attempts, fastify.log)
      runRound()
    })
    fastify.addHook('onClose', async () => {
      clearInterval(timer)
      await Promise.all([end?.(), round])
      await attempts.close()
    })
  },
  { name: 'attempts', dependencies: ['admission', 'faces'] }
)
