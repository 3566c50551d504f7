import { isDue } from './cadence.ts'

/** Stages with a timing. `quality` and `mesh` run on every frame, the others at their cadence. */
export type Stage = 'quality' | 'mesh' | PacedStage
export type PacedStage = 'faces' | 'farFaces' | 'upsideDown' | 'hands' | 'objects' | 'books' | 'spoof' | 'identity'

/** When each paced stage last ran for a candidate. */
export type RanAtMs = Readonly<Partial<Record<PacedStage, number>>>
export type StagesMs = Readonly<Partial<Record<Stage, number>>>

/** The stages of one frame: which are due, and how long each took. */
export interface FrameStages {
  /** For a still every stage is due. */
  readonly still: boolean
  /** Runs the stage if it is due. If `work` returns undefined (there was nothing to analyze), the stage stays due. */
  ifDue<T> (stage: PacedStage, everyMs: number, work: () => Promise<T | undefined>): Promise<T | undefined>
  /** Runs the stage now. */
  timed<T> (stage: Stage, work: () => T | Promise<T>): Promise<T>
  /** When each stage last ran, this frame included. */
  readonly ranAtMs: RanAtMs
  /** Milliseconds of each stage that ran. */
  readonly stagesMs: StagesMs
}

/**
 * Starts the stages of the frame at `atMs`; `before` is when each stage last ran for this candidate, `now` a steady
 * clock in milliseconds.
 */
export function startStages (before: RanAtMs, atMs: number, still: boolean, now: () => number): FrameStages {
  const ranAtMs: Partial<Record<PacedStage, number>> = { ...before }
  const stagesMs: Partial<Record<Stage, number>> = {}
  const timed: FrameStages['timed'] = async (stage, work) => {
    const startedAt = now()
    const result = await work()
    stagesMs[stage] = (stagesMs[stage] ?? 0) + now() - startedAt
    return result
  }
  return {
    still,
    ranAtMs,
    stagesMs,
    timed,
    async ifDue (stage, everyMs, work) {
      if (!still && !isDue(ranAtMs[stage], atMs, everyMs)) return undefined
      const result = await timed(stage, work)
      if (result !== undefined) ranAtMs[stage] = atMs
      return result
    }
  }
}
