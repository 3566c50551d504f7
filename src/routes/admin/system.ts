import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ENVIRONMENT, type Config } from '../../config.ts'
import type { Texts } from '../../i18n/en.ts'
import { translate } from '../../i18n/translate.ts'
import { VERSION } from '../../package-info.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { LanguageQuery } from '../installation/schemas.ts'
import { nullable } from '../schemas.ts'

type Warning = keyof Texts['systemWarnings']

const SystemAnswer = Type.Object({
  version: Type.String(),
  node: Type.String({ examples: ['22.13.0'] }),
  platform: Type.String({ examples: ['linux x64'] }),
  uptimeSeconds: Type.Integer(),
  database: Type.Object({ isOk: Type.Boolean(), dialect: Type.String(), isWritingLate: Type.Boolean() }),
  redis: nullable(Type.Object({ isOk: Type.Boolean() }, { description: 'null: this gateway runs alone' })),
  workers: Type.Object({
    wanted: Type.Integer(),
    ready: Type.Integer(),
    load: Type.Number({ description: 'Share of their time that was used recently, 0..1' }),
    queued: Type.Integer()
  }),
  isAdmitting: Type.Boolean({ description: 'New sessions may begin' }),
  isDraining: Type.Boolean(),
  sessionsOpen: Type.Integer({ description: 'On this gateway' }),
  eventsWaiting: Type.Integer({ description: 'Events that are not stored yet' }),
  models: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
  settings: Type.Array(
    Type.Object({
      name: Type.String({ examples: ['SIGNUP'] }),
      value: nullable(Type.String({ description: 'null: a secret' })),
      isSet: Type.Boolean({ description: 'It differs from the default' }),
      description: Type.String({ description: 'In English' })
    })
  ),
  warnings: Type.Array(
    Type.Object({
      key: Type.String({ examples: ['signupOpen'] }),
      text: Type.String({ description: "What is wrong and what to do, in the reader's language" })
    })
  )
})

/** The state of this gateway for admins: what an operator would look up in several places. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    admission,
    config: settings,
    services: { db, live, media, pool }
  } = fastify

  fastify.get(
    '/system',
    {
      config: { access: { roles: ['admin'] } },
      schema: {
        tags: ['admin'],
        summary: 'Versions, models, load, settings and warnings',
        description: 'Of the gateway that answers. Values of secrets are not shown.',
        querystring: LanguageQuery,
        response: { 200: SystemAnswer, ...refusals('guarded') }
      }
    },
    async ({ language }) => {
      const stats = pool.stats()
      const isReady = stats.ready > 0
      const info = isReady ? await pool.ready.catch(() => undefined) : undefined
      const isOk = await fastify.checkDatabase()
      const isMediaReadable = !isOk || await media.vault.keys.areReadable()
      const { admitting, draining } = admission.state()
      const redis = live.cluster.isShared ? { isOk: live.cluster.isUp } : null
      const warnings: Warning[] = [
        ...(settings.signup === 'open' && !isLocal(settings.host) ? ['signupOpen' as const] : []),
        ...(settings.seedDemo ? ['demo' as const] : []),
        ...(info !== undefined && info.objectsName === 'centernet' ? ['objectModel' as const] : []),
        ...(stats.ready < stats.workers ? ['workers' as const] : []),
        ...(!isOk || live.writer.degraded ? ['database' as const] : []),
        ...(isMediaReadable ? [] : ['mediaKey' as const]),
        ...(redis?.isOk === false ? ['redis' as const] : []),
        ...(draining ? ['draining' as const] : admitting ? [] : ['full' as const])
      ]
      return {
        version: VERSION,
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
        uptimeSeconds: Math.floor(process.uptime()),
        database: { isOk, dialect: db.dialect, isWritingLate: live.writer.degraded },
        redis,
        workers: {
          wanted: stats.workers,
          ready: stats.ready,
          load: Math.round(stats.load * 1000) / 1000,
          queued: stats.queued
        },
        isAdmitting: admitting,
        isDraining: draining,
        sessionsOpen: live.sessionsOpen,
        eventsWaiting: live.writer.waiting,
        models: Object.entries(info?.versions ?? {}).map(([name, version]) => ({ name, version })),
        settings: settingsOf(settings),
        warnings: warnings.map(key => ({ key, text: translate(language, `systemWarnings.${key}`) }))
      }
    }
  )
}

export default routes

/** Values that open something, or addresses that may hold a password. */
const SECRETS: Readonly<Record<string, (config: Config) => boolean>> = {
  JWT_SECRET: ({ jwtSecret }) => jwtSecret !== '',
  FACE_KEY: ({ faceKey }) => faceKey !== undefined,
  MEDIA_KEY: ({ mediaKey }) => mediaKey !== undefined,
  REPORT_KEY: ({ reportKey }) => reportKey !== '',
  S3_ACCESS_KEY_ID: ({ s3 }) => s3.accessKeyId !== '',
  S3_SECRET_ACCESS_KEY: ({ s3 }) => s3.secretAccessKey !== '',
  METRICS_TOKEN: ({ metricsToken }) => metricsToken !== '',
  DATABASE_URL: ({ databaseUrl }) => databaseUrl !== '',
  REDIS_URL: ({ redisUrl }) => redisUrl !== ''
}

const VALUES: Readonly<Record<string, (config: Config) => string | number | boolean | readonly string[]>> = {
  PORT: ({ port }) => port,
  HOST: ({ host }) => host,
  TRUST_PROXY: ({ trustProxy }) => trustProxy,
  DATA_DIR: ({ dataDir }) => dataDir,
  MODELS_DIR: ({ modelsDir }) => modelsDir,
  OBJECT_MODEL: ({ objectModel }) => objectModel,
  WORKERS: ({ workers }) => workers,
  ADMIT_LOAD_MAX: ({ admitLoadMax }) => admitLoadMax,
  DRAIN_SECONDS: ({ drainMs }) => drainMs / 1000,
  ACCESS_TOKEN_TTL: ({ accessTokenSeconds }) => accessTokenSeconds,
  REFRESH_TOKEN_TTL: ({ refreshTokenSeconds }) => refreshTokenSeconds,
  FRAME_BYTES_MAX: ({ frameBytesMax }) => frameBytesMax,
  LOG_LEVEL: ({ logLevel }) => logLevel,
  CORS_ORIGINS: ({ corsOrigins }) => corsOrigins,
  REQUESTS_PER_MINUTE: ({ requestsPerMinuteMax }) => requestsPerMinuteMax,
  SIGNUP: ({ signup }) => signup,
  SIGNUPS_PER_MINUTE: ({ signupsPerMinuteMax }) => signupsPerMinuteMax,
  LOGIN_ATTEMPTS_MAX: ({ loginAttemptsMax }) => loginAttemptsMax,
  LOGIN_WINDOW: ({ loginWindowMs }) => loginWindowMs / 1000,
  SESSION_ABANDONED_HOURS: ({ sessionAbandonedMs }) => sessionAbandonedMs / 3_600_000,
  STORAGE_URL: ({ storageUrl }) => storageUrl,
  S3_ENDPOINT: ({ s3 }) => s3.endpoint,
  S3_REGION: ({ s3 }) => s3.region,
  RETENTION_RECORDING_DAYS: ({ retention }) => retention.recordingDays,
  RETENTION_DISMISSED_DAYS: ({ retention }) => retention.dismissedDays,
  RETENTION_CONFIRMED_DAYS: ({ retention }) => retention.confirmedDays,
  RETENTION_RECORDS_DAYS: ({ retention }) => retention.recordsDays,
  RETENTION_AUDIT_DAYS: ({ retention }) => retention.auditDays,
  RETENTION_FACE: ({ retention }) => retention.face,
  WEBHOOKS_TO_PRIVATE: ({ webhooksToPrivate }) => webhooksToPrivate,
  SEED_DEMO: ({ seedDemo }) => seedDemo
}

/** Every variable of the environment; one that is neither a value nor known as harmless counts as a secret. */
function settingsOf (config: Config) {
  return ENVIRONMENT.map(({ name, default: byDefault, description }) => {
    const value = VALUES[name]?.(config)
    if (value === undefined) return { name, value: null, isSet: SECRETS[name]?.(config) ?? false, description }
    const text = [value].flat().join(', ')
    return { name, value: text, isSet: text !== String(byDefault), description }
  })
}

function isLocal (host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
