import fp from 'fastify-plugin'
import type { Database } from '../../db/index.ts'
import type { RetentionDefaults } from '../config.ts'
import type { MediaVault } from '../storage/media-vault.ts'
import { createSweeper, type Sweeper } from './sweeper.ts'

export interface RetentionOptions {
  readonly db: Database
  readonly vault: MediaVault
  readonly defaults: RetentionDefaults
  readonly now: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly sweeper: Sweeper
  }
}

/** Deletes what is kept for long enough while the server runs. */
export default fp<RetentionOptions>(async function retention (fastify, options) {
  const sweeper = createSweeper({ ...options, log: fastify.log })
  fastify.decorate('sweeper', sweeper)
  fastify.addHook('onListen', async () => { sweeper.start() })
  fastify.addHook('preClose', async () => { await sweeper.stop() })
}, { name: 'retention' })
