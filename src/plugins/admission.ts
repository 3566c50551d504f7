import fp from 'fastify-plugin'
import type { Pool } from '../../detection/workers/pool.ts'
import { monotonicMs } from '../../detection/clock.ts'
import { createAdmission, type Admission } from '../live/load/admission.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly admission: Admission
  }
}

export interface AdmissionPluginOptions {
  readonly pool: Pick<Pool, 'stats'>
  readonly loadMax: number
}

/** Who may begin a session: `fastify.admission`. */
export default fp<AdmissionPluginOptions>(async function admission (fastify, { pool, loadMax }) {
  fastify.decorate('admission', createAdmission({ stats: () => pool.stats(), loadMax, elapsedMs: monotonicMs }))
}, { name: 'admission' })
