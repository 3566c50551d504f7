import type { Baseline } from './baseline.ts'
import type { Hidden } from './hidden.ts'
import type { TimedLook } from './object-evidence.ts'
import type { Loop } from '../liveness/loop.ts'
import type { Still } from '../liveness/still.ts'
import type { FaceObservation, Observation, SoundObservation } from '../types.ts'
import { isCutOff, isDark } from './visibility.ts'

/** What the movement rules remember of one frame's largest face. */
export interface FaceSample {
  readonly atMs: number
  readonly mouthOpening: number
  readonly gazeHorizontal: number
}

/** The input of a frame rule: this frame, and the needed values of earlier ones. */
export interface View {
  readonly observation: Observation
  /** The faces that count, the candidate's among them. */
  readonly people: readonly FaceObservation[]
  /** Faces that are only pictures on the wall, while the candidate's is not there. */
  readonly pictures?: number
  /** Newest last, this frame included when it shows a face. */
  readonly history: readonly FaceSample[]
  /** The last looks of the object detectors, newest last; those of this frame included. */
  readonly looks: readonly TimedLook[]
  /** For how long the picture has shown nothing at all; absent while it shows something. */
  readonly blindMs?: number
  /** The picture has stood still for so long that what it shows is old. */
  readonly isFrozen: boolean
  /** What is usual for this candidate; absent while it is not known. */
  readonly baseline?: Baseline
  /** The candidate's usual distance to the enrolled face; absent while it is not known. */
  readonly usualDistance?: number
  /** Since when the head has been turned aside without a break. */
  readonly turnedSinceMs?: number
  /** What lay before parts of the candidate's face, and when. */
  readonly hidden?: Hidden
  /** The last seconds of sound; absent where there is none. */
  readonly sounds?: readonly SoundObservation[]
  /** The candidate was asked to look somewhere. */
  readonly isCalibrating?: boolean
  /** The frames are a recording that starts again. */
  readonly loop?: Loop
  /** Nothing has moved in the picture for a while, whatever noise or an encoder adds. */
  readonly still?: Still
  readonly life?: Life
}

/** What earlier frames have shown of the candidate's liveness. */
export interface Life {
  /** What the anti-spoof nets gave in the first minute; absent before it is over. */
  readonly usualScore?: number
  /** `liveness_unsure` is open. */
  readonly isUnsure: boolean
  /** `spoof_suspected` is open. */
  readonly isSuspected: boolean
  /** Since when the features of the face have not moved apart from its head. */
  readonly rigidSinceMs?: number
}

/** The movement rules look back this far. */
const HISTORY_MS = 4000
/** Four seconds at five frames a second, and a little. */
const HISTORY_MAX = 24

/** The history after this frame. */
export function remember (history: readonly FaceSample[], observation: Observation): readonly FaceSample[] {
  const { faces, atMs } = observation
  const recent = history.filter(sample => atMs - sample.atMs <= HISTORY_MS)
  const face = faces[0]
  if (face === undefined || isDark(observation) || isCutOff(face, observation)) return recent
  const sample = { atMs, mouthOpening: face.mouthOpening, gazeHorizontal: face.gaze.horizontal }
  return [...recent, sample].slice(-HISTORY_MAX)
}

export function spanOf (history: readonly FaceSample[]): number {
  return (history.at(-1)?.atMs ?? 0) - (history[0]?.atMs ?? 0)
}

/**
 * The faces that are surely ones and not much smaller than the candidate's: the others are posters, pictures on a
 * shelf, people far away.
 */
export function peopleOf (
  { faces }: Observation,
  limits: Readonly<Record<string, number>>
): readonly FaceObservation[] {
  const heightMin = (faces[0]?.box.height ?? 0) * (limits['heightShareMin'] ?? 0)
  return faces.filter(face => face.box.height >= heightMin && face.score >= (limits['scoreMin'] ?? 0))
}

/**
 * How often a value went up or down by at least `amplitude` before it turned: 0, 0.2, 0, 0.2 has three swings.
 * Trembling below the amplitude counts for nothing.
 */
export function countSwings (values: readonly number[], amplitude: number): number {
  let swings = 0
  let direction: 'unknown' | 'up' | 'down' = 'unknown'
  let low = values[0] ?? 0
  let high = low
  for (const value of values) {
    if (direction !== 'up') {
      low = Math.min(low, value)
      if (value - low >= amplitude) {
        swings++
        direction = 'up'
        high = value
        continue
      }
    }
    if (direction !== 'down') {
      high = Math.max(high, value)
      if (high - value >= amplitude) {
        swings++
        direction = 'down'
        low = value
      }
    }
  }
  return swings
}
