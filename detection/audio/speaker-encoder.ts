import type { Model } from '../models/runtime.ts'
import { MEL_BANDS, MEL_HOP, MEL_WINDOW } from './mel-graph.ts'
import { PIECE_SAMPLES } from './voice-pieces.ts'

/** The nets that turn a stretch of speech into a vector of the voice. */
export interface SpeakerModels {
  /** `samples` [1, 1, samples] to `mel` [1, columns, 40]. */
  readonly mel: Model
  /** `mel` [pieces, 160, 40] to unit vectors [pieces, 256]. */
  readonly encoder: Model
}

/** Columns of one piece. Pieces overlap by half. */
const PIECE_COLUMNS = PIECE_SAMPLES / MEL_HOP
const PIECE_STEP = PIECE_COLUMNS / 2

/**
 * Speech is brought to this level (mean square, −25 dBFS): the spectrogram has no logarithm, so the vector depends on
 * the level, and people lean back. Encoders are trained with speech of −30 dBFS and more.
 */
const POWER = 10 ** (-25 / 10)

/**
 * The unit vector (256 numbers) of the voice in speech without pauses: mono, 16 kHz, at least `PIECE_SAMPLES` samples.
 * The mean of the vectors of all its pieces.
 */
export async function encodeSpeaker ({ mel, encoder }: SpeakerModels, speech: Float32Array): Promise<Float32Array> {
  const margin = MEL_WINDOW / 2
  const samples = new Float32Array(speech.length + 2 * margin)
  samples.set(leveled(speech), margin)
  const { mel: spectrogram } = await mel.run({ samples: { data: samples, dims: [1, 1, samples.length] } })
  const columns = spectrogram!.dims[1]!
  const starts: number[] = []
  for (let start = 0; start + PIECE_COLUMNS <= columns; start += PIECE_STEP) starts.push(start)
  const size = PIECE_COLUMNS * MEL_BANDS
  const data = new Float32Array(starts.length * size)
  for (const [index, start] of starts.entries()) {
    data.set(spectrogram!.data.subarray(start * MEL_BANDS, start * MEL_BANDS + size), index * size)
  }
  const answer = await encoder.run({
    [encoder.inputs[0]!.name]: { data, dims: [starts.length, PIECE_COLUMNS, MEL_BANDS] }
  })
  return meanVector(answer[encoder.outputs[0]!]!.data, starts.length)
}

function leveled (speech: Float32Array): Float32Array {
  const power = speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length
  const gain = Math.sqrt(POWER / Math.max(power, 1e-12))
  return speech.map(sample => sample * gain)
}

/** The mean of `count` vectors that follow each other, at length 1. */
function meanVector (vectors: Float32Array, count: number): Float32Array {
  const length = vectors.length / count
  const mean = new Float32Array(length)
  vectors.forEach((value, index) => { mean[index % length]! += value })
  const norm = Math.hypot(...mean)
  return mean.map(value => value / norm)
}
