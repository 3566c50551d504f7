import fp from 'fastify-plugin'
import { createSittings, type Sittings } from '../exams/attempts.ts'
import { startDeadlines } from '../exams/deadline.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly sittings: Sittings
  }
}

/** Taking exams: `fastify.sittings`, and the rounds that hand in what is out of time. */
export default fp<Services>(async function sittings (fastify, { db, live }) {
  const sittings = createSittings({ db, live, admit: () => fastify.admission.admit(), log: fastify.log })
  fastify.decorate('sittings', sittings)
  // Whoever ends the session of an attempt hands the attempt in.
  live.onEnded(async ({ sessionId, userId, state, by }) => {
    const session = await db.sessions.byId(sessionId)
    if (session !== undefined) await sittings.ended(session, state === 'terminated' ? 'terminated' : by === userId ? 'candidate' : 'staff')
  })
  let end: (() => Promise<void>) | undefined
  fastify.addHook('onReady', async () => { end = startDeadlines(sittings, fastify.log) })
  fastify.addHook('onClose', async () => {
    await end?.()
    await sittings.close()
  })
}, { name: 'sittings', dependencies: ['admission'] })
