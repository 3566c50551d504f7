import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { RULES } from '../../../detection/events/rules.ts'
import type { ProctorEvent } from '../../../detection/types.ts'
import { LIVE_PIXELS_MAX } from '../../../detection/image/format.ts'
import { encodeLossless } from '../../../detection/image/lossless.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'
import { loadConfig } from '../../config.ts'
import { createProgress } from '../output.ts'
import { createDoubts, type Doubt } from './object-doubts.ts'
import { createPatientPool } from './patient-pool.ts'
import { createRuleDoubts, picturesIn } from './rule-doubts.ts'
import { openSoundTrack, type SoundTrack } from './sound-track.ts'
import type { Emit } from './emit.ts'

export interface EventsInput {
  readonly video: string
  readonly fps: number
  /** Also give what rules saw and did not report, and why not. */
  readonly explain?: boolean
}

export type EventLine = ReturnType<typeof eventLine> | Doubt

/** A live session is told once a second that nothing came; a gap in the video is judged the same way. */
const TICK_MS = 1000

/**
 * Plays a video as the camera of a session and gives its events.
 *
 * `atMs` counts from the beginning of the video. Frames go through the pool with the session's own cadence and state,
 * so the events are those of a live session that sent `fps` frames a second. Throws DetectionError for a video that
 * cannot be read, after the events of the part that can.
 */
export async function run ({ video, fps, explain = false }: EventsInput, emit: Emit<EventLine>): Promise<void> {
  // Each frame needs the state that the one before it left: a second worker would have nothing to do.
  const { pool, info } = await createPatientPool(loadConfig(process.env), 1)
  const progress = createProgress()
  const session = createSession(info.versions, emit, explain)
  let track: SoundTrack | undefined
  try {
    track = await openSoundTrack(video, pool)
    let state: unknown
    for await (const { image, atMs } of sampleVideo(video, { fps })) {
      for await (const sound of track.until(atMs)) await session.hear({ type: 'sound', sound })
      await session.tickUntil(atMs)
      const analysis = await pool.analyze({ bytes: await encodeLossless(image, LIVE_PIXELS_MAX), atMs, state })
      state = analysis.state
      await session.hear(analysis.observation)
      progress.show(`${(atMs / 1000).toFixed(1)} s`)
    }
  } finally {
    progress.end()
    await track?.close()
    await session.close()
    await pool.close()
  }
}

/** The judge's state and the newest time. Events name the versions of the models they rest on. */
function createSession (models: Readonly<Record<string, string>>, emit: Emit<EventLine>, explain: boolean) {
  const doubts = explain ? createDoubts() : undefined
  const ruleDoubts = createRuleDoubts()
  let state: JudgeState = { ...createJudgeState(), models }
  let lastMs: number | undefined
  async function judgeSound (input: JudgeInput): Promise<void> {
    const before = state
    const judgement = judge(state, input, DEFAULT_POLICY)
    state = judgement.state
    if (!('type' in input) || input.type !== 'sound') lastMs = input.atMs
    for (const event of judgement.events) await emit(eventLine(event))
    if (doubts === undefined) return
    if (!('type' in input)) for (const doubt of doubts.after(state, input)) await emit(doubt)
    for (const doubt of ruleDoubts(before, state, lastMs ?? 0)) await emit(doubt)
  }
  return {
    hear: judgeSound,
    async tickUntil (atMs: number): Promise<void> {
      while (lastMs !== undefined && atMs - lastMs > TICK_MS) await judgeSound({ type: 'no-frames', atMs: lastMs + TICK_MS })
    },
    async close (): Promise<void> {
      if (explain) for (const doubt of picturesIn(state, lastMs ?? 0)) await emit(doubt)
      if (lastMs !== undefined) await judgeSound({ type: 'close', atMs: lastMs })
      for (const doubt of doubts?.close() ?? []) await emit(doubt)
    }
  }
}

function eventLine ({ kind, ...event }: ProctorEvent) {
  return { kind, event: RULES[kind].says, ...event }
}
