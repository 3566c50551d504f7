import { createPool } from '../../detection/workers/pool.ts'
import { match } from './match.ts'
import { play } from './play.ts'
import type { SessionPlan } from './plan.ts'
import type { SessionResult } from './tally.ts'

/** A long limit, because a worker may wait long for a core on a machine with other work. */
const STUCK_MS = 120_000

/**
 * Plays the sessions, as many at once as there are workers. Calls `report` with each result. Sessions with a result in
 * `known` are not played again.
 */
export async function runSessions (
  plans: readonly SessionPlan[],
  modelsDir: string,
  known: readonly SessionResult[],
  report: (result: SessionResult) => void
): Promise<SessionResult[]> {
  const results: SessionResult[] = plans.flatMap(({ name }) => known.filter(result => result.name === name))
  const waiting = plans.filter(({ name }) => !known.some(result => result.name === name))
  if (waiting.length === 0) return results
  const pool = createPool({ modelsDir, stuckMs: STUCK_MS })
  const work = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const script = await plan.load()
      const { incidents, truths, durationMs, frames } = await play(script, pool)
      const honest = script.shots.filter(({ isHonest }) => isHonest === true).length
      const { name, set, groups = [] } = plan
      const result = { name, set, groups, durationMs, frames, honest, ...match(truths, incidents) }
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
