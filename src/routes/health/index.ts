import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { PoolInfo } from '../../../detection/workers/pool.ts'
import type { FastifyRequest } from 'fastify'
import { refuse, toBody, type ErrorCode } from '../../errors.ts'
import type { AdmissionState } from '../../live/load/admission.ts'
import { mayScrape } from '../metrics/may-scrape.ts'
import { LiveAnswer, NotReadyAnswer, ReadyAnswer, ReadyQuery } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

/** What the texts of those who ask too often for room name. */
const RETRY_SECONDS = 10

const tags = ['operation']

export interface HealthOptions {
  readonly version: string
  /** Leaves this copy of the routes out of the documents. */
  readonly hide?: boolean
}

const routes: FastifyPluginAsyncTypebox<HealthOptions> = async (fastify, { version, hide = false }) => {
  const {
    admission,
    config: settings,
    services: { db, live, pool }
  } = fastify
  const config = { access: { roles: 'public' }, rateLimit: false } as const
  const { 503: _unavailable, ...errors } = refusals('public')

  let info: PoolInfo | undefined
  // Whoever made the pool hears of its failure; here it only never becomes ready.
  pool.ready.then(
    loaded => {
      info = loaded
    },
    () => {}
  )

  fastify.get(
    '/live',
    {
      config,
      schema: { hide, tags, summary: 'Liveness: the process responds', response: { 200: LiveAnswer, ...errors } }
    },
    async () => ({ status: 'ok' as const })
  )

  for (const url of ['/', '/ready']) {
    fastify.get(
      url,
      {
        prefixTrailingSlash: 'no-slash',
        config,
        schema: {
          hide,
          tags,
          summary: 'Readiness: the database and the workers respond',
          description:
            '503 while they do not respond or the gateway drains. With for=new, also 503 while the gateway admits no new session; load balancers use it before they send a new candidate here. Details are visible only to clients that may read the metrics; all others learn only whether the gateway is ready.',
          querystring: ReadyQuery,
          response: { 200: ReadyAnswer, 503: NotReadyAnswer, ...errors }
        }
      },
      async (request, reply) => {
        const stats = pool.stats()
        const load = Math.round(stats.load * 1000) / 1000
        const database = (await fastify.checkDatabase()) && !live.writer.degraded
        const workers = stats.ready > 0 && info !== undefined
        const state = {
          version,
          uptimeSeconds: Math.floor(process.uptime()),
          database: { ok: database, dialect: db.dialect },
          ...(live.cluster.isShared && { redis: { ok: live.cluster.isUp } }),
          ...admission.state(),
          load,
          workers: { ok: workers, wanted: stats.workers, ready: stats.ready, load, queued: stats.queued },
          models: { objects: info?.objectsName ?? null, versions: { ...info?.versions } }
        }
        reply.header('cache-control', 'no-store')
        const details = mayScrape(request, settings) || (database && (await isAdmin(request))) ? state : {}
        const problem = problemOf(database && workers, state, request.query.for === 'new')
        if (problem === undefined) return { status: 'ready' as const, ...details }
        const { code, message } = toBody(refuse(problem, { values: { seconds: RETRY_SECONDS } }), request.language)
        return await reply.code(503).send({ code, message, status: 'not_ready', ...details })
      }
    )
  }

  async function isAdmin (request: FastifyRequest): Promise<boolean> {
    if (fastify.claimedId(request) === undefined) return false
    return await fastify.authenticate(request).then(
      ({ role }) => role === 'admin',
      () => false
    )
  }

  function problemOf (
    isUp: boolean,
    { draining, admitting }: AdmissionState,
    isForNew: boolean
  ): ErrorCode | undefined {
    if (draining) return 'INVIGIL_ERR_DRAINING'
    if (!isUp) return 'INVIGIL_ERR_UNAVAILABLE'
    return isForNew && !admitting ? 'INVIGIL_ERR_BUSY' : undefined
  }
}

export default routes
