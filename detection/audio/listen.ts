import { defined } from '../../lib/defined.ts'
import type { Model } from '../models/runtime.ts'
import type { SoundObservation, VoicePiece } from '../types.ts'
import { followFloor, levelDb, meanDb, peakDb } from './level.ts'
import { encodeSpeaker, type SpeakerModels } from './speaker-encoder.ts'
import { detectSpeech, INITIAL_SPEECH, SAMPLE_RATE, WINDOW_MS, WINDOW_SAMPLES, type SpeechState } from './speech.ts'
import { cutVoice, type VoiceState } from './voice-pieces.ts'

export interface ListenModels {
  /** Silero VAD. */
  readonly speech: Model
  /** Absent where the operator brought no speaker encoder: voices are not told apart. */
  readonly speaker?: SpeakerModels | undefined
}

/** What a stream's last piece leaves for the next one: plain data that travels with the pieces. */
export interface ListenState {
  /** Samples that did not fill a window. */
  readonly leftover: Float32Array
  /** When the next sample to come was captured, if nothing is missing; absent before the first. */
  readonly nextMs?: number
  readonly speech: SpeechState
  readonly noiseFloorDb?: number
  /** Speech that has not filled a piece of a voice yet. */
  readonly voice?: VoiceState
}

export interface Heard {
  /** Absent when the piece did not fill a window. */
  readonly observation?: SoundObservation
  readonly state: ListenState
}

export const INITIAL_LISTEN: ListenState = { leftover: new Float32Array(0), speech: INITIAL_SPEECH }

/** Clients stamp their pieces when they get round to it: this much more or less is no gap. */
const GAP_MS = 1000
/**
 * The stream's own time (its number of samples) follows the stamps by this share of the difference, so that jitter is
 * levelled.
 */
const FOLLOW_SHARE = 0.1
/** A window at or above this is rather speech than not, in the customary use of the model. */
export const SPEECH_MIN = 0.5

/**
 * Listens to a piece of a stream: mono, 16 kHz, −1 to 1, first sample captured at `atMs`.
 *
 * Pieces of any length give the same windows as the whole stream at once. After a gap the model starts again from its
 * initial state: what was before and what comes after were never one sound.
 */
export async function listen (
  { speech: model, speaker }: ListenModels,
  pcm: Float32Array,
  atMs: number,
  before: ListenState = INITIAL_LISTEN
): Promise<Heard> {
  const { state, startMs } = joined(before, atMs)
  const samples = new Float32Array(state.leftover.length + pcm.length)
  samples.set(state.leftover)
  samples.set(pcm, state.leftover.length)
  const windows = Math.floor(samples.length / WINDOW_SAMPLES)
  const heard =
    windows === 0 ? undefined : await detectSpeech(model, samples.subarray(0, windows * WINDOW_SAMPLES), state.speech)
  const speech = heard?.probabilities ?? new Float32Array(0)
  const levelsDb = new Float32Array(windows)
  let noiseFloorDb = state.noiseFloorDb
  for (let index = 0; index < windows; index++) {
    levelsDb[index] = levelDb(samples.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES))
    noiseFloorDb = followFloor(noiseFloorDb, levelsDb[index]!)
  }
  const used = windows * WINDOW_SAMPLES
  const { voices, voice } =
    speaker === undefined ? {} : await tellVoices(speaker, samples, speech, startMs, state.voice)
  const floor = defined({ noiseFloorDb })
  const after: ListenState = {
    leftover: samples.slice(used),
    nextMs: startMs + samples.length * 1000 / SAMPLE_RATE,
    speech: heard?.state ?? state.speech,
    ...floor,
    ...defined({ voice })
  }
  if (windows === 0) return { state: after }
  return {
    observation: {
      atMs: startMs,
      durationMs: windows * WINDOW_MS,
      speech,
      levelsDb,
      speechMax: speech.reduce((most, probability) => Math.max(most, probability), 0),
      speechRatio: speech.filter(probability => probability >= SPEECH_MIN).length / windows,
      levelDb: meanDb(levelsDb),
      peakDb: peakDb(samples.subarray(0, used)),
      ...floor,
      ...defined({ voices })
    },
    state: after
  }
}

/** The vectors of the voices in the speech of these windows, and what is left for the next ones. */
async function tellVoices (
  models: SpeakerModels,
  samples: Float32Array,
  speech: Float32Array,
  atMs: number,
  before: VoiceState | undefined
): Promise<{ readonly voices?: readonly VoicePiece[], readonly voice?: VoiceState | undefined }> {
  const { pieces, state: voice } = cutVoice(samples, speech, atMs, before)
  if (pieces.length === 0) return { voice }
  const voices: VoicePiece[] = []
  for (const { samples: spoken, ...piece } of pieces) {
    voices.push({ ...piece, vector: await encodeSpeaker(models, spoken) })
  }
  return { voices, voice }
}

/** The state to go on with, and when the first of the samples left over and new was captured. */
function joined (state: ListenState, atMs: number): { readonly state: ListenState, readonly startMs: number } {
  if (state.nextMs === undefined) return { state, startMs: atMs }
  const lateMs = atMs - state.nextMs
  if (Math.abs(lateMs) > GAP_MS) {
    const { noiseFloorDb } = state
    return { state: { ...INITIAL_LISTEN, ...defined({ noiseFloorDb }) }, startMs: atMs }
  }
  return { state, startMs: state.nextMs + lateMs * FOLLOW_SHARE - state.leftover.length * 1000 / SAMPLE_RATE }
}
