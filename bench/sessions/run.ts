import { createPool } from '../../detection/workers/pool.ts'
import { match } from './match.ts'
import { play } from './play.ts'
import { sessionPlans } from './scripts.ts'
import { openSources } from './sources.ts'
import type { SessionResult } from './tally.ts'

/** A long limit, because a worker may wait long for a core on a machine with other work. */
const STUCK_MS = 120_000

/**
 * Plays all sessions with the clips and pictures of the folder, as many at once as there are workers. Calls `report`
 * with each result. Sessions with a result in `known` are not played again.
 */
export async function runSessions (
  folder: string, modelsDir: string, known: readonly SessionResult[], report: (result: SessionResult) => void
): Promise<SessionResult[]> {
  const plans = sessionPlans(openSources(folder))
  const results: SessionResult[] = plans.flatMap(({ name }) => known.filter(result => result.name === name))
  const waiting = plans.filter(({ name }) => !known.some(result => result.name === name))
  if (waiting.length === 0) return results
  const pool = createPool({ modelsDir, stuckMs: STUCK_MS })
  const work = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const script = await plan.load()
      const { incidents, truths, durationMs, frames } = await play(script, pool)
      const honest = script.shots.filter(({ isHonest }) => isHonest === true).length
      const result = { name: plan.name, set: plan.set, durationMs, frames, honest, ...match(truths, incidents) }
      results.push(result)
      report(result)
    }
  }
  try {
    await pool.ready
    await Promise.all(Array.from({ length: pool.stats().workers }, work))
    const order = plans.map(({ name }) => name)
    return results.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  } finally {
    await pool.close()
  }
}
