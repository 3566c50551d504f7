import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../detection/events/policy.ts'
import { RULES } from '../../detection/events/rules.ts'
import { createPool } from '../../detection/pool.ts'
import type { ProctorEvent } from '../../detection/types.ts'
import { sampleVideo } from '../../detection/video/sample.ts'
import { loadConfig } from '../config.ts'
import { encodeLossless } from './lossless.ts'
import { createProgress, writeLine } from './output.ts'
import { openSoundTrack, type SoundTrack } from './sound-track.ts'

/** A live session is told once a second that nothing came; a gap in the video is judged the same way. */
const TICK_MS = 1000

/**
 * Plays a video as the camera of a session and prints each event as one JSON line.
 *
 * `atMs` counts from the beginning of the video. Frames go through the pool with the session's own cadence and state, so the
 * events are those of a live session that sent `fps` frames a second. Throws DetectionError for a video that cannot be
 * read, after the events of the part that can.
 */
export async function events (video: string, { fps }: { readonly fps: number }): Promise<void> {
  const config = loadConfig(process.env)
  // Each frame needs the state that the one before it left: a second worker would have nothing to do.
  const pool = createPool({ modelsDir: config.modelsDir, objectModel: config.objectModel, workers: 1 })
  const progress = createProgress()
  const session = createSession()
  let track: SoundTrack | undefined
  try {
    session.know((await pool.ready).versions)
    track = await openSoundTrack(video, pool)
    let state: unknown
    for await (const { image, atMs } of sampleVideo(video, { fps })) {
      for await (const sound of track.until(atMs)) await session.hear({ type: 'sound', sound })
      await session.tickUntil(atMs)
      const analysis = await pool.analyze({ bytes: await encodeLossless(image), atMs, state })
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

/** The judge's state and the newest time, and the printing of what it says. */
function createSession () {
  let state: JudgeState = createJudgeState()
  let lastMs: number | undefined
  async function hear (input: JudgeInput): Promise<void> {
    const judgement = judge(state, input, DEFAULT_POLICY)
    state = judgement.state
    if (!('type' in input) || input.type !== 'sound') lastMs = input.atMs
    for (const event of judgement.events) await writeLine(eventLine(event))
  }
  return {
    hear,
    /** Events name the versions of the models they rest on. */
    know (models: Readonly<Record<string, string>>): void {
      state = { ...state, models }
    },
    async tickUntil (atMs: number): Promise<void> {
      while (lastMs !== undefined && atMs - lastMs > TICK_MS) await hear({ type: 'no-frames', atMs: lastMs + TICK_MS })
    },
    async close (): Promise<void> {
      if (lastMs !== undefined) await hear({ type: 'close', atMs: lastMs })
    }
  }
}

function eventLine ({ kind, ...event }: ProctorEvent) {
  return { kind, event: RULES[kind].says, ...event }
}
