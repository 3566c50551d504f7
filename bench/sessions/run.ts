import { createPool } from '../../detection/pool.ts'
import { match } from './match.ts'
import { play } from './play.ts'
import { sessionPlans } from './scripts.ts'
import { openSources } from './sources.ts'
import type { SessionResult } from './tally.ts'

/** Plays every session of the folder's clips and pictures, as many at once as there are workers; `report` hears of each. */
export async function runSessions (folder: string, modelsDir: string, report: (result: SessionResult) => void): Promise<SessionResult[]> {
  const plans = sessionPlans(openSources(folder))
  const pool = createPool({ modelsDir })
  const results: SessionResult[] = []
  const waiting = [...plans.entries()]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, plan] = next
      const script = await plan.load()
      const { incidents, truths, durationMs, frames } = await play(script, pool)
      const honest = script.shots.filter(({ isHonest }) => isHonest === true).length
      const result = { name: plan.name, set: plan.set, durationMs, frames, honest, ...match(truths, incidents) }
      results[index] = result
      report(result)
    }
  }
  try {
    await pool.ready
    await Promise.all(Array.from({ length: pool.stats().workers }, work))
    return results
  } finally {
    await pool.close()
  }
}
