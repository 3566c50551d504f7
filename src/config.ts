/** Reads the environment once into a frozen `Config`, or throws one error that names every bad variable. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { pathOf } from '../db/path.ts'
import { contentProblems, list } from './config-problems.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Who may sign up: everyone, invited people only, or no one. */
export const SIGNUP_MODES = ['open', 'invite', 'off'] as const
export type SignupMode = typeof SIGNUP_MODES[number]

const DAYS_MAX = 36_500

const days = (byDefault: number, description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum: DAYS_MAX, default: byDefault, description })

/** All variables with default and meaning. `npm run docs` makes the table in docs/deployment.md from them. */
export const EnvironmentSchema = Type.Object({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 8080,
    description: 'Port to listen on; 0 picks any free port.'
  }),
  HOST: Type.String({
    minLength: 1,
    default: 'localhost',
    description:
      'Address to listen on. Browsers allow the camera only on `localhost` or over HTTPS, so use a TLS proxy for any other address; in a container use `0.0.0.0`.'
  }),
  TRUST_PROXY: Type.String({
    default: '',
    description:
      'Addresses of trusted proxies, separated by commas. For requests from them, the client address is read from `X-Forwarded-For`.'
  }),
  DATABASE_URL: Type.String({
    default: '',
    description:
      '`postgres://user:password@host:5432/name`, `mysql://user:password@host:3306/name`, or `file:path` for SQLite. Empty: SQLite in `DATA_DIR`.'
  }),
  REDIS_URL: Type.String({
    default: '',
    description:
      '`redis://` or `rediss://` address that connects several gateways on one database. Empty: this gateway runs alone.'
  }),
  DATA_DIR: Type.String({
    minLength: 1,
    default: 'data',
    description:
      'Folder of the embedded database, and of the secrets that the server creates if they are not set: `jwt.secret`, `face.key`, `media.key`.'
  }),
  MODELS_DIR: Type.String({
    minLength: 1,
    default: 'models',
    description: 'Folder that is searched for model files before the npm packages.'
  }),
  OBJECT_MODEL: Type.String({
    default: '',
    description:
      'Object detector: a file name in `MODELS_DIR`, or `centernet`. Empty: YOLOX-nano if installed, otherwise CenterNet.'
  }),
  WORKERS: Type.Integer({
    minimum: 0,
    maximum: 256,
    default: 0,
    description: 'Threads that analyze pictures; 0 means one for each core.'
  }),
  ADMIT_LOAD_MAX: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.7,
    description:
      "Share of the workers' time above which new sessions get 503 with `Retry-After`. Running sessions are never refused. 0 turns the limit off."
  }),
  DRAIN_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 3600,
    default: 0,
    description:
      'How long running sessions continue after SIGTERM while the load balancer sends new ones elsewhere; 20 is enough for most setups. 0: the server stops at once.'
  }),
  JWT_SECRET: Type.String({
    default: '',
    description:
      'Secret that signs access tokens, at least 32 characters. Empty: the secret in the file `jwt.secret` in `DATA_DIR`, which the first start creates.'
  }),
  ACCESS_TOKEN_TTL: Type.Integer({
    minimum: 30,
    maximum: 86_400,
    default: 900,
    description: 'Lifetime of an access token in seconds.'
  }),
  REFRESH_TOKEN_TTL: Type.Integer({
    minimum: 60,
    maximum: 31_536_000,
    default: 604_800,
    description: 'Lifetime of a refresh token in seconds.'
  }),
  FACE_KEY: Type.String({
    default: '',
    description: 'Key that encrypts face embeddings at rest: 32 bytes as 64 hexadecimal digits.'
  }),
  MEDIA_KEY: Type.String({
    default: '',
    description:
      'Master key of recordings and evidence: 32 bytes as 64 hexadecimal digits. Empty: the one in the file `media.key` in `DATA_DIR`, which the first start creates. Several gateways need the same key.'
  }),
  REPORT_KEY: Type.String({
    default: '',
    description:
      'Key that signs reports: an Ed25519 private key in PKCS8 PEM, or the path of its file. Empty: the one in the file `report.key` in `DATA_DIR`, which the first report creates; the report then says that its key is self-issued.'
  }),
  STORAGE_URL: Type.String({
    default: '',
    description:
      'Where recordings and evidence are stored: `file:path`, or `s3://bucket/prefix` for an S3-compatible store. Empty: the folder `media` in `DATA_DIR`. Several gateways need the same store.'
  }),
  S3_ENDPOINT: Type.String({
    default: '',
    description: 'Address of the S3-compatible store, such as `https://s3.example.org`. Empty: Amazon S3 in `S3_REGION`.'
  }),
  S3_REGION: Type.String({ minLength: 1, default: 'us-east-1', description: 'Region of the S3-compatible store.' }),
  S3_ACCESS_KEY_ID: Type.String({ default: '', description: 'Name of the access key of the S3-compatible store.' }),
  S3_SECRET_ACCESS_KEY: Type.String({ default: '', description: 'The secret of that access key.' }),
  FRAME_BYTES_MAX: Type.Integer({
    minimum: 1024,
    maximum: 67_108_864,
    default: 4_194_304,
    description: 'Largest accepted picture, in bytes.'
  }),
  LOG_LEVEL: Type.Enum(LOG_LEVELS, { default: 'info', description: `One of ${LOG_LEVELS.join(', ')}.` }),
  CORS_ORIGINS: Type.String({
    default: '',
    description: 'Other origins whose pages may call the API, separated by commas, such as `https://exams.example.org`.'
  }),
  REQUESTS_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 3000,
    description:
      'HTTP requests per minute for one account, and for one address without a login; a whole school may share one address.'
  }),
  SIGNUP: Type.Enum(SIGNUP_MODES, {
    default: 'open',
    description:
      'Who may create an account: `open`: everyone; `invite`: people with an invitation from an admin or a teacher; `off`: admins only.'
  }),
  SIGNUPS_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 300,
    description: 'Accounts that one address may create in a minute.'
  }),
  LOGIN_ATTEMPTS_MAX: Type.Integer({
    minimum: 1,
    default: 10,
    description:
      'Failed logins to one account from one address before that address must wait: 10 s at first, doubled after each further failure. The limit per account from all addresses is five times as high, until `LOGIN_WINDOW` is over. After ten times as many failures, an address has one try per account. Devices that have logged in before are counted separately.'
  }),
  LOGIN_WINDOW: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 900,
    description: 'Seconds after which failed logins no longer count, and the longest wait.'
  }),
  SESSION_ABANDONED_HOURS: Type.Number({
    minimum: 0.1,
    maximum: 8760,
    default: 12,
    description:
      'Hours without activity (a connection, an event, an answer) after which a session ends. An open attempt is not handed in.'
  }),
  RETENTION_RECORDING_DAYS: days(
    30,
    'Days that recordings are kept after the end of the session. An exam may set its own. 0: until the next sweep, which runs every hour.'
  ),
  RETENTION_DISMISSED_DAYS: days(
    14, 'Days after the decision about a session in which pictures of dismissed incidents are kept.'
  ),
  RETENTION_CONFIRMED_DAYS: days(
    90,
    'Days that pictures of confirmed incidents, and recordings of sessions that ended in a concern or an appeal, are kept after the appeal, or after the time for one.'
  ),
  RETENTION_RECORDS_DAYS: days(
    365, 'Days that a session is kept after its end, with its events, scores, decisions and messages.'
  ),
  RETENTION_AUDIT_DAYS: days(1095, 'Days that consents and entries of the audit log are kept.', 180),
  RETENTION_FACE: Type.Enum(['account', 'exam'] as const, {
    default: 'account',
    description:
      'When enrolled faces are deleted: with the `account`, or when an `exam` that compared them has ended and no other needs them.'
  }),
  METRICS_TOKEN: Type.String({
    default: '',
    description:
      'Token for reading `/metrics`, at least 16 characters. Empty: admins may read it, and programs on this machine that connect directly to `localhost` or a loopback address. Set it if a proxy or tunnel forwards to this port.'
  }),
  WEBHOOKS_TO_PRIVATE: Type.Boolean({
    default: false,
    description:
      '`1` lets webhooks go to private addresses and over plain HTTP: for development. Otherwise an admin could make the gateway call machines that only it can reach.'
  }),
  SEED_DEMO: Type.Boolean({
    default: false,
    description:
      '`1` creates demo accounts, an exam and two sessions at startup and prints their passwords. Never use it on a server with real people.'
  })
})

/** One row of the table in docs/deployment.md. */
export interface Variable {
  readonly name: string
  readonly default: string | number | boolean
  readonly description: string
}

/** The variables in the order of the table. */
export const ENVIRONMENT: readonly Variable[] = Object.entries(EnvironmentSchema.properties).map(([name, schema]) => {
  const { default: byDefault, description } = schema as unknown as Variable
  return { name, default: byDefault, description }
})

export type Environment = Static<typeof EnvironmentSchema>
export type LogLevel = typeof LOG_LEVELS[number]

/** For how long things are kept where an exam does not say it. */
export interface RetentionDefaults {
  readonly recordingDays: number
  readonly dismissedDays: number
  readonly confirmedDays: number
  readonly recordsDays: number
  readonly auditDays: number
  readonly face: 'account' | 'exam'
}

/** The configuration of the server. Names of times and sizes end in their unit. */
export interface Config {
  readonly port: number
  readonly host: string
  readonly trustProxy: readonly string[]
  /** Empty: SQLite in `dataDir`. */
  readonly databaseUrl: string
  /** Empty: this gateway is alone. */
  readonly redisUrl: string
  readonly dataDir: string
  readonly modelsDir: string
  /** Empty: YOLOX-nano if it is installed, otherwise CenterNet. */
  readonly objectModel: string
  readonly workers: number
  /** 0: no limit. */
  readonly admitLoadMax: number
  readonly drainMs: number
  /** Empty from `loadConfig` if the variable is not set; `openJwtSecret` then reads a file in `dataDir`. */
  readonly jwtSecret: string
  readonly accessTokenSeconds: number
  readonly refreshTokenSeconds: number
  readonly faceKey: Buffer | undefined
  /** Undefined: the one in a file in `dataDir`. */
  readonly mediaKey: Buffer | undefined
  /** PEM, or a path; empty: the one in a file in `dataDir`. */
  readonly reportKey: string
  /** Empty: a folder in `dataDir`. */
  readonly storageUrl: string
  readonly s3: {
    /** Empty: Amazon S3. */
    readonly endpoint: string
    readonly region: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
  readonly frameBytesMax: number
  readonly logLevel: LogLevel
  readonly corsOrigins: readonly string[]
  readonly requestsPerMinuteMax: number
  readonly signup: SignupMode
  readonly signupsPerMinuteMax: number
  readonly loginAttemptsMax: number
  readonly loginWindowMs: number
  readonly sessionAbandonedMs: number
  readonly retention: RetentionDefaults
  /** Empty: programs on this machine need none. */
  readonly metricsToken: string
  readonly webhooksToPrivate: boolean
  readonly seedDemo: boolean
}

/** A refusal to start; its message names every bad variable and what is wrong with it. */
export class ConfigError extends Error {
  /** One sentence for each bad variable. */
  readonly problems: readonly string[]

  constructor (problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map(problem => `  ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Reads the whole configuration from `env`; an empty variable counts as missing. Throws one ConfigError. */
export function loadConfig (env: Readonly<Record<string, string | undefined>>): Config {
  const given: Record<string, unknown> = {}
  for (const name of Object.keys(EnvironmentSchema.properties)) {
    const value = env[name]?.trim()
    if (value !== undefined && value !== '') given[name] = value
  }
  const value = Value.Convert(EnvironmentSchema, Value.Default(EnvironmentSchema, given))
  const problems = Value.Errors(EnvironmentSchema, value).map(error => {
    const name = error.instancePath.slice(1)
    return `${name} ${error.message}. ${ENVIRONMENT.find(variable => variable.name === name)?.description ?? ''}`
  })
  if (!Value.Check(EnvironmentSchema, value)) {
    throw new ConfigError([...new Set([...problems, ...contentProblems(given)])])
  }
  const content = contentProblems(value)
  if (content.length > 0) throw new ConfigError(content)

  return Object.freeze({
    port: value.PORT,
    host: value.HOST,
    trustProxy: list(value.TRUST_PROXY),
    databaseUrl: value.DATABASE_URL,
    redisUrl: value.REDIS_URL,
    dataDir: value.DATA_DIR,
    modelsDir: value.MODELS_DIR,
    objectModel: value.OBJECT_MODEL,
    workers: value.WORKERS === 0 ? availableParallelism() : value.WORKERS,
    admitLoadMax: value.ADMIT_LOAD_MAX,
    drainMs: value.DRAIN_SECONDS * 1000,
    jwtSecret: value.JWT_SECRET,
    accessTokenSeconds: value.ACCESS_TOKEN_TTL,
    refreshTokenSeconds: value.REFRESH_TOKEN_TTL,
    faceKey: value.FACE_KEY === '' ? undefined : Buffer.from(value.FACE_KEY, 'hex'),
    mediaKey: value.MEDIA_KEY === '' ? undefined : Buffer.from(value.MEDIA_KEY, 'hex'),
    reportKey: value.REPORT_KEY,
    storageUrl: value.STORAGE_URL,
    s3: Object.freeze({
      endpoint: value.S3_ENDPOINT,
      region: value.S3_REGION,
      accessKeyId: value.S3_ACCESS_KEY_ID,
      secretAccessKey: value.S3_SECRET_ACCESS_KEY
    }),
    frameBytesMax: value.FRAME_BYTES_MAX,
    logLevel: value.LOG_LEVEL,
    corsOrigins: list(value.CORS_ORIGINS),
    requestsPerMinuteMax: value.REQUESTS_PER_MINUTE,
    signup: value.SIGNUP,
    signupsPerMinuteMax: value.SIGNUPS_PER_MINUTE,
    loginAttemptsMax: value.LOGIN_ATTEMPTS_MAX,
    loginWindowMs: value.LOGIN_WINDOW * 1000,
    sessionAbandonedMs: value.SESSION_ABANDONED_HOURS * 3_600_000,
    retention: Object.freeze({
      recordingDays: value.RETENTION_RECORDING_DAYS,
      dismissedDays: value.RETENTION_DISMISSED_DAYS,
      confirmedDays: value.RETENTION_CONFIRMED_DAYS,
      recordsDays: value.RETENTION_RECORDS_DAYS,
      auditDays: value.RETENTION_AUDIT_DAYS,
      face: value.RETENTION_FACE
    }),
    metricsToken: value.METRICS_TOKEN,
    webhooksToPrivate: value.WEBHOOKS_TO_PRIVATE,
    seedDemo: value.SEED_DEMO
  })
}

/** The URL of the database; SQLite in `dataDir` if none is set. */
export function databaseUrlOf ({ databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>): string {
  return databaseUrl === '' ? `file:${join(dataDir, 'invigil.db')}` : databaseUrl
}

/** The SQLite file; undefined for a database server or a database in memory. */
export function databaseFileOf (config: Pick<Config, 'databaseUrl' | 'dataDir'>): string | undefined {
  const url = databaseUrlOf(config)
  return url.startsWith('file:') && !url.includes(':memory:') ? pathOf(url) : undefined
}
