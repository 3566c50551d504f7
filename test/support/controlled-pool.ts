import type { Analysis, Pool } from '../../detection/workers/pool.ts'
import { analysis } from './app.ts'

export interface PendingJob {
  readonly atMs: number
  answer (): void
  fail (error: unknown): void
}

/** A pool whose jobs the test completes one by one. */
export function controlledPool (): Partial<Pool> & { readonly jobs: PendingJob[] } {
  const jobs: PendingJob[] = []
  return {
    jobs,
    analyze: job => new Promise<Analysis>((resolve, reject) => {
      jobs.push({ atMs: job.atMs, answer: () => resolve(analysis({}, job.atMs)), fail: reject })
    })
  }
}
