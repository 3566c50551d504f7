/** Gateways that share a database and a Redis, in this process or in one of their own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import app from '../../src/app.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { openCluster } from '../../src/cluster/redis-cluster.ts'
import { loadConfig } from '../../src/config.ts'
import { createLiveGateway } from '../../src/live/live-gateway.ts'
import { createSchemaCompilers } from './schema-compilers.ts'
import { instanceOptions } from '../../src/http/fastify-options.ts'
import { analysis, frameSourceOn, scriptedPool } from './app.ts'
import { testMedia } from './memory-storage.ts'
import { program } from './program.ts'

/** Shared by all gateways of a test file: schemas are compiled once. */
const COMPILERS = createSchemaCompilers()

export interface Gateway {
  readonly app: FastifyInstance
  readonly cluster: Cluster
  /** `ws://127.0.0.1:port` */
  readonly url: string
  /** What it warned of. */
  readonly warnings: readonly string[]
  close(): Promise<void>
}

export interface Shared {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly env?: Readonly<Record<string, string>>
}

/** A gateway whose workers detect one face in every frame, and make thumbnails. */
export async function openGateway ({ databaseUrl, redisUrl, env }: Shared): Promise<Gateway> {
  const config = loadConfig({
    JWT_SECRET: 'a secret for tests, long enough for the configuration',
    FACE_KEY: '5e'.repeat(32),
    LOG_LEVEL: 'silent',
    ADMIT_LOAD_MAX: '0',
    REDIS_URL: redisUrl,
    ...env
  })
  const warnings: string[] = []
  const log = {
    info () {},
    warn: (...args: readonly unknown[]) => {
      warnings.push(String(args.at(-1)))
    },
    error: (...args: readonly unknown[]) => {
      warnings.push(String(args.at(-1)))
    }
  } as Parameters<typeof openCluster>[2]
  const fastify = Fastify({
    ...instanceOptions(config),
    schemaController: COMPILERS,
    logger: { level: config.logLevel }
  })
  const db = await openDatabase({ url: databaseUrl })
  const cluster = await openCluster(config, db, log)
  const pool = {
    ...scriptedPool(),
    openFrameSource: (takeNext: Parameters<ReturnType<typeof scriptedPool>['openFrameSource']>[0]) =>
      frameSourceOn(
        async job => ({
          ...analysis({}, job.atMs),
          ...(job.thumbnailWidth !== undefined && { thumbnail: Buffer.from([0xff, 0xd8, 0xff]) })
        }),
        takeNext
      )
  }
  const live = createLiveGateway({ db, pool, cluster, log: fastify.log })
  await fastify.register(app, { config, services: { db, pool, live, media: testMedia(db) }, webRoot: 'test/no-such-folder' })
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  return {
    app: fastify,
    cluster,
    url: `ws://127.0.0.1:${(fastify.server.address() as AddressInfo).port}`,
    warnings,
    async close () {
      await fastify.close()
      await live.close()
      await cluster.close()
      await db.close()
    }
  }
}

export interface GatewayProcess {
  /** `ws://127.0.0.1:port` */
  readonly url: string
  readonly kill: (signal?: NodeJS.Signals) => boolean
}

/** The same in a process of its own, which a test may kill. */
export async function spawnGateway (t: Test, { databaseUrl, redisUrl }: Shared): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...program('test/support/cluster-child'), databaseUrl, redisUrl], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { url, kill: (signal = 'SIGKILL') => child.kill(signal) }
}
