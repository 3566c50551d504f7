import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runSimulation } from '../src/cli/simulate.ts'
import type { SimulationReport } from '../src/cli/simulate/tally.ts'
import { round } from './numbers.ts'
import { clipFiles } from './reels.ts'

const CANDIDATES = 30
const FPS = 2
const WARM_UP_SECONDS = 5
const SECONDS = 30
const READY_MS = 60_000

export interface EndToEnd extends SimulationReport {
  /** Delay of the server's event loop while the candidates streamed. */
  readonly loopDelayMs: { readonly p99: number, readonly max: number }
}

/**
 * Thirty candidates at two frames a second against a server of the same machine: what is the time from sending a frame
 * to its acknowledgement? The load generator shares the cores, so a server alone does better.
 */
export async function endToEnd (folder: string, modelsDir: string): Promise<EndToEnd> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'invigil-bench-'))
  const port = await freePort()
  const extension = path.extname(import.meta.url)
  const child = fork(new URL(`./server-child${extension}`, import.meta.url), {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: dataDir, DATABASE_URL: '', MODELS_DIR: modelsDir, LOG_LEVEL: 'warn', SIGNUPS_PER_MINUTE: '100000' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  try {
    await answer(child)
    const run = async (seconds: number): Promise<SimulationReport> => await runSimulation(clipFiles(folder), {
      candidates: CANDIDATES, fps: FPS, seconds, url: `ws://127.0.0.1:${port}`, followRate: false, allowRemote: false
    }, new AbortController().signal)
    await run(WARM_UP_SECONDS)
    child.send('reset')
    await answer(child)
    const report = await run(SECONDS)
    child.send('read')
    const { loopP99Ms, loopMaxMs } = await answer(child)
    return { ...report, loopDelayMs: { p99: round(loopP99Ms ?? NaN), max: round(loopMaxMs ?? NaN) } }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface ChildAnswer {
  readonly loopP99Ms?: number
  readonly loopMaxMs?: number
}

/** The child's next message; throws when it ends or says nothing. */
async function answer (child: ChildProcess): Promise<ChildAnswer> {
  const limit = new AbortController()
  const timer = setTimeout(() => { limit.abort() }, READY_MS)
  try {
    return await Promise.race([
      once(child, 'message', { signal: limit.signal }).then(([message]) => message as ChildAnswer),
      once(child, 'exit', { signal: limit.signal }).then(([code]) => { throw new Error(`The server ended with ${String(code)}.`) })
    ])
  } finally {
    clearTimeout(timer)
    // Ends the wait that lost the race.
    limit.abort()
  }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
