import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { PAGE_EVENT_KINDS } from '../src/protocol/messages.ts'
import { mariadbMissing, startMariadb } from '../test/support/mariadb.ts'
import { redisMissing, startRedis } from '../test/support/redis.ts'
import { sleep } from './clock.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { startBenchServer, type BenchServer, type Seat } from './server.ts'
import { nowMs, openSockets } from './sockets.ts'

const MONITORS = 200
const CANDIDATES = 20
/** Each candidate raises one event in this time. */
const EVENT_EVERY_MS = 1000
/** The pages report all kinds in turn, because the cooldown of one kind drops its repetitions. */
const KINDS = PAGE_EVENT_KINDS.filter(kind => kind !== 'camera_off' && kind !== 'microphone_off')
const WARM_UP_MS = 3_000
const MEASURED_MS = 20_000
/** Longest wait for the close of the socket that never reads; without an answer to pings it takes thirty seconds. */
const CUT_OFF_MS = 45_000

export interface MonitorsRun {
  /** Monitors that read; one more never does. */
  readonly monitors: number
  readonly candidates: number
  readonly seconds: number
  readonly events: number
  /** Events that arrived at monitors, as a share of the expected number. */
  readonly arrivedShare: number
  /** From the candidate's `send` to the monitor's `message`, with the commit in between. */
  readonly latencyMs: { readonly p50: number, readonly p95: number, readonly p99: number, readonly max: number }
  /**
   * Close code of the monitor that never reads, and the time from its connection to the close. Null if it stayed open.
   */
  readonly deaf: { readonly code: number, readonly afterSeconds: number } | null
  /** For each server: processor time in cores, busy share of its main thread, delay of its event loop. */
  readonly servers: ReadonlyArray<{
    readonly cores: number
    readonly loopShare: number
    readonly loopP99Ms: number
    readonly rssMb: number
  }>
  /** Processor time of the process that holds the monitors, in cores. */
  readonly readersCores: number
}

export interface Monitors {
  readonly oneProcess: MonitorsRun
  /** Candidates at one gateway and monitors at another, on one MariaDB and one Redis; or why that was not measured. */
  readonly twoProcesses: MonitorsRun | { readonly missing: string }
}

const ENV = { WORKERS: '1', REQUESTS_PER_MINUTE: '100000' }

/** How long does a page event take to two hundred proctors, while one more never reads? */
async function monitors ({ modelsDir }: Pick<BenchOptions, 'modelsDir'>): Promise<Monitors> {
  const server = await startBenchServer({ modelsDir, candidates: CANDIDATES, staff: MONITORS, env: ENV })
  const oneProcess = await run([server], server).finally(() => server.close())
  const missing = mariadbMissing() || redisMissing()
  return { oneProcess, twoProcesses: missing === false ? await acrossRedis(modelsDir) : { missing } }
}

async function acrossRedis (modelsDir: string): Promise<MonitorsRun> {
  const closers: Array<() => Promise<void>> = []
  try {
    const mariadb = await startMariadb()
    closers.unshift(mariadb.stop)
    const redis = await startRedis()
    closers.unshift(redis.stop)
    const shared = { databaseUrl: mariadb.url, secret: randomBytes(32).toString('hex') }
    const env = { ...ENV, REDIS_URL: redis.url }
    const from = await startBenchServer({ modelsDir, shared, candidates: CANDIDATES, staff: MONITORS, env })
    closers.unshift(from.close)
    const to = await startBenchServer({ modelsDir, shared, candidates: 0, env })
    closers.unshift(to.close)
    return await run([from, to], from)
  } finally {
    for (const close of closers) await close()
  }
}

/** Candidates at the first server, monitors at the last. */
async function run (
  servers: readonly [BenchServer, ...BenchServer[]],
  { candidates, staff }: Pick<BenchServer, 'candidates' | 'staff'>
): Promise<MonitorsRun> {
  const [from] = servers
  const to = servers.at(-1)!
  const [deaf, ...readers] = staff
  const sockets = await openSockets({ url: to.url, kind: 'monitors', seats: readers, deaf: deaf! })
  const deafSinceMs = performance.now()
  const pages = candidates.map(candidate => new Page(from.url, candidate))
  try {
    await Promise.all(pages.map(page => page.open()))
    pages.forEach((page, index) => page.start(index * EVENT_EVERY_MS / pages.length))
    await sleep(WARM_UP_MS)
    await Promise.all(servers.map(server => server.reset()))
    await sockets.reset()
    const sentBefore = pages.reduce((sum, page) => sum + page.sent, 0)
    await sleep(MEASURED_MS)
    const { latenciesMs, cores } = await sockets.read()
    const events = pages.reduce((sum, page) => sum + page.sent, 0) - sentBefore
    const readings = await Promise.all(servers.map(server => server.read()))
    return {
      monitors: readers.length,
      candidates: pages.length,
      seconds: MEASURED_MS / 1000,
      events,
      arrivedShare: round(latenciesMs.length / (events * readers.length)),
      latencyMs: {
        p50: round(quantile(latenciesMs, 0.5)),
        p95: round(quantile(latenciesMs, 0.95)),
        p99: round(quantile(latenciesMs, 0.99)),
        max: round(quantile(latenciesMs, 1))
      },
      deaf: await cutOff(to, deafSinceMs),
      servers: readings.map(({ cores, loopShare, loopMs, rssMb }) => ({
        cores: round(cores),
        loopShare: round(loopShare),
        loopP99Ms: round(loopMs.p99),
        rssMb: round(rssMb)
      })),
      readersCores: round(cores)
    }
  } finally {
    for (const page of pages) page.close()
    await sockets.close()
  }
}

/** Waits until the server has closed a socket. */
async function cutOff (server: BenchServer, sinceMs: number): Promise<MonitorsRun['deaf']> {
  while (performance.now() - sinceMs < CUT_OFF_MS) {
    const [code] = Object.keys((await server.read()).closes)
    if (code !== undefined) return { code: Number(code), afterSeconds: round((performance.now() - sinceMs) / 1000) }
    await sleep(200)
  }
  return null
}

/** A candidate's page that reports an event every second, with the time at which it sent it. */
class Page {
  readonly #socket: WebSocket
  #timer: NodeJS.Timeout | undefined
  sent = 0

  constructor (url: string, { userId, token }: Seat) {
    this.#socket = new WebSocket(new URL(`/ws/${userId}`, url.replace(/^http/, 'ws')), {
      headers: { authorization: `Bearer ${token}` }
    })
  }

  async open (): Promise<void> {
    await once(this.#socket, 'open')
  }

  start (delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#send()
      this.#timer = setInterval(() => this.#send(), EVENT_EVERY_MS)
    }, delayMs)
  }

  close (): void {
    clearTimeout(this.#timer)
    this.#socket.terminate()
  }

  #send (): void {
    this.#socket.send(
      JSON.stringify({ type: 'event', event: KINDS[this.sent++ % KINDS.length], detail: { sentMs: nowMs() } })
    )
  }
}

function table ({ oneProcess, twoProcesses }: Monitors): string {
  const across =
    'missing' in twoProcesses
      ? [`two processes: not measured, ${twoProcesses.missing}`]
      : lines('two processes through Redis', twoProcesses)
  return [...lines('one process', oneProcess), ...across].join('\n')
}

function lines (
  where: string,
  { monitors, candidates, events, arrivedShare, latencyMs, deaf, servers, readersCores }: MonitorsRun
): string[] {
  const { p50, p95, p99, max } = latencyMs
  return [
    `${where}: ${events} events of ${candidates} candidates to ${monitors} monitors and one that never reads; ${round(arrivedShare * 100)} % arrived`,
    `  page to monitor: p50 ${p50}, p95 ${p95}, p99 ${p99}, max ${max} ms`,
    `  the one that never reads: ${deaf === null ? `still there after ${CUT_OFF_MS / 1000} s` : `closed with ${deaf.code} after ${deaf.afterSeconds} s`}`,
    ...servers.map(
      ({ cores, loopShare, loopP99Ms, rssMb }) =>
        `  server: ${cores} cores, main thread at work ${Math.round(loopShare * 100)} %, event loop p99 ${loopP99Ms} ms, ${rssMb} MB`
    ),
    `  the monitors' process: ${readersCores} cores`
  ]
}

export default part('monitors', monitors, table)
