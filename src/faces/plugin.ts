import fp from 'fastify-plugin'
import type { Database } from '../../db/index.ts'
import type { Config } from '../config.ts'
import { createFaceVault, type FaceVault } from './vault.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Enrolled faces. */
    readonly faces: FaceVault
  }
}

export default fp<{ readonly db: Database, readonly config: Config }>(
  async function faces (fastify, { db, config }) {
    fastify.decorate(
      'faces',
      createFaceVault({
        db,
        config,
        onUnreadable: userId =>
          fastify.log.warn({ userId }, 'enrolled face has another key, it must be enrolled again')
      })
    )
  },
  { name: 'faces' }
)
