import type { Model } from '../models/runtime.ts'

/** Samples a second that everything behind the decoder works in. */
export const SAMPLE_RATE = 16_000
/** Silero VAD takes 512 samples at 16 kHz at a time, 32 ms, with the 64 before them. */
export const WINDOW_SAMPLES = 512
export const WINDOW_MS = WINDOW_SAMPLES * 1000 / SAMPLE_RATE
const CONTEXT_SAMPLES = 64
const STATE_DIMS = [2, 1, 128] as const

/** The model's memory of one stream. */
export interface SpeechState {
  /** [2, 1, 128], as the model gives it. */
  readonly memory: Float32Array
  /** The last 64 samples of the window before. */
  readonly context: Float32Array
}

export const INITIAL_SPEECH: SpeechState = { memory: new Float32Array(256), context: new Float32Array(CONTEXT_SAMPLES) }

/** How likely the 512 samples are speech, 0..1, and the state for the next window. */
export async function hearWindow (model: Model, window: Float32Array, state: SpeechState): Promise<{ probability: number, state: SpeechState }> {
  const input = new Float32Array(CONTEXT_SAMPLES + WINDOW_SAMPLES)
  input.set(state.context)
  input.set(window, CONTEXT_SAMPLES)
  const { output, stateN } = await model.run({
    input: { data: input, dims: [1, input.length] },
    state: { data: state.memory, dims: STATE_DIMS },
    sr: { data: Float32Array.of(SAMPLE_RATE), dims: [] }
  })
  return { probability: output!.data[0]!, state: { memory: stateN!.data, context: input.slice(-CONTEXT_SAMPLES) } }
}
