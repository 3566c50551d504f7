import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Registry } from 'prom-client'
import { Type } from 'typebox'
import type { PoolInfo } from '../../../detection/workers/pool.ts'
import { admissionReadings, countersOf, statesOf } from '../../metrics/live.ts'
import { modelReadings, poolReadings } from '../../metrics/pool.ts'
import { processRegistry } from '../../metrics/process.ts'
import { gauge, registryOf, type Reading } from '../../metrics/reading.ts'
import { mayScrape } from './may-scrape.ts'
import { refusals } from '../../plugins/error-responses.ts'

export interface MetricsOptions {
  readonly version: string
  /** Leaves this copy of the route out of the documents. */
  readonly hide?: boolean
}

/** Everything is read when Prometheus asks: nothing is counted twice, and between scrapes nothing runs. */
const routes: FastifyPluginAsyncTypebox<MetricsOptions> = async (fastify, { version, hide = false }) => {
  const {
    config,
    admission,
    services: { live, pool }
  } = fastify
  const ofProcess = processRegistry()

  let info: PoolInfo | undefined
  // Whoever made the pool hears of its failure; here its models only stay unnamed.
  pool.ready.then(
    loaded => {
      info = loaded
    },
    () => {}
  )

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: ['admin'], passes: request => mayScrape(request, config) }, rateLimit: false },
      schema: {
        hide,
        tags: ['operation'],
        summary: 'Metrics for Prometheus',
        description:
          'Also accepts `METRICS_TOKEN` as the bearer token. If it is not set, programs on the same machine may read the metrics: the peer address and `Host` must be loopback, without proxy headers. No label contains personal data.',
        response: {
          200: {
            description: "Prometheus' text format",
            content: { 'text/plain': { schema: Type.String({ examples: ['invigil_frames_received_total 1801\n'] }) } }
          },
          ...refusals('guarded')
        }
      }
    },
    async (_request, reply) => {
      const registry = Registry.merge([registryOf(await readings()), ofProcess])
      return await reply
        .header('cache-control', 'no-store')
        .type(registry.contentType)
        .send(await registry.metrics())
    }
  )

  async function readings (): Promise<Reading[]> {
    const isUp = (await fastify.checkDatabase()) && !live.writer.degraded
    return [
      gauge('invigil_build_info', [{ labels: { version, node: process.versions.node }, value: 1 }]),
      ...modelReadings(info),
      ...countersOf(live.counters),
      ...statesOf(live),
      ...admissionReadings(admission),
      ...poolReadings(pool.stats()),
      gauge('invigil_database_up', isUp ? 1 : 0)
    ]
  }
}

export default routes
