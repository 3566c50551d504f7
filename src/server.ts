import closeWithGrace from 'close-with-grace'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { openDatabase, type Database } from '../db/index.ts'
import { ensureObjectModel } from '../detection/models/download.ts'
import { createPool, type Pool } from '../detection/workers/pool.ts'
import app from './app.ts'
import { openCluster } from './cluster/redis-cluster.ts'
import { databaseFileOf, databaseUrlOf, type Config, type SignupMode } from './config.ts'
import { createDrain } from './drain.ts'
import { createFaceVault } from './faces/vault.ts'
import { seedDemo } from './demo/seed.ts'
import type { Admission } from './live/load/admission.ts'
import { createRecorder } from './recording/recorder.ts'
import { createLiveGateway } from './live/live-gateway.ts'
import { openJwtSecret } from './secrets/jwt-secret.ts'
import { instanceOptions } from './http/fastify-options.ts'
import { createLog } from './log.ts'
import { PRIVATE_UMASK, privateFilesOf, tightenFiles } from './secrets/private-files.ts'
import { objectModelWarning } from './object-model-warning.ts'
import type { Services } from './services.ts'
import { openMedia } from './storage/media-services.ts'

export interface RunningServer {
  /** Such as `http://localhost:8080`. */
  readonly url: string
  /** What runs behind it, for those who measure in this process. */
  readonly services: Pick<Services, 'pool' | 'live'>
  /** Ends in order: no new requests, sockets told, events stored, workers and database closed. */
  close (): Promise<void>
}

/** Parts of the server that tests replace. */
export interface ServerParts {
  /** Starts the workers; `createPool` when absent. */
  readonly openPool?: (options: Parameters<typeof createPool>[0]) => Pool
}

/** How long the server waits at its start for the download of the object detector. */
const OBJECT_MODEL_MS = 3000
/** How long an orderly end may take. */
const GRACE_MS = 10_000
/** How long requests that are under way may go on then; the rest of the time belongs to events and scores. */
const REQUESTS_MS = 3000
/**
 * Raised by a fault in native code. With a listener the fault would be repeated for ever, and the process would neither
 * work nor end.
 */
const FATAL_SIGNALS = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGABRT'] as const

/**
 * Opens everything, listens, and says so in a few lines once pictures can be looked at. A signal ends it in order.
 * Throws, with everything closed again, when something is missing; the message says what.
 */
export async function startServer (
  config: Config,
  log: Logger = createLog(config),
  { openPool = createPool }: ServerParts = {}
): Promise<RunningServer> {
  const closers: Array<() => Promise<void>> = []
  const closeAll = async (): Promise<void> => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
      // One that fails must not keep the others open.
      await close().catch(error => log.error({ err: error }, 'shutdown failed'))
    }
  }
  try {
    const { admission, ...server } = await open(config, log, closers, openPool)
    // Ours: its timer would run while running sessions go on.
    const grace = closeWithGrace(
      {
        delay: GRACE_MS,
        skip: ['SIGTERM', ...FATAL_SIGNALS],
        logger: false,
        onTimeout: delay => log.error(`not closed after ${delay} ms, leaving`)
      },
      async ({ err, signal }) => {
        if (err !== undefined) log.fatal({ err }, 'uncaught exception, shutting down')
        else log.info(`closing${signal === undefined ? '' : ` on ${signal}`}`)
        await closeAll()
      }
    )
    const drain = createDrain({
      drainMs: config.drainMs,
      admission,
      sockets: server.services.live.connections,
      log,
      end: () => {
        grace.close()
      }
    })
    process.on('SIGTERM', drain.signal)
    closers.push(async () => {
      drain.cancel()
      // Once more now, and the process ends as it is.
      process.off('SIGTERM', drain.signal)
    })
    return { ...server, close: async () => { grace.uninstall(); await closeAll() } }
  } catch (error) {
    await closeAll()
    throw readable(error, config)
  }
}

async function open (
  given: Config, log: Logger, closers: Array<() => Promise<void>>, openPool: NonNullable<ServerParts['openPool']>
): Promise<Pick<RunningServer, 'url' | 'services'> & { readonly admission: Admission }> {
  process.umask(PRIVATE_UMASK)
  await tightenFiles(privateFilesOf({ dataDir: given.dataDir, databaseFile: databaseFileOf(given) }), path =>
    log.warn(
      { path },
      'other users of this machine may read this file, and its permissions cannot be changed: it belongs to another user'
    )
  )
  const config: Config = { ...given, jwtSecret: await openJwtSecret(given) }
  const [db, attempt] = await Promise.all([
    openDatabase({ url: databaseUrlOf(config), exclusive: true }),
    config.objectModel === '' ? ensureObjectModel(config.modelsDir, { timeoutMs: OBJECT_MODEL_MS }) : undefined
  ])
  closers.push(async () => await db.close())
  if (config.seedDemo) {
    for (const { email, password } of await seedDemo(db, Date.now())) {
      log.warn(
        `demo       ${email}, ${password === undefined ? 'there already: its password is as it was' : `password ${password}`}`
      )
    }
  }

  const media = await openMedia({ config, db })
  if (!await media.vault.keys.areReadable()) {
    log.error('some recordings were made with another MEDIA_KEY and cannot be read: set that key, or restore media.key')
  }
  const cluster = await openCluster(config, db, log)
  closers.push(async () => await cluster.close())

  const { modelsDir, workers, objectModel } = config
  const pool = openPool({ modelsDir, workers, objectModel })
  // Last of all: the end of a thread that used @napi-rs/webcodecs ends the process once in some hundred times.
  closers.unshift(async () => await pool.close())
  const loaded: { versions?: Readonly<Record<string, string>> } = {}

  const { enrolled: enrolledFace } = createFaceVault({
    db,
    config,
    onUnreadable: userId =>
      log.warn({ userId }, 'enrolled face has another key, candidate is not compared')
  })
  const recorder = createRecorder({ db, vault: media.vault, folder: join(config.dataDir, 'recordings'), log })
  closers.push(async () => await recorder.close())
  recorder.adopt().catch(error => log.warn({ err: error }, 'recordings of before are not stored yet'))
  const live = createLiveGateway({
    db,
    recorder,
    cluster,
    pool,
    enrolledFace,
    modelVersions: () => loaded.versions,
    log: log as FastifyBaseLogger,
    limits: { frameBytesMax: config.frameBytesMax }
  })
  closers.push(async () => await live.close())

  const fastify = Fastify({ ...instanceOptions(config), loggerInstance: log as FastifyBaseLogger })
  closers.push(async () => {
    // Without this one peer that sends its request byte by byte keeps everything after it from being closed in order.
    const cut = setTimeout(() => fastify.server.closeAllConnections(), REQUESTS_MS)
    await fastify.close().finally(() => clearTimeout(cut))
  })
  await fastify.register(app, { config, services: { db, pool, live, media } })
  await fastify.listen({
    host: config.host,
    port: config.port,
    listenTextResolver: () => 'listening, loading the models'
  })

  const { objectsName, versions } = await pool.ready
  loaded.versions = versions
  const [bound] = fastify.addresses()
  const url = addressOf(config.host, typeof bound === 'object' ? bound.port : config.port)
  if (config.signup === 'open' && !isThisMachine(config.host)) {
    log.warn(
      `SIGNUP is open and the server listens on ${config.host}: anybody who can reach it can make an account; SIGNUP=invite asks for an invitation`
    )
  }
  if (attempt?.available === false) log.warn(objectModelWarning(attempt.reason ?? 'the reason is unknown', objectsName))
  log.info(`address    ${url} (API: ${url}/docs)`)
  log.info(`database   ${DATABASE_NAMES[db.dialect]}${db.dialect === 'sqlite' ? `, ${databaseUrlOf(config)}` : ''}`)
  log.info(`media      ${media.vault.storage.name}`)
  log.info(`workers    ${pool.stats().ready} of ${pool.stats().workers}`)
  log.info(`detectors  MediaPipe faces, mesh and hands; objects: ${objectsName}`)
  log.info(`log in     ${await howToLogIn(db, url, config.signup)}`)
  return { url, services: { pool, live }, admission: fastify.admission }
}

const DATABASE_NAMES = { sqlite: 'SQLite', mysql: 'MySQL', postgres: 'PostgreSQL' } as const

async function howToLogIn (db: Database, url: string, signup: SignupMode): Promise<string> {
  const { admin } = await db.users.countByRole()
  const candidates = {
    open: `candidates sign up at ${url}`,
    invite: 'candidates need an invitation',
    off: 'admins make the accounts'
  }[signup]
  if (admin > 0) return `at ${url}; ${candidates}`
  return `${candidates}; make the first admin with: npm run --silent invigil -- user add --role admin you@example.org`
}

/** Whether only programs on this machine can reach that address. */
function isThisMachine (host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** An address that a browser on this machine can open. */
function addressOf (host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** What the operator can do about a failed start; the code stays. */
function readable (error: unknown, { host, port }: Config): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const report = (message: string): Error => Object.assign(new Error(message, { cause: error }), { code: error.code })
  if (error.code === 'EADDRINUSE') {
    return report(`Port ${port} of ${host} is taken: end what uses it, or choose another with PORT.`)
  }
  if (error.code === 'EACCES') {
    return report(`Port ${port} of ${host} may not be opened by this user: choose one above 1024 with PORT.`)
  }
  if ('engineCode' in error && error.engineCode === 'SERVER_RUNNING') {
    return report(
      'Another server works on this database file: end it, or give this one its own folder with DATA_DIR, or have both on one database server with DATABASE_URL.'
    )
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return report(
      `HOST=${host} is no address of this machine: use localhost, 0.0.0.0, or one that it has. (${error.code})`
    )
  }
  if (error.code === 'ERR_INVALID_URL') {
    return report(
      'An address in DATABASE_URL or REDIS_URL cannot be read: signs such as @, / and # in a password are written as %40, %2F and %23.'
    )
  }
  if (error.name === 'DatabaseError' && 'engineCode' in error) {
    return report(databaseWords(String(error.engineCode), error.message, error.code === 'unavailable'))
  }
  return error
}

/** What is the matter with a database that does not open. A message of more than the code says it already. */
function databaseWords (engineCode: string, message: string, isUnavailable: boolean): string {
  if (!message.startsWith('Database error:')) return message
  if (/^SQLITE_FULL|^SQLITE_IOERR_SHMSIZE|^ER_DISK_FULL|^ER_RECORD_FILE_FULL|^53100/.test(engineCode)) {
    return `The disk of the database is full: make room on the disk of DATA_DIR, and start again. Nothing is lost. (${engineCode})`
  }
  if (engineCode.startsWith('SQLITE_READONLY')) {
    return `The database file may not be written to: check the rights of this user on the file and on DATA_DIR. (${engineCode})`
  }
  if (engineCode.startsWith('SQLITE_NOTADB') || engineCode.startsWith('SQLITE_CORRUPT')) {
    return `The database file is damaged or is no database: restore the last backup, or choose another folder with DATA_DIR. (${engineCode})`
  }
  if (engineCode.startsWith('SQLITE_')) {
    return `The database file cannot be opened: check that DATA_DIR is a folder on a disk that works, and the rights of this user on it. (${engineCode})`
  }
  if (/ACCESS_DENIED|^28/.test(engineCode)) {
    return `The database refuses the user in DATABASE_URL: check name, password and rights. (${engineCode})`
  }
  if (engineCode === 'ER_BAD_DB_ERROR' || engineCode === '3D000') {
    return `There is no database of the name in DATABASE_URL: create it first. (${engineCode})`
  }
  if (isUnavailable) {
    return `The database is not responding: check the host and port in DATABASE_URL, and that the database is running. (${engineCode})`
  }
  return `The database cannot be used. (${message})`
}
