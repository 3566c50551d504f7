import { createPool } from '../detection/workers/pool.ts'
import type { Reel } from '../src/cli/simulate/frames.ts'
import { facesOf, loadReels, loadSpeech } from './reels.ts'

/** The frames, faces and sound of the bench's candidates. */
export interface Material {
  /** One camera for each clip. */
  readonly reels: readonly Reel[]
  /** The enrolled vector of the face in front of each camera. */
  readonly faces: readonly Float32Array[]
  /** Speech in pieces of half a second. */
  readonly speech: readonly Float32Array[]
}

/** Reads the clips, sampled at `fps`, and enrolls their people. */
export async function loadMaterial (folder: string, modelsDir: string, fps: number): Promise<Material> {
  const [reels, speech] = await Promise.all([loadReels(folder, fps), loadSpeech(folder)])
  const pool = createPool({ modelsDir, workers: 1 })
  try {
    await pool.ready
    return { reels, faces: await facesOf(pool, reels), speech }
  } finally {
    await pool.close()
  }
}
