import { createJudgeState, judge, type JudgeInput } from '../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../detection/events/policy.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import type { Image, ProctorEvent } from '../../detection/types.ts'
import { vectorOfPictures } from '../../src/faces/enrol.ts'
import { createCamera, encodeJpeg } from './camera.ts'
import { incidentsOf, type Incident, type Truth } from './match.ts'
import { createMicrophone } from './microphone.ts'
import { createRandom } from './random.ts'
import type { Shot } from './shot.ts'

/** Two frames a second, as a candidate's page sends them by default. */
const FRAME_MS = 500
const TICK_MS = 1000

export type SessionSet = 'develop' | 'held out' | 'fresh' | 'seats' | 'new people' | 'kept aside'

export interface Script {
  readonly name: string
  /**
   * Rules were made with `develop`; `held out` has other people; `fresh` was made after rules had been changed for
   * `held out`; `seats` has sound and people who change places; `new people` and `kept aside` are the people of another
   * folder, the latter those to whom no rule was tuned.
   */
  readonly set: SessionSet
  readonly seed: number
  /** Milliseconds between two frames; 500 by default. */
  readonly frameMs?: number
  /** The enrolled picture of the account. The person in front of the camera is compared with it. */
  readonly enrolment?: Image
  readonly shots: readonly Shot[]
}

export interface Played {
  readonly events: readonly ProctorEvent[]
  readonly incidents: readonly Incident[]
  readonly truths: readonly Truth[]
  readonly durationMs: number
  readonly frames: number
}

/** The true incidents of a script, with times from the beginning of the session. */
export function truthsOf (shots: readonly Shot[]): Truth[] {
  const truths: Truth[] = []
  let startMs = 0
  for (const { what, seconds, must = [], may = [], during = [0, seconds] } of shots) {
    const stretch = { startMs: startMs + during[0] * 1000, endMs: startMs + during[1] * 1000, what }
    for (const kind of must) truths.push({ kind, expect: 'must', ...stretch })
    for (const kind of may) truths.push({ kind, expect: 'may', ...stretch })
    startMs += seconds * 1000
  }
  return truths
}

/** Sends a script through the pool frame by frame, with the session's tracking state, and judges the observations. */
export async function play (
  { seed, shots, frameMs = FRAME_MS, enrolment }: Script,
  pool: Pool,
  policy: Policy = DEFAULT_POLICY
): Promise<Played> {
  const { versions } = await pool.ready
  const enrolled =
    enrolment === undefined ? {} : { enrolled: await vectorOfPictures(pool, [await encodeJpeg(enrolment)]) }
  const camera = createCamera(createRandom(seed))
  const microphone = shots.some(({ sound }) => sound !== undefined) ? createMicrophone(createRandom(seed)) : undefined
  const events: ProctorEvent[] = []
  const raisedMs: number[] = []
  let state = createJudgeState(0, versions)
  let track: unknown
  let soundState: unknown
  let frames = 0
  const playSound = (input: JudgeInput, atMs: number): void => {
    const judgement = judge(state, input, policy)
    state = judgement.state
    for (const event of judgement.events) {
      events.push(event)
      raisedMs.push(atMs)
    }
  }
  let startMs = 0
  for (const { seconds, scene, sound, isFrozen, begins, ends } of shots) {
    const untilMs = startMs + seconds * 1000
    if (begins !== undefined) playSound(begins(startMs), startMs)
    let frozen: Uint8Array | undefined
    for (let atMs = startMs; atMs < untilMs; atMs += frameMs) {
      if (scene === undefined) {
        if ((atMs - startMs) % TICK_MS === 0) playSound({ type: 'no-frames', atMs }, atMs)
        continue
      }
      const bytes = frozen ?? await camera.shoot(scene(atMs - startMs), atMs)
      if (isFrozen === true) frozen = bytes
      const analysis = await pool.analyze({ bytes, atMs, state: track, ...enrolled, keepBytes: isFrozen === true })
      track = analysis.state
      frames++
      playSound(analysis.observation, atMs)
      if (microphone === undefined) continue
      const listened = await pool.listen({
        pcm: microphone.record(sound, atMs - startMs, atMs - startMs + frameMs),
        atMs,
        state: soundState
      })
      soundState = listened.state
      if (listened.observation !== undefined) playSound({ type: 'sound', sound: listened.observation }, atMs + frameMs)
    }
    if (ends !== undefined) playSound(ends(untilMs), untilMs)
    startMs = untilMs
  }
  playSound({ type: 'close', atMs: startMs }, startMs)
  return {
    events,
    incidents: incidentsOf(events, raisedMs, startMs),
    truths: truthsOf(shots),
    durationMs: startMs,
    frames
  }
}
