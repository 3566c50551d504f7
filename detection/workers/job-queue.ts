import type { Source } from './source-ledger.ts'
import { isStill, type Job } from './supervised-worker.ts'

/**
 * Jobs that wait for a worker: frames and sound of exams that run, and behind them stills, for which nobody's exam
 * waits.
 */
export class JobQueue {
  readonly #live: Job[] = []
  readonly #stills: Job[] = []

  get length (): number {
    return this.#live.length + this.#stills.length
  }

  get live (): number {
    return this.#live.length
  }

  get stills (): number {
    return this.#stills.length
  }

  push (job: Job): void {
    (isStill(job) ? this.#stills : this.#live).push(job)
  }

  /** The first frame or piece of sound that passes. */
  takeLive (passes: (job: Job) => boolean): Job | undefined {
    const at = this.#live.findIndex(passes)
    return at === -1 ? undefined : this.#live.splice(at, 1)[0]
  }

  /** The oldest still of the source that has used least worker time, of those that pass. */
  takeStill (passes: (job: Job) => boolean): Job | undefined {
    let least = -1
    for (const [at, job] of this.#stills.entries()) {
      if (passes(job) && (least === -1 || usedMs(job) < usedMs(this.#stills[least]!))) least = at
    }
    return least === -1 ? undefined : this.#stills.splice(least, 1)[0]
  }

  stillsOf (source: Source): number {
    return this.#stills.filter(job => job.source === source).length
  }

  /** Takes out what was offered before that time. */
  takeOlder (thanMs: number): Job[] {
    return [this.#live, this.#stills].flatMap(jobs => {
      const young = jobs.findIndex(job => job.offeredMs >= thanMs)
      return jobs.splice(0, young === -1 ? jobs.length : young)
    })
  }

  /** Takes everything out. */
  takeAll (): Job[] {
    return [...this.#live.splice(0), ...this.#stills.splice(0)]
  }
}

/** A job without a source goes before all others. */
function usedMs ({ source }: Job): number {
  return source?.usedMs ?? -Infinity
}
