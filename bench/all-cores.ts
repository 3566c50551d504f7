import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createPool, type Pool } from '../detection/workers/pool.ts'
import { cpuNow, sleep } from './clock.ts'
import { loadMaterial, type Material } from './material.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { frameAt } from './reels.ts'

const FPS = 2
const CANDIDATES = 30
const FRAME_MS = 1000 / FPS
const WARM_UP_MS = 3_000
const MEASURED_MS = 15_000
const IDLE_MS = 1_000
/** Period of the event loop monitor. The delays that it reports contain this period. */
const RESOLUTION_MS = 1

export interface AllCores {
  readonly workers: number
  readonly candidates: number
  readonly framesPerSecond: number
  /** Cores that this process used; fewer than the machine has means that other programs used the rest. */
  readonly coresUsed: number
  /** An estimate for a machine without other work: frames a second per used core, times the cores. */
  readonly framesPerSecondAlone: number
  /** A worker's time on one frame while all are busy; more than that of one worker alone if memory is the limit. */
  readonly workerP50Ms: number
  readonly workerP95Ms: number
  /** Delay of the main thread's event loop; `idle` is the delay before the work. */
  readonly loopDelayMs: { readonly idleP99: number, readonly p50: number, readonly p99: number, readonly max: number }
}

/**
 * How many frames a second do all workers analyze if a frame always waits, and how much does the main thread's event
 * loop lag?
 */
async function allCores ({ folder, modelsDir }: BenchOptions): Promise<AllCores> {
  const material = await loadMaterial(folder, modelsDir, FPS)
  const pool = createPool({ modelsDir })
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  try {
    await pool.ready
    delay.enable()
    await sleep(IDLE_MS)
    const idleP99 = delay.percentile(99) / 1e6

    const load = new CandidateLoad(pool, material)
    load.start()
    await sleep(WARM_UP_MS)
    delay.reset()
    load.workerMs.length = 0
    const begunMs = performance.now()
    const cpuBefore = cpuNow()
    await sleep(MEASURED_MS)
    const seconds = (performance.now() - begunMs) / 1000
    const workerMs = [...load.workerMs]
    const coresUsed = (cpuNow() - cpuBefore) / 1000 / seconds
    const loop = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 }
    await load.stop()
    return {
      workers: availableParallelism(),
      candidates: CANDIDATES,
      framesPerSecond: round(workerMs.length / seconds),
      coresUsed: round(coresUsed),
      framesPerSecondAlone: round(workerMs.length / seconds / coresUsed * availableParallelism()),
      workerP50Ms: round(quantile(workerMs, 0.5)),
      workerP95Ms: round(quantile(workerMs, 0.95)),
      loopDelayMs: { idleP99: round(idleP99), p50: round(loop.p50), p99: round(loop.p99), max: round(loop.max) }
    }
  } finally {
    delay.disable()
    await pool.close()
  }
}

/** Each candidate sends its next frame as soon as the server has analyzed the one before. */
class CandidateLoad {
  readonly #pool: Pool
  readonly #material: Material
  #running: Array<Promise<void>> = []
  #stopped = false
  /** The workers' time on each analyzed frame. */
  readonly workerMs: number[] = []

  constructor (pool: Pool, material: Material) {
    this.#pool = pool
    this.#material = material
  }

  start (): void {
    this.#running = Array.from({ length: CANDIDATES }, (_, candidate) => this.#play(candidate))
    // stop() awaits it. Until then an unhandled rejection must not end the process.
    for (const run of this.#running) run.catch(() => {})
  }

  async stop (): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }

  async #play (candidate: number): Promise<void> {
    const { reels, faces } = this.#material
    const reel = reels[candidate % reels.length]!
    const enrolled = faces[candidate % faces.length]!
    let state: unknown
    for (let index = 0; !this.#stopped; index++) {
      const analysis = await this.#pool.analyze({
        bytes: frameAt(reel, candidate + index),
        atMs: index * FRAME_MS,
        state,
        enrolled
      })
      state = analysis.state
      this.workerMs.push(analysis.workerMs)
    }
  }
}

function table ({
  workers,
  candidates,
  framesPerSecond,
  coresUsed,
  framesPerSecondAlone,
  workerP50Ms,
  workerP95Ms,
  loopDelayMs
}: AllCores): string {
  const { idleP99, p50, p99, max } = loopDelayMs
  return [
    `${workers} workers, ${candidates} enrolled candidates, each with a frame waiting at any time`,
    `  ${framesPerSecond} frames/s on ${coresUsed} cores' time; alone on the machine about ${framesPerSecondAlone}`,
    `  a worker's frame p50 ${workerP50Ms}, p95 ${workerP95Ms} ms`,
    `  event loop of the main thread: p50 ${p50}, p99 ${p99}, max ${max} ms (idle p99 ${idleP99}, of which 1 is the clock's own)`
  ].join('\n')
}

export default part('all-cores', allCores, table)
