import { SAMPLE_RATE } from '../../detection/audio/speech.ts'
import { gaussian, type Random } from './random.ts'

/** The sound of one stretch from its beginning: mono, 16 kHz; `off` is digital silence. */
export type Sound = Float32Array | 'off'

/** Records a sound together with the noise of a quiet room. */
export interface Microphone {
  /** The samples from `fromMs` to `toMs` of a stretch with this sound. */
  record (sound: Sound | undefined, fromMs: number, toMs: number): Float32Array
}

/** Root mean square of a quiet room: −60 dBFS. */
const ROOM_LEVEL = 0.001
/** Ten seconds of noise; each recording starts at a random place in it. */
const NOISE_SAMPLES = 10 * SAMPLE_RATE

export function createMicrophone (random: Random): Microphone {
  const noise = Float32Array.from({ length: NOISE_SAMPLES }, () => gaussian(random) * ROOM_LEVEL)
  return {
    record (sound, fromMs, toMs) {
      const from = Math.round(fromMs * SAMPLE_RATE / 1000)
      const pcm = new Float32Array(Math.round(toMs * SAMPLE_RATE / 1000) - from)
      if (sound === 'off') return pcm
      const noiseAt = Math.floor(random() * NOISE_SAMPLES)
      return pcm.map((_, at) => noise[(noiseAt + at) % NOISE_SAMPLES]! + (sound?.[from + at] ?? 0))
    }
  }
}

/**
 * Repeats the sounds, each followed by a pause, until `seconds` are full. Multiplies each sample by `gain`.
 */
export function repeated (
  sounds: readonly Float32Array[],
  seconds: number,
  gain: number,
  pauseSeconds = 0.3
): Float32Array {
  const out = new Float32Array(Math.round(seconds * SAMPLE_RATE))
  let at = 0
  for (let next = 0; at < out.length; next = (next + 1) % sounds.length) {
    const sound = sounds[next]!.subarray(0, out.length - at)
    sound.forEach((value, index) => { out[at + index] = value * gain })
    at += sound.length + Math.round(pauseSeconds * SAMPLE_RATE)
  }
  return out
}
