import { readFileSync } from 'node:fs'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { Histogram } from '../../../detection/workers/histogram.ts'
import { loadConfig } from '../../../src/config.ts'
import { build, person, scriptedPool } from '../../support/app.ts'
import { JPEG, room } from '../../support/gateway.ts'

const TOKEN = 'a-token-of-machines'

/** The value of each line, by name with labels. */
function read (text: string): Map<string, number> {
  return new Map(text.split('\n').filter(line => line !== '' && !line.startsWith('#')).map(line => {
    const at = line.lastIndexOf(' ')
    return [line.slice(0, at), Number(line.slice(at + 1))]
  }))
}

t.test('messages of candidates and monitors are counted once, however often the metrics are read', async t => {
  const { app, candidate, monitor } = await room(t)
  const scrape = async () => read((await app.inject('/metrics')).body)
  const before = await scrape()
  t.equal(before.get('invigil_frames_received_total'), 0)
  t.equal(before.get('invigil_sockets{kind="candidates"}'), 0)

  const page = await candidate()
  const watcher = await monitor()
  page.send(JPEG)
  await page.next('ack')
  page.send({ type: 'event', event: 'paste' })
  await page.log('paste')
  page.send({ type: 'event', event: 'no such thing' })
  await page.next('error')
  for (let scrapes = 0; scrapes < 2; scrapes++) {
    const now = await scrape()
    t.equal(now.get('invigil_frames_received_total'), 1)
    t.equal(now.get('invigil_frames_analysed_total'), 1)
    t.equal(now.get('invigil_frames_dropped_total{cause="replaced"}'), 0)
    t.equal(now.get('invigil_events_stored_total'), 1)
    t.equal(now.get('invigil_events_waiting'), 0)
    t.equal(now.get('invigil_errors_total{code="INVIGIL_ERR_EVENT_UNKNOWN"}'), 1)
    t.equal(now.get('invigil_sockets{kind="candidates"}'), 1)
    t.equal(now.get('invigil_sockets{kind="monitors"}'), 1)
    t.equal(now.get('invigil_sessions_open'), 1)
    t.equal(now.get('invigil_database_up'), 1)
    t.ok((now.get('nodejs_eventloop_lag_p99_seconds') ?? 0) > 0)
  }
  t.equal(watcher.socket.readyState, watcher.socket.OPEN)
})

t.test('the pool\'s times are histograms in seconds, its models are named', async t => {
  const times = new Histogram()
  for (const ms of [3, 30, 300]) times.add(ms)
  const stats = {
    ...scriptedPool().stats(),
    queued: 7,
    replaced: 2,
    lost: { crashed: 1, stuck: 0, closed: 0 },
    stagesMs: { face: times.percentiles() },
    queueMs: times.percentiles()
  }
  const app = await build(t, { pool: { stats: () => stats } })
  const { body, headers } = await app.inject('/metrics')
  t.match(headers['content-type'], 'text/plain; version=0.0.4')
  t.equal(headers['cache-control'], 'no-store')
  const now = read(body)
  t.equal(now.get('invigil_stage_seconds_bucket{stage="face",le="0.05"}'), 2)
  t.equal(now.get('invigil_stage_seconds_bucket{stage="face",le="+Inf"}'), 3)
  t.equal(now.get('invigil_stage_seconds_sum{stage="face"}'), 0.333)
  t.equal(now.get('invigil_queue_seconds_count'), 3)
  t.equal(now.get('invigil_jobs_queued{kind="live"}'), 7)
  t.equal(now.get('invigil_jobs_lost_total{cause="crashed"}'), 1)
  t.equal(now.get('invigil_workers_replaced_total'), 2)
  t.equal(now.get('invigil_model_info{model="yolox_nano",version="0.1.1rc0"}'), 1)
  t.equal(now.get('invigil_object_detector_info{name="yolox_nano"}'), 1)
})

t.test('refused sessions are counted, and the gauge shows that none are admitted', async t => {
  const app = await build(t, {
    env: { ADMIT_LOAD_MAX: '0.7' },
    pool: { stats: () => ({ ...scriptedPool().stats(), load: 0.9 }) }
  })
  const student = await person(app)
  t.equal(
    (
      await app.inject({
        method: 'POST',
        url: `/api/v1/exam/start/${student.user.id}`,
        headers: student.headers,
        payload: {}
      })
    ).statusCode,
    503
  )
  const now = read((await app.inject('/metrics')).body)
  t.equal(now.get('invigil_sessions_refused_total{cause="busy"}'), 1)
  t.equal(now.get('invigil_sessions_refused_total{cause="draining"}'), 0)
  t.equal(now.get('invigil_admitting'), 0)
  t.equal(now.get('invigil_draining'), 0)
  t.equal(now.get('invigil_load_ratio'), 0.9)
})

t.test('a scrape reports an unreachable database in time', async t => {
  const app = await build(t, {
    services: services => ({
      ...services,
      db: {
        ...services.db,
        ping: async () => {
          throw new Error('away')
        }
      }
    })
  })
  t.equal(read((await app.inject('/metrics')).body).get('invigil_database_up'), 0)
})

t.test('every metric has a known prefix, a type and a help text', async t => {
  const app = await build(t)
  const { body } = await app.inject('/metrics')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }
  t.match(body, `invigil_build_info{version="${version}"`)
  const names = [...body.matchAll(/^# HELP (\S+) (.+)$/gm)]
  for (const [, name, help] of names) {
    t.match(name, /^(invigil|nodejs|process)_[a-z0-9_]+$/)
    t.match(body, new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`, 'm'))
    t.notMatch(help, 'the code says where', `${name} has a text in src/metrics/help.ts`)
  }
  t.equal(new Set(names.map(([, name]) => name)).size, names.length, 'no name twice')
})

t.test('without METRICS_TOKEN this machine and admins may read, and requests through a proxy may not', async t => {
  const app = await build(t)
  const status = async (options: InjectOptions) => (await app.inject({ url: '/metrics', ...options })).statusCode
  for (const remoteAddress of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    t.equal(await status({ remoteAddress }), 200, remoteAddress)
  }
  for (const remoteAddress of ['10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1', '2001:db8::1']) {
    t.equal(await status({ remoteAddress }), 401, remoteAddress)
  }
  for (const header of ['x-forwarded-for', 'X-Real-IP', 'Forwarded', 'via']) {
    t.equal(await status({ headers: { [header]: '127.0.0.1' } }), 401, header)
  }
  for (const header of [
    'true-client-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'cf-connecting-ip',
    'fly-client-ip',
    'fastly-client-ip',
    'x-original-forwarded-for',
    'x-envoy-external-address',
    'x-forwarded',
    'x-forwarded-ssl',
    'x-real-host',
    'x-azure-clientip',
    'cdn-loop',
    'x-amz-cf-id',
    'x-github-request-id',
    'x-arr-ssl'
  ]) { t.equal(await status({ headers: { [header]: '127.0.0.1' } }), 401, header) }
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '127.9.9.9', '[::1]:8080', '[::1]']) {
    t.equal(await status({ headers: { host } }), 200, host)
  }
  for (const host of [
    'exams.example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
    '10.0.0.1:8080',
    '[::2]',
    'localhost:8080:1'
  ]) { t.equal(await status({ headers: { host } }), 401, `Host: ${host}`) }
  t.equal(
    await status({ headers: { 'x-prometheus-scrape-timeout-seconds': '10' } }),
    200,
    'what Prometheus itself sends'
  )
  for (const [role, expected] of [
    ['admin', 200],
    ['teacher', 403],
    ['student', 403]
  ] as const) {
    t.equal(await status({ remoteAddress: '10.0.0.1', headers: (await person(app, role)).headers }), expected, role)
  }
})

t.test('with TRUST_PROXY this machine needs a token too', async t => {
  const app = await build(t, { env: { TRUST_PROXY: '10.0.0.1' } })
  t.equal((await app.inject('/metrics')).statusCode, 401)
})

t.test('with METRICS_TOKEN that token or an admin\'s is needed from everywhere', async t => {
  const app = await build(t, { env: { METRICS_TOKEN: TOKEN } })
  const status = async (authorization?: string) =>
    (await app.inject({ url: '/api/v1/metrics', headers: defined({ authorization }) }))
      .statusCode
  t.equal(await status(), 401)
  t.equal(await status(`Bearer ${TOKEN}`), 200)
  t.equal(await status(`Bearer ${TOKEN}x`), 401)
  t.equal(await status(TOKEN), 401)
  t.equal(await status((await person(app, 'admin')).headers.authorization), 200)
  t.equal(
    (await app.inject({ url: '/api/v1/admin/stats', headers: { authorization: `Bearer ${TOKEN}` } })).statusCode,
    401,
    'it opens nothing else'
  )
})

t.test('a METRICS_TOKEN that is short or not a header value stops the start, and the message does not contain it', async t => {
  for (const METRICS_TOKEN of ['hunter2', 'with a space and long enough']) {
    try {
      loadConfig({ METRICS_TOKEN })
      t.fail('accepted')
    } catch (error) {
      t.match(String(error), 'METRICS_TOKEN must have at least 16')
      t.notMatch(String(error), METRICS_TOKEN)
    }
  }
  t.equal(loadConfig({ METRICS_TOKEN: TOKEN }).metricsToken, TOKEN)
})

t.test('scrapes have no rate limit', async t => {
  const app = await build(t, { env: { REQUESTS_PER_MINUTE: '3' } })
  for (let scrapes = 0; scrapes < 6; scrapes++) t.equal((await app.inject('/metrics')).statusCode, 200)
})
