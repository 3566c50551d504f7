import { readFile } from 'node:fs/promises'
import { DetectionError } from '../../detection/errors.ts'
import { compareFaces } from '../../detection/identity/distance.ts'
import { createPool, type Pool } from '../../detection/pool.ts'
import { loadConfig } from '../config.ts'
import { CommandError, writeLine } from './output.ts'

/**
 * Prints `{ distance, same, threshold }` for the largest faces of two pictures. Throws a CommandError that names the file when it
 * cannot be read, is no picture, or shows no face.
 */
export async function compare (a: string, b: string): Promise<void> {
  const { modelsDir } = loadConfig(process.env)
  const pool = createPool({ modelsDir, workers: 1 })
  try {
    await pool.ready
    const [one, other] = [await vectorOf(pool, a), await vectorOf(pool, b)]
    const { distance, same, threshold } = compareFaces(one, other)
    await writeLine({ distance: Number(distance.toFixed(4)), same, threshold })
  } finally {
    await pool.close()
  }
}

async function vectorOf (pool: Pool, file: string): Promise<Float32Array> {
  try {
    const { observation: { faces } } = await pool.analyzeStill(await readFile(file), { embed: true })
    const vector = faces[0]?.embedding
    if (vector === undefined) throw new CommandError(`${file}: no face is seen.`)
    return vector
  } catch (error) {
    if (error instanceof DetectionError || (error instanceof Error && 'syscall' in error)) throw new CommandError(`${file}: ${error.message}`, { cause: error })
    throw error
  }
}
