import { DetectionError } from '../errors.ts'
import { Histogram } from './histogram.ts'
import type { Analysis, PoolStats } from './pool-types.ts'

/** Stage names in the statistics; a pipeline has a handful. */
const STAGES_MAX = 32
/** The load is smoothed over about this long. */
const LOAD_MS = 3000

/** Failures that are no fault of the job: they have counts of their own. */
const NOT_OWN: ReadonlySet<string> = new Set([
  'INVIGIL_ERR_WORKER_LOST',
  'INVIGIL_ERR_OVERLOADED',
  'INVIGIL_ERR_FRAME_STALE'
])

/** What a pool has done since its start, in fixed memory. */
export class PoolMeasures {
  readonly lost = { crashed: 0, stuck: 0, closed: 0 }
  refused = 0
  replaced = 0
  #analyzed = 0
  #heard = 0
  #failed = 0
  #stale = 0
  #load = 0
  #countedMs = performance.now()
  readonly #stages = new Map<string, Histogram>()
  readonly #workerTimes = new Histogram()
  readonly #queueTimes = new Histogram()
  readonly #ages = new Histogram()
  readonly #listenTimes = new Histogram()

  /** A picture was looked at. */
  look (
    stagesMs: Analysis['stagesMs'],
    { workerMs, queueMs, ageMs }: Pick<Analysis, 'workerMs' | 'queueMs' | 'ageMs'>
  ): void {
    this.#analyzed++
    this.#workerTimes.add(workerMs)
    this.#queueTimes.add(queueMs)
    this.#ages.add(ageMs)
    for (const [name, ms] of Object.entries(stagesMs)) {
      let stage = this.#stages.get(name)
      if (stage === undefined && this.#stages.size < STAGES_MAX) this.#stages.set(name, stage = new Histogram())
      stage?.add(ms)
    }
  }

  /** A piece of sound was listened to. */
  listen (workerMs: number): void {
    this.#heard++
    this.#listenTimes.add(workerMs)
  }

  /** A job ended in an error. */
  fail (error: Error): void {
    const code = error instanceof DetectionError ? error.code : ''
    if (code === 'INVIGIL_ERR_FRAME_STALE') this.#stale++
    if (!NOT_OWN.has(code)) this.#failed++
  }

  /** The time that each worker has spent on jobs since the last call. */
  busy (nowMs: number, busyMs: readonly number[]): void {
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
      heard: this.#heard,
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
