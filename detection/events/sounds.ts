import { defined } from '../../lib/defined.ts'
import type { SoundObservation } from '../types.ts'
import { WINDOW_MS } from '../audio/speech.ts'
import { PIECE_MS } from '../audio/voice-pieces.ts'
import { limit, type Limits, type Reading } from './signal.ts'
import { similarity, turnsBetween, type Voice, type VoiceMemory } from './voices.ts'
import type { FaceSample } from './rule-input.ts'

/** The input of a sound rule. */
export interface SoundView {
  /** The last seconds without a gap, oldest first, the newest piece last. */
  readonly sounds: readonly SoundObservation[]
  /** What the frames of the last seconds showed of the largest face. */
  readonly faces: readonly FaceSample[]
  /** The picture has stood still for so long that what it shows is old. */
  readonly isFrozen: boolean
  /** `background_voice` is open. */
  readonly isBackground: boolean
  /** Absent until a first piece of a voice was told, and without a speaker encoder. */
  readonly voices?: VoiceMemory | undefined
}

export type SoundSignal = (view: SoundView, rule: Limits) => Reading

/** Rules of sound look back this far at most. */
const SOUND_HISTORY_MS = 6000
/** After missing sound of this length the earlier sounds are dropped. */
const GAP_MS = 1000
/** Silence of a microphone that is off: below the last bit of 16-bit sound. */
const DIGITAL_SILENCE_DB = -90
/** The lips of a frame may belong to a sound heard this much earlier or later. */
const LIPS_MS = 300

/** The pieces to remember after one more. */
export function rememberSound (
  heard: readonly SoundObservation[],
  next: SoundObservation
): readonly SoundObservation[] {
  const last = heard.at(-1)
  if (last === undefined || Math.abs(next.atMs - endOf(last)) > GAP_MS) return [next]
  return [...heard, next].filter(piece => endOf(piece) > endOf(next) - SOUND_HISTORY_MS)
}

export function endOf ({ atMs, durationMs }: SoundObservation): number {
  return atMs + durationMs
}

/** Whether not even a microphone's own noise is in it. */
export function isDigitalSilence ({ levelsDb }: SoundObservation): boolean {
  return levelsDb.every(level => level <= DIGITAL_SILENCE_DB)
}

/** A sound that a rule looks for, within the last seconds. */
interface Found {
  /** How long within that time, all together. */
  readonly ms: number
  readonly firstMs: number
  /** Its end may lie before that time. */
  readonly lastMs: number
}

/** The windows of the last `withinMs` for which `matches` holds. */
function find (
  heard: readonly SoundObservation[],
  withinMs: number,
  matches: (piece: SoundObservation, index: number) => boolean
): Found | undefined {
  const last = heard.at(-1)
  if (last === undefined) return undefined
  const fromMs = endOf(last) - withinMs
  let ms = 0
  let firstMs: number | undefined
  let lastMs: number | undefined
  for (const piece of heard) {
    for (let index = 0; index < piece.speech.length; index++) {
      const atMs = piece.atMs + index * WINDOW_MS
      if (!matches(piece, index)) continue
      lastMs = atMs + WINDOW_MS
      if (atMs < fromMs) continue
      ms += WINDOW_MS
      firstMs ??= atMs
    }
  }
  return lastMs === undefined ? undefined : { ms, firstMs: firstMs ?? lastMs, lastMs }
}

/** How long speech is heard between two times. */
export function speechMsIn (
  sounds: readonly SoundObservation[],
  fromMs: number,
  untilMs: number,
  speechMin: number
): number {
  let windows = 0
  for (const { atMs, speech } of sounds) {
    speech.forEach((probability, index) => {
      const startMs = atMs + index * WINDOW_MS
      if (probability >= speechMin && startMs >= fromMs && startMs < untilMs) windows++
    })
  }
  return windows * WINDOW_MS
}

function findSpeech (view: SoundView, rule: Limits): Found | undefined {
  const speechMin = limit(rule, 'speechMin')
  return find(view.sounds, limit(rule, 'withinMs'), ({ speech }, index) => speech[index]! >= speechMin)
}

/**
 * What the visible lips did during the speech: `move` when their opening varied as in speech, `rest` when it stayed
 * the same, `unknown` when there was no face, too few frames, or something in between.
 */
function lipsDuring (
  view: SoundView,
  { firstMs, lastMs }: Found,
  rule: Limits
): { readonly lips: 'move' | 'rest' | 'unknown', readonly lipFrames: number, readonly lipRange?: number } {
  const openings = view.faces
    .filter(({ atMs }) => atMs >= firstMs - LIPS_MS && atMs <= lastMs + LIPS_MS)
    .map(face => face.mouthOpening)
  const lipFrames = openings.length
  if (view.isFrozen || lipFrames < limit(rule, 'lipFramesMin')) return { lips: 'unknown', lipFrames }
  const lipRange = Math.max(...openings) - Math.min(...openings)
  if (lipRange <= limit(rule, 'lipRestMax')) return { lips: 'rest', lipFrames, lipRange }
  return { lips: lipRange >= limit(rule, 'lipMoveMin') ? 'move' : 'unknown', lipFrames, lipRange }
}

function measuredSpeech (view: SoundView, found: Found, rule: Limits): Readonly<Record<string, unknown>> {
  const piece = view.sounds.at(-1)!
  return {
    speechMs: found.ms,
    withinMs: limit(rule, 'withinMs'),
    probability: Math.max(...view.sounds.map(({ speechMax }) => speechMax)),
    levelDb: piece.levelDb,
    ...defined({ noiseFloorDb: piece.noiseFloorDb })
  }
}

/** Speech, unless the visible lips rest: then it is not the candidate's, and `background_voice` says so. */
export const voice: SoundSignal = (view, rule) => {
  const found = findSpeech(view, rule)
  if (found === undefined) return { score: 0, measured: {} }
  const lips = lipsDuring(view, found, rule)
  // Continuous speech is one voice, and it was not the candidate's while the lips could be judged.
  if (lips.lips === 'unknown' && view.isBackground) return 'hold'
  // A face is there but cannot be judged yet: a little later it can.
  const isUnsure = lips.lips === 'unknown' && lips.lipFrames > 0
  const score = lips.lips === 'rest' ? 0 : found.ms / limit(rule, isUnsure ? 'unsureSpeechMs' : 'speechMs')
  return { score, measured: { ...measuredSpeech(view, found, rule), ...lips }, sinceMs: sinceOf(score, found) }
}

/**
 * Speech while the visible lips rest. Where they cannot be judged, one that lasts is suspended while the speech goes
 * on.
 */
export const backgroundVoice: SoundSignal = (view, rule) => {
  const found = findSpeech(view, rule)
  if (found === undefined) return { score: 0, measured: {} }
  const lips = lipsDuring(view, found, rule)
  const speech = found.ms / limit(rule, 'speechMs')
  if (lips.lips === 'unknown' && speech >= 1) return 'hold'
  const score = lips.lips === 'rest' ? speech : 0
  return { score, measured: { ...measuredSpeech(view, found, rule), ...lips }, sinceMs: sinceOf(score, found) }
}

/**
 * What is far above the room's own noise, or near the microphone's limit, and no speech. One cough, click or slam is
 * too short.
 */
export const loudNoise: SoundSignal = (view, rule) => {
  const speechMin = limit(rule, 'speechMin')
  const aboveFloorDb = limit(rule, 'aboveFloorDb')
  const leastDb = limit(rule, 'leastDb')
  const alwaysDb = limit(rule, 'alwaysDb')
  const found = find(view.sounds, limit(rule, 'withinMs'), ({ speech, levelsDb, noiseFloorDb = 0 }, index) => {
    const level = levelsDb[index]!
    return (
      speech[index]! < speechMin && (level >= alwaysDb || (level >= leastDb && level >= noiseFloorDb + aboveFloorDb))
    )
  })
  if (found === undefined) return { score: 0, measured: {} }
  const { levelDb, peakDb, noiseFloorDb } = view.sounds.at(-1)!
  const score = found.ms / limit(rule, 'loudMs')
  return {
    score,
    measured: { loudMs: found.ms, levelDb, peakDb, ...defined({ noiseFloorDb }) },
    sinceMs: sinceOf(score, found)
  }
}

/**
 * A second voice in the session: it spoke for several seconds, in several stretches, and took turns with the first.
 * Another place before the microphone or a fan that starts changes the vector of one person's voice as well, but then
 * the voices do not take turns. The event lasts while the second voice was heard in the last `withinMs`.
 */
export const multipleVoices: SoundSignal = ({ sounds, voices: memory }, rule) => {
  const [first, ...others] = memory?.voices ?? []
  if (first === undefined) return { score: 0, measured: {} }
  const seconds = others.filter(
    ({ stretches, pieces }) =>
      pieces * PIECE_MS >= limit(rule, 'voiceMs') && stretches.length >= limit(rule, 'stretches')
  )
  const taking = seconds.filter(voice => turnsBetween(first, voice) >= limit(rule, 'turns'))
  const newest = newestOf(taking)
  if (newest === undefined) return { score: 0, measured: {} }
  const { atMs, endMs } = newest.stretches.at(-1)!
  const isRecent = endMs > endOf(sounds.at(-1)!) - limit(rule, 'withinMs')
  return {
    score: isRecent ? 1 : 0,
    sinceMs: isRecent ? atMs : endMs,
    measured: {
      voices: 1 + taking.length,
      firstVoiceMs: first.pieces * PIECE_MS,
      secondVoiceMs: newest.pieces * PIECE_MS,
      turns: turnsBetween(first, newest),
      similarity: similarity(first, newest)
    }
  }
}

/** The voice that spoke last. */
function newestOf (voices: readonly Voice[]): Voice | undefined {
  return voices.toSorted((a, b) => b.stretches.at(-1)!.atMs - a.stretches.at(-1)!.atMs)[0]
}

/** An event begins with its first sound and ends with its last. */
function sinceOf (score: number, { firstMs, lastMs }: Found): number {
  return score >= 1 ? firstMs : lastMs
}
