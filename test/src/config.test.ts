import t from 'tap'
import { ConfigError, ENVIRONMENT, loadConfig } from '../../src/config.ts'

t.test('an empty environment is a whole configuration', async t => {
  const config = loadConfig({})
  t.equal(config.port, 8080)
  t.equal(config.host, 'localhost')
  t.equal(config.databaseUrl, '')
  t.ok(config.workers >= 1)
  t.ok(Object.isFrozen(config))
})

t.test('several gateways need one secret', async t => {
  t.throws(() => loadConfig({ REDIS_URL: 'redis://localhost:6379' }), /JWT_SECRET must be set with REDIS_URL/)
  t.throws(() => loadConfig({ REDIS_URL: 'localhost:6379', JWT_SECRET: 'x'.repeat(32) }), /REDIS_URL must begin with/)
  t.equal(
    loadConfig({ REDIS_URL: 'rediss://:word@redis:6380/1', JWT_SECRET: 'x'.repeat(32) }).redisUrl,
    'rediss://:word@redis:6380/1'
  )
})

t.test('one error names every bad variable and never tells a secret', async t => {
  const env = {
    PORT: '80x',
    LOG_LEVEL: 'loud',
    JWT_SECRET: 'hunter2',
    FACE_KEY: 'abc',
    MEDIA_KEY: 'abc',
    S3_ENDPOINT: 'store',
    STORAGE_URL: 'ftp://store/x',
    DATABASE_URL: 'mssql://x',
    CORS_ORIGINS: 'https://a.example/path',
    WORKERS: '-1'
  }
  try {
    loadConfig(env)
    t.fail('accepted')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const name of Object.keys(env)) t.ok(error.message.includes(name), `names ${name}`)
    t.equal(error.problems.length, Object.keys(env).length)
    t.notOk(error.message.includes('hunter2'))
  }
})

t.test('an S3-compatible store needs its keys', async t => {
  t.throws(() => loadConfig({ STORAGE_URL: 's3://exams' }), /S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be set/)
  const env = { STORAGE_URL: 's3://exams/2026', S3_ACCESS_KEY_ID: 'a', S3_SECRET_ACCESS_KEY: 'b', S3_REGION: 'eu' }
  t.match(loadConfig(env), { storageUrl: 's3://exams/2026', s3: { region: 'eu', accessKeyId: 'a', endpoint: '' } })
})

t.test('days of retention have bounds', async t => {
  t.match(loadConfig({}).retention, { recordingDays: 30, dismissedDays: 14, confirmedDays: 90, recordsDays: 365, auditDays: 1095, face: 'account' })
  t.match(loadConfig({ RETENTION_RECORDING_DAYS: '0', RETENTION_FACE: 'exam' }).retention, { recordingDays: 0, face: 'exam' })
  t.throws(() => loadConfig({ RETENTION_AUDIT_DAYS: '10' }), /RETENTION_AUDIT_DAYS must be >= 180/)
})

t.test('values are converted, lists are split, units are resolved', async t => {
  const config = loadConfig({
    PORT: '0',
    CORS_ORIGINS: 'https://a.example, http://b.example:8080',
    LOGIN_WINDOW: '60',
    FACE_KEY: 'ab'.repeat(32),
    TRUST_PROXY: '10.0.0.1'
  })
  t.equal(config.port, 0)
  t.same(config.corsOrigins, ['https://a.example', 'http://b.example:8080'])
  t.equal(config.loginWindowMs, 60_000)
  t.equal(config.faceKey?.length, 32)
  t.same(config.trustProxy, ['10.0.0.1'])
})

t.test('every variable has a default and a description', async t => {
  for (const variable of ENVIRONMENT) {
    t.not(variable.default, undefined, `${variable.name} has a default`)
    t.ok(variable.description.length > 10, `${variable.name} is described`)
  }
})
