import { DetectionError } from '../errors.ts'
import { Histogram } from './histogram.ts'
import type { Analysis, PoolStats } from './pool-types.ts'

/** Stage names in the statistics; a pipeline has a handful. */
const STAGES_MAX = 32
/** Time constant of the smoothed load. */
const LOAD_MS = 3000

/** Failures not caused by the job itself; they have counters of their own. */
const NOT_OWN: ReadonlySet<string> = new Set([
  'INVIGIL_ERR_WORKER_LOST',
  'INVIGIL_ERR_OVERLOADED',
  'INVIGIL_ERR_FRAME_STALE'
])

/** Counts and times of a pool since its start, in fixed memory. */
export class PoolStatsRecorder {
  readonly lost = { crashed: 0, stuck: 0, closed: 0 }
  refused = 0
  replaced = 0
  #analyzed = 0
  #listened = 0
  #failed = 0
  #stale = 0
  #load = 0
  #countedMs = performance.now()
  readonly #stages = new Map<string, Histogram>()
  readonly #workerTimes = new Histogram()
  readonly #queueTimes = new Histogram()
  readonly #ages = new Histogram()
  readonly #listenTimes = new Histogram()

  /** Records an analyzed picture. */
  recordPicture (
    stagesMs: Analysis['stagesMs'],
    { workerMs, queueMs, ageMs }: Pick<Analysis, 'workerMs' | 'queueMs' | 'ageMs'>
  ): void {
    this.#analyzed++
    this.#workerTimes.add(workerMs)
    this.#queueTimes.add(queueMs)
    this.#ages.add(ageMs)
    for (const [name, ms] of Object.entries(stagesMs)) {
      let stage = this.#stages.get(name)
      if (stage === undefined && this.#stages.size < STAGES_MAX) {
        stage = new Histogram()
        this.#stages.set(name, stage)
      }
      stage?.add(ms)
    }
  }

  /** Records an analyzed piece of sound. */
  recordSound (workerMs: number): void {
    this.#listened++
    this.#listenTimes.add(workerMs)
  }

  /** Records a job that ended in an error. */
  recordFailure (error: Error): void {
    const code = error instanceof DetectionError ? error.code : ''
    if (code === 'INVIGIL_ERR_FRAME_STALE') this.#stale++
    if (!NOT_OWN.has(code)) this.#failed++
  }

  /** Updates the load with the time that each worker spent on jobs since the last call. */
  recordLoad (nowMs: number, busyMs: readonly number[]): void {
    const passedMs = nowMs - this.#countedMs
    if (passedMs <= 0) return
    const share = Math.min(1, Math.max(0, busyMs.reduce((sum, ms) => sum + ms, 0) / (passedMs * busyMs.length)))
    this.#load += (share - this.#load) * (1 - Math.exp(-passedMs / LOAD_MS))
    this.#countedMs = nowMs
  }

  read (): Omit<PoolStats, 'workers' | 'ready' | 'running' | 'queued' | 'stillsQueued' | 'streams'> {
    return {
      load: this.#load,
      analyzed: this.#analyzed,
      listened: this.#listened,
      failed: this.#failed,
      lost: { ...this.lost },
      refused: this.refused,
      stale: this.#stale,
      replaced: this.replaced,
      stagesMs: Object.fromEntries([...this.#stages].map(([name, stage]) => [name, stage.percentiles()])),
      workerMs: this.#workerTimes.percentiles(),
      queueMs: this.#queueTimes.percentiles(),
      ageMs: this.#ages.percentiles(),
      listenMs: this.#listenTimes.percentiles()
    }
  }
}
