import { checkObjectModel } from '../../../detection/models/download.ts'
import { createPool, type Pool, type PoolInfo } from '../../../detection/workers/pool.ts'
import type { Config } from '../../config.ts'
import { objectModelWarning } from '../../object-model-warning.ts'
import { printMessage } from '../output.ts'

/**
 * A command has all the time in the world on a busy machine; only a worker that is silent for this long is given up.
 */
const STUCK_MS = 10 * 60_000
/** A job may wait for as long as the jobs before it take. */
const QUEUE_MS_MAX = 24 * 3600 * 1000

/**
 * A pool that waits where the server's refuses, ready for work. Warns on stderr when objects are found by the fallback.
 */
export async function createPatientPool (
  { modelsDir, objectModel }: Pick<Config, 'modelsDir' | 'objectModel'>, workers: number
): Promise<{ readonly pool: Pool, readonly info: PoolInfo }> {
  const pool = createPool({ modelsDir, objectModel, workers, stuckMs: STUCK_MS, queueMsMax: QUEUE_MS_MAX })
  try {
    const info = await pool.ready
    const reason = objectModel === '' ? await checkObjectModel(modelsDir) : undefined
    if (reason !== undefined) printMessage(`invigil: ${objectModelWarning(reason, info.objectsName)}`)
    return { pool, info }
  } catch (error) {
    await pool.close()
    throw error
  }
}
