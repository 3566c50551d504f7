import { setTimeout } from 'node:timers/promises'
import type { FoundIncident } from '../../db/index.ts'
import { createEars } from '../../detection/audio/ears.ts'
import { DetectionError } from '../../detection/errors.ts'
import { createJudgeState, judge, type JudgeInput } from '../../detection/events/judge.ts'
import type { Policy } from '../../detection/events/policy.ts'
import type { ProctorEvent } from '../../detection/types.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import { defined } from '../../lib/defined.ts'
import type { FilmPiece } from './film-messages.ts'

export interface ReplayOptions {
  readonly film: AsyncIterable<FilmPiece>
  readonly pool: Pick<Pool, 'analyze' | 'listen'>
  readonly policy: Policy
  /** The time of day of media time 0. */
  readonly startedAtMs: number
  readonly enrolled?: Float32Array | undefined
  /** Called for each frame; what it throws ends the replay. */
  readonly onProgress: (doneMs: number) => Promise<void>
}

/** A live session is told once a second that nothing came; a gap in the recording is judged the same way. */
const TICK_MS = 1000
const FOUND_MAX = 2000
/** Pause after the workers had no time. */
const BUSY_MS = 2000
/** Errors of a worker that ended are no fault of the frame; this many in a row are. */
const LOST_MAX = 3

/** Runs a recording through detectors and rules as a session, in the idle time of the workers. */
export async function replay (
  { film, pool, policy, startedAtMs, enrolled, onProgress }: ReplayOptions
): Promise<FoundIncident[]> {
  let state = createJudgeState()
  let lastMs: number | undefined
  let track: unknown
  const events: ProctorEvent[] = []
  const tell = (input: JudgeInput): void => {
    const judgement = judge(state, input, policy)
    state = judgement.state
    if (!('type' in input) || input.type !== 'sound') lastMs = input.atMs
    events.push(...judgement.events.filter(event => event.class === 'integrity'))
  }
  const ears = createEars(async job => await patiently(async () =>
    // A copy: the pool takes the memory of what it is given.
    await pool.listen({ ...job, pcm: job.pcm.slice(), isBackground: true })))
  for await (const piece of film) {
    const atMs = startedAtMs + piece.atMs
    if (piece.type === 'sound') {
      const sound = await ears.listen(piece.channels, atMs)
      if (sound !== undefined) tell({ type: 'sound', sound })
      continue
    }
    for (let tickMs = (lastMs ?? atMs) + TICK_MS; tickMs < atMs; tickMs += TICK_MS) tell({ type: 'no-frames', atMs: tickMs })
    const { observation, state: next } = await patiently(async () => await pool.analyze({
      bytes: piece.bytes, keepBytes: true, atMs, state: track, isBackground: true, ...defined({ enrolled })
    }))
    track = next
    tell(observation)
    await onProgress(piece.atMs)
  }
  if (lastMs !== undefined) tell({ type: 'close', atMs: lastMs })
  return incidentsOf(events).slice(0, FOUND_MAX)
}

/** Tries again while the workers are busy with running exams, or one was lost. */
async function patiently<T> (work: () => Promise<T>): Promise<T> {
  for (let lost = 0; ;) {
    try {
      return await work()
    } catch (error) {
      const code = error instanceof DetectionError ? error.code : undefined
      if (code === 'INVIGIL_ERR_WORKER_LOST') lost++
      else if (code !== 'INVIGIL_ERR_OVERLOADED') throw error
      if (lost >= LOST_MAX) throw error
      await setTimeout(BUSY_MS)
    }
  }
}

function incidentsOf (events: readonly ProctorEvent[]): FoundIncident[] {
  const ends = new Map(events.flatMap(({ phase, incident, atMs }) => (phase === 'end' ? [[incident, atMs] as const] : [])))
  return events
    .filter(({ phase }) => phase !== 'end')
    .map(({ kind, atMs, incident }) => ({ kind, atMs, endedAtMs: ends.get(incident) ?? null }))
    .sort((a, b) => a.atMs - b.atMs)
}
