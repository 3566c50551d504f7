import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Registry } from 'prom-client'
import { Type } from 'typebox'
import type { PoolInfo } from '../../../detection/pool.ts'
import { admissionReadings, countersOf, statesOf } from '../../metrics/live.ts'
import { modelReadings, poolReadings } from '../../metrics/pool.ts'
import { processRegistry } from '../../metrics/process.ts'
import { gauge, registryOf, type Reading } from '../../metrics/reading.ts'
import { refusals } from '../schemas.ts'
import { mayScrape } from './may-scrape.ts'

/** A database that takes longer than this to answer counts as away; a scrape waits some seconds at most. */
const PING_MS = 2000

export interface MetricsOptions {
  readonly version: string
  /** Leaves this copy of the route out of the documents. */
  readonly hide?: boolean
}

/** Everything is read when Prometheus asks: nothing is counted twice, and between scrapes nothing runs. */
const routes: FastifyPluginAsyncTypebox<MetricsOptions> = async (fastify, { version, hide = false }) => {
  const { config, admission, services: { db, live, pool } } = fastify
  const ofProcess = processRegistry()

  let info: PoolInfo | undefined
  // Whoever made the pool hears of its failure; here its models only stay unnamed.
  pool.ready.then(loaded => { info = loaded }, () => {})

  fastify.get('/', {
    prefixTrailingSlash: 'no-slash',
    config: { access: { roles: ['admin'], passes: request => mayScrape(request, config) }, rateLimit: false },
    schema: {
      hide,
      tags: ['operation'],
      summary: 'What has been counted and measured, for Prometheus',
      description: 'Also with `METRICS_TOKEN` as the bearer token; where none is set, from this machine without a proxy. No label holds personal data.',
      response: {
        200: { description: 'Prometheus\' text format', content: { 'text/plain': { schema: Type.String({ examples: ['invigil_frames_received_total 1801\n'] }) } } },
        ...refusals('guarded')
      }
    }
  }, async (_request, reply) => {
    const registry = Registry.merge([registryOf(await readings()), ofProcess])
    return await reply.header('cache-control', 'no-store').type(registry.contentType).send(await registry.metrics())
  })

  async function readings (): Promise<Reading[]> {
    const isUp = await answers() && !live.writer.degraded
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

  async function answers (): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>(resolve => { timer = setTimeout(resolve, PING_MS, false) })
    // Whether it answers is the measure; why not is in the log of whoever needed it.
    return await Promise.race([db.ping().then(() => true, () => false), late]).finally(() => clearTimeout(timer))
  }
}

export default routes
