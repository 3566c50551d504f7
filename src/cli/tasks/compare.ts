import { readFile } from 'node:fs/promises'
import { DetectionError } from '../../../detection/errors.ts'
import { compareFaces } from '../../../detection/identity/distance.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import { loadConfig } from '../../config.ts'
import { CommandError } from '../output.ts'
import { createPatientPool } from './patient-pool.ts'
import type { Emit } from './emit.ts'

export interface CompareInput {
  readonly a: string
  readonly b: string
}

export interface Comparison {
  readonly distance: number
  readonly same: boolean
  readonly threshold: number
}

/**
 * Compares the largest faces of two pictures. Throws a CommandError that names the file when it cannot be read, is no
 * picture, or shows no face.
 */
export async function run ({ a, b }: CompareInput, emit: Emit<Comparison>): Promise<void> {
  const { modelsDir } = loadConfig(process.env)
  // No object is looked for: any detector will do, and no warning is due.
  const { pool } = await createPatientPool({ modelsDir, objectModel: 'centernet' }, 1)
  try {
    const [one, other] = [await vectorOf(pool, a), await vectorOf(pool, b)]
    const { distance, same, threshold } = compareFaces(one, other)
    await emit({ distance: Number(distance.toFixed(4)), same, threshold })
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
    if (error instanceof DetectionError || (error instanceof Error && 'syscall' in error)) {
      throw new CommandError(`${file}: ${error.message}`, { cause: error })
    }
    throw error
  }
}
