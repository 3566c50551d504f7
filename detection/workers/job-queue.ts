import type { Source } from './source-ledger.ts'
import { isStill, type Job } from './supervised-worker.ts'

/**
 * Jobs that wait for a worker: single frames and sound of running exams, and behind them stills, on which no running
 * exam depends.
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
    if (isStill(job)) this.#stills.push(job)
    else this.#live.push(job)
  }

  /** Removes and returns the first frame or piece of sound that passes. */
  removeLive (passes: (job: Job) => boolean): Job | undefined {
    const at = this.#live.findIndex(passes)
    return at === -1 ? undefined : this.#live.splice(at, 1)[0]
  }

  /** Removes and returns the oldest still of the source that has used least worker time, among those that pass. */
  removeStill (passes: (job: Job) => boolean): Job | undefined {
    let least = -1
    for (const [at, job] of this.#stills.entries()) {
      if (passes(job) && (least === -1 || usedMs(job) < usedMs(this.#stills[least]!))) least = at
    }
    return least === -1 ? undefined : this.#stills.splice(least, 1)[0]
  }

  stillsOf (source: Source): number {
    return this.#stills.filter(job => job.source === source).length
  }

  /** Removes and returns the jobs submitted before that time. */
  removeOlder (thanMs: number): Job[] {
    return [this.#live, this.#stills].flatMap(jobs => {
      const young = jobs.findIndex(job => job.offeredMs >= thanMs)
      return jobs.splice(0, young === -1 ? jobs.length : young)
    })
  }

  /** Removes and returns all jobs. */
  removeAll (): Job[] {
    return [...this.#live.splice(0), ...this.#stills.splice(0)]
  }
}

/** A job without a source goes before all others. */
function usedMs ({ source }: Job): number {
  return source?.usedMs ?? -Infinity
}
