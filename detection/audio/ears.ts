import { defined } from '../../lib/defined.ts'
import type { SoundObservation } from '../types.ts'
import type { Channels } from './channels.ts'
import { meanDb } from './level.ts'
import { SPEECH_MIN, type Heard } from './listen.ts'

/** Listens to one piece of a stream; `state` is what the last call returned. */
export type Listener = (job: {
  readonly pcm: Float32Array
  readonly atMs: number
  readonly state: unknown
}) => Promise<{ readonly observation?: Heard['observation'], readonly state: unknown }>

/** Listens to a stream of several channels, each by itself. */
export interface Ears {
  /** The observation of all channels together, or undefined when the piece did not fill a window. */
  listen (channels: Channels, atMs: number): Promise<SoundObservation | undefined>
}

/**
 * A piece may have one channel where the one before had more, because they were alike: then all states are that one's.
 */
export function createEars (listener: Listener): Ears {
  let states: readonly unknown[] = []
  return {
    async listen (channels, atMs) {
      const heard = await Promise.all(
        channels.map(async (pcm, index) => await listener({ pcm, atMs, state: states[index] ?? states[0] }))
      )
      states = heard.map(({ state }) => state)
      const observations = heard.flatMap(({ observation }) => observation === undefined ? [] : [observation])
      return observations.length === 0 ? undefined : observations.reduce(loudestOf)
    }
  }
}

/** Of two channels in each window the more speech-like probability, and the higher level. */
function loudestOf (a: SoundObservation, b: SoundObservation): SoundObservation {
  const speech = a.speech.map((probability, index) => Math.max(probability, b.speech[index]!))
  const levelsDb = a.levelsDb.map((level, index) => Math.max(level, b.levelsDb[index]!))
  const floors = [a, b].flatMap(({ noiseFloorDb }) => noiseFloorDb === undefined ? [] : [noiseFloorDb])
  return {
    atMs: a.atMs,
    durationMs: a.durationMs,
    speech,
    levelsDb,
    speechMax: Math.max(a.speechMax, b.speechMax),
    speechRatio: speech.filter(probability => probability >= SPEECH_MIN).length / speech.length,
    levelDb: meanDb(levelsDb),
    peakDb: Math.max(a.peakDb, b.peakDb),
    ...(floors.length > 0 && { noiseFloorDb: Math.max(...floors) }),
    // Both channels hear the same people: the louder one hears them better.
    ...defined({ voices: (a.levelDb >= b.levelDb ? a : b).voices })
  }
}
