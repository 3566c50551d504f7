import { isDue } from './cadence.ts'

/** Everything that is timed. `quality` and `mesh` run on every frame, the others at their cadence. */
export type Stage = 'quality' | 'mesh' | PacedStage
export type PacedStage = 'faces' | 'upsideDown' | 'hands' | 'objects' | 'spoof' | 'identity'

/** When each paced stage last ran for a candidate. */
export type RanAtMs = Readonly<Partial<Record<PacedStage, number>>>
export type StagesMs = Readonly<Partial<Record<Stage, number>>>

/** One frame's way through the stages: which are due, and how long each took. */
export interface FrameStages {
  /** For a still every stage is due. */
  readonly still: boolean
  /** Runs the stage when its time has come. Work that gives undefined had nothing to look at: it stays due. */
  ifDue<T> (stage: PacedStage, everyMs: number, work: () => Promise<T | undefined>): Promise<T | undefined>
  /** Runs the stage now. */
  timed<T> (stage: Stage, work: () => T | Promise<T>): Promise<T>
  /** With what ran in this frame. */
  readonly ranAtMs: RanAtMs
  /** Milliseconds of each stage that ran. */
  readonly stagesMs: StagesMs
}

/**
 * Starts the turn of the frame of `atMs`, for a candidate whose stages ran at `before`; `now` is a steady clock in
 * milliseconds.
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
