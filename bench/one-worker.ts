import { createPool } from '../detection/pool.ts'
import { cpuMs, mean, quantile, round } from './numbers.ts'
import { frameAt, loadClips } from './reels.ts'

/** The default rate of a candidate, at which the clips are sampled: frames differ as much as they will. */
const FPS = 2
const FRAMES = 300
const WARM_UP_FRAMES = 30
/** Frames are this far apart for the cadence, whatever the machine takes for them. */
const FRAME_MS = 1000 / FPS

export interface StageCost {
  readonly stage: string
  readonly medianMs: number
  readonly p95Ms: number
  /** Of all frames, how many ran this stage. */
  readonly shareOfFrames: number
  /** What it adds to the mean frame. */
  readonly msAFrame: number
}

export interface OneWorker {
  readonly frames: number
  readonly frameMedianMs: number
  readonly frameMeanMs: number
  readonly frameP95Ms: number
  /** Processor time of the whole process a frame: what remains true when other programs share the cores. */
  readonly cpuMsAFrame: number
  /** What the mean frame allows one worker. */
  readonly framesPerSecond: number
  /** Every detector on every frame, as for a single picture. */
  readonly stillMedianMs: number
  /** How much the cadence saves: still / mean frame. */
  readonly cadenceRatio: number
  readonly stages: readonly StageCost[]
  readonly objectsName: string
}

/** What does one frame cost one worker, stage by stage, with the default cadence at two frames a second? */
export async function oneWorker (folder: string, modelsDir: string): Promise<OneWorker> {
  const reel = await loadClips(folder, FPS)
  const pool = createPool({ modelsDir, workers: 1 })
  try {
    const { objectsName } = await pool.ready
    const frames: number[] = []
    const stages = new Map<string, number[]>()
    let state: unknown
    let cpuBefore = process.cpuUsage()
    for (let index = 0; index < WARM_UP_FRAMES + FRAMES; index++) {
      const analysis = await pool.analyze({ bytes: frameAt(reel, index), atMs: index * FRAME_MS, state })
      state = analysis.state
      if (index === WARM_UP_FRAMES - 1) cpuBefore = process.cpuUsage()
      if (index < WARM_UP_FRAMES) continue
      frames.push(analysis.workerMs)
      for (const [stage, ms] of Object.entries(analysis.stagesMs)) stages.set(stage, [...stages.get(stage) ?? [], ms])
    }
    const cpuMsAFrame = cpuMs(cpuBefore) / FRAMES
    const stills: number[] = []
    for (let index = 0; index < FRAMES / 3; index++) {
      stills.push((await pool.analyzeStill(frameAt(reel, index * 3))).workerMs)
    }
    const frameMeanMs = mean(frames)
    const stillMedianMs = quantile(stills, 0.5)
    return {
      frames: FRAMES,
      frameMedianMs: round(quantile(frames, 0.5)),
      frameMeanMs: round(frameMeanMs),
      frameP95Ms: round(quantile(frames, 0.95)),
      cpuMsAFrame: round(cpuMsAFrame),
      framesPerSecond: round(1000 / frameMeanMs),
      stillMedianMs: round(stillMedianMs),
      cadenceRatio: round(stillMedianMs / frameMeanMs),
      stages: [...stages].map(([stage, values]) => ({
        stage,
        medianMs: round(quantile(values, 0.5)),
        p95Ms: round(quantile(values, 0.95)),
        shareOfFrames: round(values.length / FRAMES),
        msAFrame: round(mean(values) * values.length / FRAMES)
      })),
      objectsName
    }
  } finally {
    await pool.close()
  }
}
