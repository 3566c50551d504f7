import type { Model } from '../models/runtime.ts'

/** Samples a second that everything behind the decoder works in. */
export const SAMPLE_RATE = 16_000
/** Silero VAD takes 512 samples at 16 kHz at a time, 32 ms, with the 64 before them. */
export const WINDOW_SAMPLES = 512
export const WINDOW_MS = WINDOW_SAMPLES * 1000 / SAMPLE_RATE
const CONTEXT_SAMPLES = 64
const INPUT_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES
const STATE_DIMS = [2, 1, 128] as const

/** The model's memory of one stream. */
export interface SpeechState {
  /** [2, 1, 128], as the model gives it. */
  readonly memory: Float32Array
  /** The last 64 samples of the window before. */
  readonly context: Float32Array
}

export const INITIAL_SPEECH: SpeechState = { memory: new Float32Array(256), context: new Float32Array(CONTEXT_SAMPLES) }

/** How likely each window of the samples (whole windows) is speech, 0..1, and the state for the next ones. */
export async function detectSpeech (
  model: Model,
  samples: Float32Array,
  state: SpeechState
): Promise<{ probabilities: Float32Array, state: SpeechState }> {
  const windows = samples.length / WINDOW_SAMPLES
  const data = new Float32Array(windows * INPUT_SAMPLES)
  let context = state.context
  for (let index = 0; index < windows; index++) {
    const window = samples.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES)
    data.set(context, index * INPUT_SAMPLES)
    data.set(window, index * INPUT_SAMPLES + CONTEXT_SAMPLES)
    context = window.subarray(-CONTEXT_SAMPLES)
  }
  const { output, stateN } = await model.run({
    input: { data, dims: [windows, INPUT_SAMPLES] },
    state: { data: state.memory, dims: STATE_DIMS }
  })
  return { probabilities: output!.data, state: { memory: stateN!.data, context: context.slice() } }
}
