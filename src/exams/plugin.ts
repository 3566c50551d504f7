import fp from 'fastify-plugin'
import type { Database } from '../../db/index.ts'
import { ABANDONED_EVERY_MS, createAbandoned } from './abandoned.ts'
import { createSittings, type Sittings } from './attempts.ts'
import { startDeadlines } from './deadline.ts'
import { createIdentity } from './identity.ts'
import type { LiveGateway } from '../live/live-gateway.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly sittings: Sittings
    /** Ends sessions that nobody comes back to; gives how many. */
    readonly endAbandoned: () => Promise<number>
  }
}

/** Taking exams: `fastify.sittings`, and the rounds that hand in what is out of time. */
export default fp<{ readonly db: Database, readonly live: LiveGateway, readonly abandonedAfterMs: number }>(
  async function sittings (fastify, { db, live, abandonedAfterMs }) {
    const identity = createIdentity({ db, live, enrolledFace: fastify.faces.enrolled, log: fastify.log })
    const sittings = createSittings({ db, live, admit: () => fastify.admission.admit(), identity, log: fastify.log })
    fastify.decorate('sittings', sittings)
    // Any other end leaves the attempt open: its candidate may come back while there is time.
    live.onEnded(async ({ sessionId, state }) => {
      if (state !== 'terminated') return
      const session = await db.sessions.byId(sessionId)
      if (session !== undefined) await sittings.terminated(session)
    })
    const endAbandoned = createAbandoned({ db, live, afterMs: abandonedAfterMs, log: fastify.log })
    fastify.decorate('endAbandoned', endAbandoned)
    /** The running look, one at a time. */
    let look: Promise<unknown> = Promise.resolve()
    const lookAgain = (): void => {
      look = look
        .then(async () => await endAbandoned())
        .catch(error =>
          fastify.log.warn({ err: error }, 'sessions that nobody comes back to not looked for, will try again')
        )
    }
    const looker = setInterval(lookAgain, ABANDONED_EVERY_MS).unref()
    let end: (() => Promise<void>) | undefined
    fastify.addHook('onReady', async () => {
      end = startDeadlines(sittings, fastify.log)
      lookAgain()
    })
    fastify.addHook('onClose', async () => {
      clearInterval(looker)
      await Promise.all([end?.(), look])
      await sittings.close()
    })
  },
  { name: 'sittings', dependencies: ['admission', 'faces'] }
)
