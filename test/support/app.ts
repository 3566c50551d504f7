/** The application with a database in memory and a scripted pool. */
import { generateKeyPairSync } from 'node:crypto'
import type { Writable } from 'node:stream'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import type { Test } from 'tap'
import { openDatabase, type Database, type FaceChange, type Role, type User } from '../../db/index.ts'
import { Histogram } from '../../detection/workers/histogram.ts'
import type { Analysis, FrameSource, FrameJob, Pool, PoolStats } from '../../detection/workers/pool.ts'
import type { FaceObservation, Observation } from '../../detection/types.ts'
import app from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLiveGateway, type LiveGatewayOptions } from '../../src/live/live-gateway.ts'
import { createSchemaCompilers } from './schema-compilers.ts'
import { instanceOptions } from '../../src/http/fastify-options.ts'
import { hashPassword } from '../../src/accounts/password-hash.ts'
import type { Services } from '../../src/services.ts'
import type { MediaServices } from '../../src/storage/media-services.ts'
import { testMedia } from './memory-storage.ts'
import { FACE } from './observation.ts'

export const PASSWORD = 'a long enough password'
/** Shared by all applications of a test file: schemas are compiled once. */
const COMPILERS = createSchemaCompilers()
const KEY = '5e'.repeat(32)
/** A key of its own for each run. */
const REPORT_KEY = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const SECRET = 'a secret for tests, long enough for the configuration'

export interface Overrides {
  /** On top of an environment that has only a secret. */
  readonly env?: Readonly<Record<string, string>>
  /** Where the log goes; with `LOG_LEVEL` in `env`. */
  readonly log?: Writable
  readonly pool?: Partial<Pool>
  readonly live?: Partial<Omit<LiveGatewayOptions, 'db' | 'pool' | 'log'>>
  readonly webRoot?: string
  /** Replaces the store in memory. */
  readonly media?: (db: Database) => MediaServices
  /** The application does not close it; the test closes it afterwards. */
  readonly db?: Database
  /** A plugin of the test's own, registered after the application. */
  readonly extend?: (fastify: FastifyInstance) => Promise<void>
  /** Replaces services of the application, for example by a database that fails. */
  readonly services?: (services: Services) => Services
}

/** Builds the application, and closes it and its services after the test. */
export async function build (t: Test, overrides: Overrides = {}): Promise<FastifyInstance> {
  const config = loadConfig({
    JWT_SECRET: SECRET,
    FACE_KEY: KEY,
    REPORT_KEY,
    LOG_LEVEL: 'silent',
    ADMIT_LOAD_MAX: '0',
    ...overrides.env
  })
  const fastify = Fastify({
    ...instanceOptions(config),
    schemaController: COMPILERS,
    logger: { level: config.logLevel, ...(overrides.log !== undefined && { stream: overrides.log }) }
  })
  const db = overrides.db ?? await openDatabase({ url: 'file::memory:' })
  const pool = { ...scriptedPool(), ...overrides.pool }
  // A test that scripts `analyze` does not need to script frame sources.
  if (overrides.pool?.openFrameSource === undefined) {
    pool.openFrameSource = takeNext => frameSourceOn(pool.analyze, takeNext)
  }
  const live = createLiveGateway({
    db,
    pool,
    log: fastify.log,
    ...overrides.live,
    limits: { frameBytesMax: config.frameBytesMax, ...overrides.live?.limits }
  })
  t.teardown(async () => {
    await fastify.close()
    await live.close()
    if (overrides.db === undefined) await db.close()
  })
  const media = overrides.media?.(db) ?? testMedia(db)
  const services = { db, pool, live, media }
  fastify.register(app, {
    config,
    services: overrides.services?.(services) ?? services,
    webRoot: overrides.webRoot ?? 'test/no-such-folder'
  })
  if (overrides.extend !== undefined) fastify.register(overrides.extend)
  await fastify.ready()
  return fastify
}

/** The same with a clock that the test advances. */
export async function clocked (
  t: Test,
  overrides: Overrides = {},
  clock = { ms: Date.now() }
): Promise<{ readonly app: FastifyInstance, readonly clock: { ms: number } }> {
  return { app: await build(t, { ...overrides, live: { ...overrides.live, now: () => clock.ms } }), clock }
}

export interface LoggedIn {
  readonly user: User
  readonly accessToken: string
  readonly refreshToken: string
  /** For `inject`. */
  readonly headers: { readonly authorization: string }
}

let people = 0
let passwordHash: Promise<string> | undefined

/** Creates an account of that role with the password `PASSWORD` and logs it in. */
export async function person (app: FastifyInstance, role: Role = 'student'): Promise<LoggedIn> {
  passwordHash ??= hashPassword(PASSWORD)
  const email = `${role}-${++people}@example.org`
  const user = await app.services.db.users.create({
    email,
    name: `The ${role}`,
    role,
    passwordHash: await passwordHash,
    createdAtMs: Date.now()
  })
  const { accessToken, refreshToken } = await app.logins.issue(user)
  return { user, accessToken, refreshToken, headers: { authorization: `Bearer ${accessToken}` } }
}

/** Changes the face of that person, now or at the given time. */
export function faceChange ({ user }: Pick<LoggedIn, 'user'>, atMs = Date.now()): FaceChange {
  return { by: user.id, address: '192.0.2.7', atMs }
}

/** Status and body of a response. */
export interface Answer<Body> {
  readonly status: number
  readonly body: Body
  readonly headers: Readonly<Record<string, unknown>>
}

/** Sends one request under `/api/v1`. */
export async function call<Body = Record<string, unknown>> (
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options: Omit<InjectOptions, 'method' | 'url'> = {}
): Promise<Answer<Body>> {
  const response = await app.inject({
    method,
    url: path.startsWith('/api') || path.startsWith('/health') ? path : `/api/v1${path}`,
    ...options
  })
  const isJson = String(response.headers['content-type']).includes('json')
  return {
    status: response.statusCode,
    body: (isJson ? response.json() : response.body) as Body,
    headers: response.headers
  }
}

/** The face vector of person number `who`: length 1, far from those of all others. */
export function vector (who: number): Float32Array {
  return Float32Array.from({ length: 128 }, (_, at) => at === who ? 1 : 0)
}

/** A face that looks straight into the camera, of person 0. */
export function face (about: Partial<FaceObservation> = {}): FaceObservation {
  return {
    ...FACE,
    facts: { sidePixels: 200, brightness: 0.5, contrast: 0.2, unevenness: 0.1, sharpness: 0.3 },
    embedding: vector(0),
    ...about
  }
}

/** A worker's result for a picture of one face; `about` replaces parts of the observation. */
export function analysis (about: Partial<Observation> = {}, atMs = 0): Analysis {
  const observation: Observation = {
    atMs,
    width: 640,
    height: 480,
    faces: [face()],
    hands: [],
    objects: [],
    persons: 1,
    quality: { brightness: 0.5, contrast: 0.2, sharpness: 200, structure: 0.8, blocked: false },
    ...about
  }
  return { observation, state: null, stagesMs: {}, workerMs: 1, queueMs: 0, ageMs: 0 }
}

/** A frame source that always has a worker. */
export function frameSourceOn (analyze: Pool['analyze'], takeNext: () => FrameJob | undefined): FrameSource {
  let isWaiting = false
  let isAway = false
  let isClosed = false
  const next = (): void => {
    if (isAway || isClosed || !isWaiting) return
    isWaiting = false
    const job = takeNext()
    if (job === undefined) return
    isAway = true
    analyze(job).then(job.done, job.failed).finally(() => {
      isAway = false
      next()
    })
  }
  return {
    request: () => {
      isWaiting = true
      next()
    },
    close: () => { isClosed = true },
    suspendedMs: () => 0
  }
}

/** A pool that is ready, detects one face in every frame, and no speech. */
export function scriptedPool (): Pool {
  const none = new Histogram().percentiles()
  const stats: PoolStats = {
    workers: 1,
    ready: 1,
    running: 0,
    queued: 0,
    stillsQueued: 0,
    load: 0,
    analyzed: 0,
    listened: 0,
    failed: 0,
    lost: { crashed: 0, stuck: 0, closed: 0 },
    refused: 0,
    stale: 0,
    streams: 0,
    replaced: 0,
    stagesMs: {},
    workerMs: none,
    queueMs: none,
    ageMs: none,
    listenMs: none
  }
  return {
    ready: Promise.resolve({ objectsName: 'yolox_nano', versions: { yolox_nano: '0.1.1rc0' } }),
    analyze: async job => analysis({}, job.atMs),
    openFrameSource: takeNext => frameSourceOn(async job => analysis({}, job.atMs), takeNext),
    analyzeStill: async () => analysis(),
    listen: async ({ state }) => ({ state, workerMs: 1 }),
    stats: () => stats,
    close: async () => {}
  }
}
