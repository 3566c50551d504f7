import type { Analysis, Pool } from '../../detection/workers/pool.ts'
import { analysis } from './app.ts'

export interface HeldJob {
  readonly atMs: number
  answer (): void
  fail (error: unknown): void
}

/** A pool whose answers a test gives one by one. */
export function heldPool (): Partial<Pool> & { readonly jobs: HeldJob[] } {
  const jobs: HeldJob[] = []
  return {
    jobs,
    analyze: job => new Promise<Analysis>((resolve, reject) => {
      jobs.push({ atMs: job.atMs, answer: () => resolve(analysis({}, job.atMs)), fail: reject })
    })
  }
}
