import type { FaceObservation, Observation } from '../types.ts'
import { isCutOff, isDark } from './visibility.ts'

/**
 * What is usual for this candidate: how they look at their own screen, how open their eyes are when nothing happens,
 * and their light.
 *
 * People and cameras differ by more than a rule's limit: a camera beside the screen shifts the line of sight by 15
 * degrees, some eyes are open half as wide as others'.
 */
export interface Baseline {
  /** Of the line of sight, against the direction to the camera. */
  readonly sightYawDegrees: number
  readonly sightPitchDegrees: number
  readonly eyesYawDegrees: number
  readonly eyeOpening: number
  /** Mean luma of the picture, 0..1. */
  readonly brightness: number
  readonly frames: number
  /** How far the screen reaches from there to each side; known after a calibration. */
  readonly screen?: Readonly<Record<Side, number>>
}

export type Side = 'left' | 'right' | 'up' | 'down'

/** What the baseline needs of one frame. */
export interface BaselineSample {
  readonly atMs: number
  readonly yaw: number
  readonly pitch: number
  readonly eyesYaw: number
  readonly eyeOpening: number
  readonly brightness: number
}

/**
 * After this a first baseline serves; further frames refine it for a while, so that a look aside of some seconds is
 * outvoted.
 */
const LEARN_MS = 4500
const LEARN_FRAMES = 8
const REFINE_MS = 15_000
/** At most one sample in this time: bounds the state at high frame rates. */
const SAMPLE_MS = 350
/** A head turned further hides an eye. */
const HEAD_YAW_MAX = 35
/** A candidate who looks further aside is not working at the screen. */
const SIGHT_YAW_MAX = 25

/**
 * How far from straight ahead a baseline may lie. Cameras stand beside and above screens; beyond this somebody was
 * looking at something else while the baseline was learnt, and must not get a licence for it.
 */
export const YAW_MAX = 15
export const PITCH_MAX = 20
export const EYES_YAW_MAX = 8
/** Eyes that are hardly open while they work measure 0.13; less means that they were shut. */
export const EYE_OPENING_MIN = 0.12

/**
 * A frame's share in the baseline, by its largest face; undefined where it says nothing: no face, a head turned far,
 * the dark, a face that the picture's edge cuts.
 */
export function baselineSample (observation: Observation): BaselineSample | undefined {
  const { atMs, faces, quality } = observation
  const face = faces[0]
  if (face === undefined || Math.abs(face.yawDegrees) > HEAD_YAW_MAX) return undefined
  if (isDark(observation) || isCutOff(face, observation)) return undefined
  return {
    atMs,
    yaw: face.gaze.yawDegrees,
    pitch: face.gaze.pitchDegrees,
    eyesYaw: face.gaze.eyesYawDegrees,
    eyeOpening: face.eyeOpening,
    brightness: quality.brightness
  }
}

/** Whether the candidate looks more or less ahead in this sample; other samples are not learnt. */
export function isAtWork ({ yaw }: BaselineSample): boolean {
  return Math.abs(yaw) <= SIGHT_YAW_MAX
}

/** The samples after one more; the same when it came too soon. */
export function learn (samples: readonly BaselineSample[], next: BaselineSample): readonly BaselineSample[] {
  const last = samples.at(-1)
  return last !== undefined && next.atMs - last.atMs < SAMPLE_MS ? samples : [...samples, next]
}

/** Whether the samples span enough time that no more are needed. */
export function isLearnt (samples: readonly BaselineSample[]): boolean {
  return samples.length >= LEARN_FRAMES && spanOf(samples) >= REFINE_MS
}

/** The baseline, once the samples span some seconds; undefined before. */
export function baselineOf (samples: readonly BaselineSample[]): Baseline | undefined {
  if (samples.length < LEARN_FRAMES || spanOf(samples) < LEARN_MS) return undefined
  return {
    sightYawDegrees: within(middle(samples.map(({ yaw }) => yaw)), YAW_MAX),
    sightPitchDegrees: within(middle(samples.map(({ pitch }) => pitch)), PITCH_MAX),
    eyesYawDegrees: within(middle(samples.map(({ eyesYaw }) => eyesYaw)), EYES_YAW_MAX),
    eyeOpening: Math.max(EYE_OPENING_MIN, middle(samples.map(({ eyeOpening }) => eyeOpening))),
    brightness: middle(samples.map(({ brightness }) => brightness)),
    frames: samples.length
  }
}

/**
 * The line of sight relative to the candidate's usual one: degrees to the picture's right and up, and the eyes' own
 * part of it.
 */
export function fromUsual (
  { gaze }: FaceObservation,
  baseline: Baseline | undefined
): { yaw: number, pitch: number, eyesYaw: number } {
  return {
    yaw: gaze.yawDegrees - (baseline?.sightYawDegrees ?? 0),
    pitch: gaze.pitchDegrees - (baseline?.sightPitchDegrees ?? 0),
    eyesYaw: gaze.eyesYawDegrees - (baseline?.eyesYawDegrees ?? 0)
  }
}

function spanOf (samples: readonly BaselineSample[]): number {
  return (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)
}

/** The value, at most `limit` away from 0. */
export function within (value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value))
}

/** The median. */
export function middle (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
