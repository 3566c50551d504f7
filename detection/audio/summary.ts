import type { SoundObservation } from '../types.ts'
import { joined } from './concat.ts'
import { createEars, type Listener } from './ears.ts'
import type { Channels } from './channels.ts'
import { meanDb, SILENCE_DB } from './level.ts'
import { segmentSpeech, type Segment } from './segments.ts'
import { SAMPLE_RATE, WINDOW_SAMPLES } from './speech.ts'

/** What a whole sound holds. */
export interface SoundSummary {
  readonly durationMs: number
  readonly speech: {
    /** Share of the time that lies in segments, 0..1. */
    readonly ratio: number
    readonly segments: readonly Segment[]
  }
  readonly levelDb: number
  readonly peakDb: number
  /** A tenth of the windows are quieter; digital silence left out, so absent where there is nothing else. */
  readonly noiseFloorDb?: number
}

/** Share of the windows that lie below the noise floor. */
const FLOOR_SHARE = 0.1

/** Listens to a sound from beginning to end, piece by piece as `decodeChannels` gives it. */
export async function analyzeSound (
  pieces: Iterable<Channels> | AsyncIterable<Channels>,
  listener: Listener
): Promise<SoundSummary> {
  const observations: SoundObservation[] = []
  const ears = createEars(listener)
  let samples = 0
  for await (const channels of pieces) {
    const atMs = samples * 1000 / SAMPLE_RATE
    samples += channels[0]!.length
    const observation = await ears.listen(channels.map(wholeWindows), atMs)
    if (observation !== undefined) observations.push(observation)
  }
  return summarizeSound(observations, samples * 1000 / SAMPLE_RATE)
}

/** All pieces but the last are whole windows anyway; silence fills the last one. */
function wholeWindows (pcm: Float32Array): Float32Array {
  const whole = Math.ceil(pcm.length / WINDOW_SAMPLES) * WINDOW_SAMPLES
  if (whole === pcm.length) return pcm
  const filled = new Float32Array(whole)
  filled.set(pcm)
  return filled
}

/**
 * One summary of observations that follow each other without a gap; `durationMs` cuts the silence that filled the last
 * window.
 */
export function summarizeSound (observations: readonly SoundObservation[], durationMs: number): SoundSummary {
  const levels = joined(observations.map(({ levelsDb }) => levelsDb))
  const segments = segmentSpeech(joined(observations.map(({ speech }) => speech)))
    .map(({ startMs, endMs }) => ({ startMs, endMs: Math.round(Math.min(endMs, durationMs)) }))
    .filter(({ startMs, endMs }) => endMs > startMs)
  const spokenMs = segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  const audible = levels.filter(level => level > SILENCE_DB).sort()
  return {
    durationMs: Math.round(durationMs),
    speech: { ratio: durationMs === 0 ? 0 : spokenMs / durationMs, segments },
    levelDb: meanDb(levels),
    peakDb: observations.reduce((most, { peakDb }) => Math.max(most, peakDb), SILENCE_DB),
    ...(audible.length > 0 && { noiseFloorDb: audible[Math.floor(audible.length * FLOOR_SHARE)]! })
  }
}
