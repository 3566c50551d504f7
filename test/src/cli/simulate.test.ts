import { existsSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { inOrder } from '../../../src/cli/tasks/in-order.ts'
import { serverAddress } from '../../../src/cli/simulate.ts'
import {
  count, createTally, percentile, report, table, type SimulationReport
} from '../../../src/cli/simulate/tally.ts'
import { runCli, skipWithoutBuild } from '../../support/run-cli.ts'
import { startServer } from '../../support/server.ts'

const CLIPS = '../shared/testdata/video'
const missing = existsSync(CLIPS) ? false : `${CLIPS} is not here`
if (missing !== false && process.env['CI'] === 'true') throw new Error(missing)

t.test('inOrder keeps the order, runs at most the given number ahead, and waits for running work when the loop is left', async t => {
  let running = 0
  let most = 0
  let started = 0
  async function * jobs (): AsyncGenerator<() => Promise<number>> {
    for (let index = 0; index < 20; index++) {
      yield async () => {
        started++
        most = Math.max(most, ++running)
        // Later jobs settle earlier.
        for (let turn = index; turn < 20; turn++) await Promise.resolve()
        running--
        return index
      }
    }
  }
  const values: number[] = []
  for await (const value of inOrder(jobs(), 4)) values.push(value)
  t.same(values, [...values].sort((a, b) => a - b))
  t.equal(values.length, 20)
  t.equal(most, 4)

  started = 0
  for await (const value of inOrder(jobs(), 4)) if (value === 2) break
  t.equal(running, 0)
  t.ok(started <= 8, `${started} started`)

  async function * broken (): AsyncGenerator<() => Promise<number>> {
    yield async () => { throw new Error('no') }
  }
  await t.rejects(async () => { for await (const value of inOrder(broken(), 2)) t.fail(String(value)) }, /no/)
})

t.test('a run is summed up', async t => {
  const tally = createTally()
  Object.assign(tally, {
    framesSent: 100,
    frameBytes: 500_000,
    framesProcessed: 80,
    framesReplaced: 15,
    framesStale: 1,
    framesUnsent: 2,
    rateMin: 1.5
  })
  tally.latenciesMs.push(...Array.from({ length: 80 }, (_, index) => 80 - index))
  count(tally.events, 'phone')
  count(tally.events, 'face_missing')
  count(tally.events, 'face_missing')
  count(tally.errors, 'closed 4409')
  const result = report(tally, 10, 20)
  t.same(result, {
    candidates: 10,
    seconds: 20,
    framesSent: 100,
    kilobytesPerSecond: 2.5,
    framesProcessed: 80,
    processedPerSecond: 4,
    framesDropped: { replaced: 15, stale: 1, unsent: 2, unanswered: 4 },
    errors: { 'closed 4409': 1 },
    events: { face_missing: 2, phone: 1 },
    latencyMs: { p50: 40, p95: 76, p99: 80, max: 80 },
    rateMin: 1.5
  })
  t.match(table(result), /replaced 15, stale 1, unsent 2, unanswered 4/)
  t.equal(report(createTally(), 1, 1).latencyMs, null)
  t.equal(percentile([1, 2, 3, 4], 0.5), 2)
})

t.test('another machine is refused unless that is allowed', async t => {
  const address = (url: string, allowRemote = false): string => serverAddress({ url, allowRemote }).href
  t.equal(address('ws://localhost:8080'), 'http://localhost:8080/')
  t.equal(address('wss://127.0.0.1/ws/whatever'), 'https://127.0.0.1/')
  t.equal(address('http://[::1]:9'), 'http://[::1]:9/')
  t.throws(() => address('ws://example.org'), /--allow-remote/)
  t.throws(() => address('ws://127.0.0.1.example.org'), /--allow-remote/)
  t.throws(() => address('ws://10.0.0.1'), /--allow-remote/)
  t.throws(() => address('ftp://localhost'), /must begin with/)
  t.throws(() => address('localhost'), /no address/)
  t.equal(address('wss://example.org', true), 'https://example.org/')
})

t.test(
  'simulate streams candidates to a server and leaves no session open',
  { skip: skipWithoutBuild === false ? missing : skipWithoutBuild, timeout: 90_000 },
  async t => {
    const server = await startServer()
    t.teardown(() => server.stop())
    const run = await runCli([
      'simulate',
      '--json',
      '--candidates',
      '3',
      '--fps',
      '2',
      '--seconds',
      '4',
      '--url',
      server.url,
      path.join(CLIPS, 'asl_eat.mkv'),
      '../shared/testdata/images/one_face/happy.jpg'
    ])
    t.equal(run.code, 0, run.stderr)
    const [result] = run.lines<SimulationReport>()
    t.match(result, { candidates: 3, errors: {} })
    t.ok(result!.framesSent >= 15, `${result!.framesSent} sent`)
    t.ok(result!.framesProcessed > 0, `${result!.framesProcessed} processed`)
    t.equal(
      result!.framesSent,
      result!.framesProcessed +
        result!.framesDropped.replaced +
        result!.framesDropped.stale +
        result!.framesDropped.unanswered
    )

    const [admin] = JSON.parse(
      `[${(await server.invigil('user', 'add', 'a@example.org', '--role', 'admin')).trim()}]`
    ) as [{ password: string }]
    const post = async (path: string, body: unknown): Promise<{ accessToken: string }> =>
      (await (
        await fetch(`${server.url}/api/v1${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body)
        })
      ).json()) as { accessToken: string }
    const { accessToken } = await post('/auth/login/password', { email: 'a@example.org', password: admin.password })
    const sessions = await (
      await fetch(`${server.url}/api/v1/sessions`, { headers: { authorization: `Bearer ${accessToken}` } })
    ).text()
    t.equal(sessions.match(/"state":"stopped"/g)?.length, 3)
    t.notMatch(sessions, /"state":"(active|paused)"/)
  }
)

t.test(
  'simulate sends video as well, in fewer bytes',
  { skip: skipWithoutBuild === false ? missing : skipWithoutBuild, timeout: 90_000 },
  async t => {
    const server = await startServer()
    t.teardown(() => server.stop())
    const clip = path.join(CLIPS, 'gaze_center_focus.mp4')
    const [pictures] = (
      await runCli(['simulate', '--json', '--seconds', '4', '--url', server.url, clip])
    ).lines<SimulationReport>()
    const run = await runCli(['simulate', '--json', '--seconds', '4', '--url', server.url, '--video', clip])
    t.equal(run.code, 0, run.stderr)
    const [video] = run.lines<SimulationReport>()
    t.match(video, { errors: {} })
    t.ok(video!.framesProcessed > 0, `${video!.framesProcessed} processed`)
    t.ok(
      video!.kilobytesPerSecond < pictures!.kilobytesPerSecond,
      `${video!.kilobytesPerSecond} of ${pictures!.kilobytesPerSecond} kB a second`
    )
  }
)

t.test(
  'simulate without a server says how to start one',
  { skip: skipWithoutBuild === false ? missing : skipWithoutBuild },
  async t => {
    const run = await runCli(['simulate', '--url', 'ws://127.0.0.1:9', path.join(CLIPS, 'asl_eat.mkv')])
    t.match(run, { code: 1, stdout: '', stderr: /npm start/ })
  }
)
