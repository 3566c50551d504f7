import { SAMPLE_RATE, WINDOW_MS, WINDOW_SAMPLES } from './speech.ts'

/** Speech that makes one vector of a voice: 1.6 s, the length that speaker encoders are trained with. */
export const PIECE_SAMPLES = 25_600
/** The same in milliseconds. */
export const PIECE_MS = (PIECE_SAMPLES * 1000) / SAMPLE_RATE

/** A window at or above this is taken as speech of one voice; softer ones hold too much of the room. */
const VOICED_MIN = 0.5
/** After a pause of this length another person may be speaking. */
const PAUSE_MS = 600

/** Speech that does not fill a piece yet. */
export interface VoiceState {
  readonly samples: Float32Array
  /** Start of the first of them. */
  readonly sinceMs: number
  /** End of the last of them. */
  readonly untilMs: number
  /** A piece of the same stretch has been cut before. */
  readonly isContinued: boolean
}

/** Speech of 1.6 s without its pauses, of one stretch. */
export interface SpokenPiece {
  readonly samples: Float32Array
  readonly atMs: number
  readonly endMs: number
  /** It follows the piece before it without a pause in which another person could have begun to speak. */
  readonly isContinued: boolean
}

/**
 * Cuts the speech in windows that follow each other into pieces of 1.6 s; `probabilities` says how likely each window
 * is speech, `atMs` is the start of the first one. What is left when a pause comes is dropped: too short to tell voices
 * apart.
 */
export function cutVoice (
  samples: Float32Array,
  probabilities: Float32Array,
  atMs: number,
  before?: VoiceState
): { readonly pieces: readonly SpokenPiece[], readonly state: VoiceState | undefined } {
  const pieces: SpokenPiece[] = []
  let state = before
  for (let index = 0; index < probabilities.length; index++) {
    const windowMs = atMs + index * WINDOW_MS
    if (state !== undefined && windowMs - state.untilMs >= PAUSE_MS) state = undefined
    if (probabilities[index]! < VOICED_MIN) continue
    const window = samples.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES)
    const { samples: earlier, sinceMs, isContinued } =
      state ?? { samples: new Float32Array(0), sinceMs: windowMs, isContinued: false }
    const voiced = new Float32Array(earlier.length + window.length)
    voiced.set(earlier)
    voiced.set(window, earlier.length)
    const untilMs = windowMs + WINDOW_MS
    if (voiced.length < PIECE_SAMPLES) {
      state = { samples: voiced, sinceMs, untilMs, isContinued }
      continue
    }
    pieces.push({ samples: voiced, atMs: sinceMs, endMs: untilMs, isContinued })
    state = { samples: new Float32Array(0), sinceMs: untilMs, untilMs, isContinued: true }
  }
  return { pieces, state }
}
