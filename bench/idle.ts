import { sleep } from './clock.ts'
import { round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { startBenchServer } from './server.ts'
import { openSockets } from './sockets.ts'

const CANDIDATES = 2000
/** Time for the server to become quiet after the connections. */
const SETTLE_MS = 10_000
const EMPTY_MS = 5_000
const MEASURED_MS = 30_000

export interface Idle {
  readonly candidates: number
  /** Candidates still connected at the end. The figures are valid only if it is all of them. */
  readonly connected: number
  readonly secondsToConnect: number
  /** Resident memory of the server without connections, and after half a minute with all of them. */
  readonly rssMbEmpty: number
  readonly rssMb: number
  /**
   * The main thread's heap and external memory, right after a garbage collection. Resident memory is less exact, since
   * it contains unused pages.
   */
  readonly heapMbEmpty: number
  readonly heapMb: number
  readonly heapKbACandidate: number
  readonly rssKbACandidate: number
  /** Processor time of the server, in cores. */
  readonly coresEmpty: number
  readonly cores: number
  /** Share of the main thread's time. */
  readonly loopShare: number
  readonly loopP99Ms: number
  /** Median milliseconds of a scrape of `/metrics` meanwhile. */
  readonly scrapeMs: number
  readonly scrapeKb: number
}

/** What do two thousand connected candidates cost that send nothing? */
async function idle ({ modelsDir }: Pick<BenchOptions, 'modelsDir'>, candidates = CANDIDATES): Promise<Idle> {
  const server = await startBenchServer({ modelsDir, candidates, execArgv: ['--expose-gc'] })
  try {
    await server.reset()
    await sleep(EMPTY_MS)
    const empty = await server.read()
    const begunMs = performance.now()
    const sockets = await openSockets({ url: server.url, kind: 'candidates', seats: server.candidates })
    try {
      const secondsToConnect = (performance.now() - begunMs) / 1000
      await sleep(SETTLE_MS)
      await server.reset()
      await sleep(MEASURED_MS)
      const full = await server.read()
      const { ms, bytes } = await scrape(server.url)
      return {
        candidates,
        connected: (await sockets.read()).open,
        secondsToConnect: round(secondsToConnect),
        rssMbEmpty: round(empty.rssMb),
        rssMb: round(full.rssMb),
        heapMbEmpty: round(empty.heapMb),
        heapMb: round(full.heapMb),
        heapKbACandidate: round((full.heapMb - empty.heapMb) * 1024 / candidates),
        rssKbACandidate: round((full.rssMb - empty.rssMb) * 1024 / candidates),
        coresEmpty: round(empty.cores),
        cores: round(full.cores),
        loopShare: round(full.loopShare),
        loopP99Ms: round(full.loopMs.p99),
        scrapeMs: round(ms),
        scrapeKb: round(bytes / 1024)
      }
    } finally {
      await sockets.close()
    }
  } finally {
    await server.close()
  }
}

const SCRAPES = 11

async function scrape (url: string): Promise<{ readonly ms: number, readonly bytes: number }> {
  const times: number[] = []
  let bytes = 0
  while (times.length < SCRAPES) {
    const begunMs = performance.now()
    const response = await fetch(new URL('/metrics', url))
    bytes = (await response.text()).length
    if (!response.ok) throw new Error(`/metrics answered ${response.status}.`)
    times.push(performance.now() - begunMs)
  }
  return { ms: times.sort((a, b) => a - b)[(SCRAPES - 1) / 2]!, bytes }
}

function table (result: Idle): string {
  return [
    `${result.connected} of ${result.candidates} candidates connected, sending nothing for ${MEASURED_MS / 1000} s (connected within ${result.secondsToConnect} s)`,
    `  memory ${result.rssMbEmpty} MB empty, ${result.rssMb} MB full: ${result.rssKbACandidate} KB each; heap ${result.heapMbEmpty} and ${result.heapMb} MB: ${result.heapKbACandidate} KB each`,
    `  processor ${result.cores} cores (${result.coresEmpty} empty), main thread at work ${Math.round(result.loopShare * 100)} %, event loop p99 ${result.loopP99Ms} ms`,
    `  /metrics: ${result.scrapeKb} KB in ${result.scrapeMs} ms`
  ].join('\n')
}

export default part('idle', async options => await idle(options), table)
