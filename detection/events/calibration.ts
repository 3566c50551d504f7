import {
  EYES_YAW_MAX, EYE_OPENING_MIN, learn, middle, PITCH_MAX, within, YAW_MAX, type Baseline, type BaselineSample
} from './baseline.ts'

export const CORNERS = ['top-left', 'top-right', 'bottom-right', 'bottom-left'] as const
export type Corner = typeof CORNERS[number]

/**
 * Why a calibration changed nothing: the exam has it turned off, the last one is too recent or there were too many, a
 * corner was left out or shown too shortly, it took too long, one face was not to be seen at each corner, the eyes did
 * not follow, they went further than a screen reaches, the screen stands too far from the camera.
 */
export type CalibrationFault =
  'off' | 'too_often' | 'too_short' | 'too_long' | 'no_face' | 'not_followed' | 'too_wide' | 'aside'

/** How a calibration ended. */
export type Calibrated = { readonly ok: true } | { readonly ok: false, readonly reason: CalibrationFault }

/** A calibration that is going on: which corner was asked for since when, and what was seen. */
export interface Calibration {
  readonly steps: ReadonlyArray<{ readonly corner: Corner, readonly sinceMs: number }>
  readonly samples: readonly BaselineSample[]
}

/** The calibrations of a session so far. */
export interface Calibrations {
  readonly begun: number
  /** When the last one that counted ended. */
  readonly countedAtMs?: number
}

/**
 * Calibrations that one session may begin. Where the candidate looks is not judged meanwhile, so these times
 * `CALIBRATION_MS_MAX` bound what could be hidden so; one is usual, and three may fail.
 */
export const CALIBRATIONS_MAX = 6
/** A calibration that has not ended after this time fails: four corners take some ten seconds. */
const CALIBRATION_MS_MAX = 20_000
/** Corners asked for, repetitions included. */
const STEPS_MAX = 8

/** Eyes need a moment to reach the corner they were asked to look at. */
const SETTLE_MS = 700
/** A corner shown for less gives no frames after that moment. */
const CORNER_MS_MIN = 1200
/** Frames of each corner that a calibration needs. */
const CORNER_FRAMES = 2
/** A candidate whose sight moved less than this, in degrees, did not follow the corners. */
const SCREEN_YAW_MIN = 3
/**
 * How far from the camera, in degrees, an edge of the screen may lie: a screen 60 cm wide seen from 60 cm reaches 27,
 * and the camera need not stand at its middle. A candidate who looks further aside while calibrating must not be
 * allowed to look there, however often.
 */
const EDGE_YAW_MAX = 35
const EDGE_PITCH_MAX = 40

/** Whether another one may begin; `cooldownMs` lies between one that counted and the next. */
export function mayCalibrate (
  { begun, countedAtMs = -Infinity }: Calibrations,
  atMs: number,
  cooldownMs: number
): boolean {
  return begun < CALIBRATIONS_MAX && atMs - countedAtMs >= cooldownMs
}

/** Begins with a corner, or goes on to the next. */
export function showCorner (before: Calibration | undefined, corner: Corner, atMs: number): Calibration {
  const { steps, samples } = before ?? { steps: [], samples: [] }
  return steps.length === STEPS_MAX ? { steps, samples } : { steps: [...steps, { corner, sinceMs: atMs }], samples }
}

/** A frame seen meanwhile; it may come after a later corner has been asked for. */
export function calibrate (calibration: Calibration, sample: BaselineSample): Calibration {
  return { ...calibration, samples: learn(calibration.samples, sample) }
}

/** Whether it has gone on for too long. */
export function isOverdue ({ steps }: Calibration, atMs: number): boolean {
  return atMs - (steps[0]?.sinceMs ?? atMs) > CALIBRATION_MS_MAX
}

/**
 * The baseline of a calibration that ended at `untilMs`: the middle of the screen, and how far it reaches; or why there
 * is none, and what was known before stays.
 */
export function calibratedBaseline (
  calibration: Calibration,
  untilMs: number
): Baseline | Exclude<CalibrationFault, 'off' | 'too_often' | 'too_long'> {
  const cornerFrames = new Map(CORNERS.map(corner => [corner, framesOfCorner(calibration, corner, untilMs)]))
  if (CORNERS.some(corner => cornerFrames.get(corner)!.ms < CORNER_MS_MIN)) return 'too_short'
  if (CORNERS.some(corner => cornerFrames.get(corner)!.samples.length < CORNER_FRAMES)) return 'no_face'
  const value = (corners: readonly Corner[], of: (sample: BaselineSample) => number): number =>
    middle(corners.flatMap(corner => cornerFrames.get(corner)!.samples.map(of)))
  const sides = [
    value(['top-left', 'bottom-left'], ({ yaw }) => yaw),
    value(['top-right', 'bottom-right'], ({ yaw }) => yaw)
  ] as const
  const up = value(['top-left', 'top-right'], ({ pitch }) => pitch)
  const down = value(['bottom-left', 'bottom-right'], ({ pitch }) => pitch)
  // Who looks at the left edge of a screen looks to the picture's right, but for cameras that mirror.
  const [left, right] = [Math.min(...sides), Math.max(...sides)]
  if (right - left < SCREEN_YAW_MIN || up <= down) return 'not_followed'
  if (right > EDGE_YAW_MAX || left < -EDGE_YAW_MAX || up > EDGE_PITCH_MAX || down < -EDGE_PITCH_MAX) return 'too_wide'
  const sightYawDegrees = (left + right) / 2
  const sightPitchDegrees = (up + down) / 2
  if (Math.abs(sightYawDegrees) > YAW_MAX || Math.abs(sightPitchDegrees) > PITCH_MAX) return 'aside'
  return {
    sightYawDegrees,
    sightPitchDegrees,
    eyesYawDegrees: within(value(CORNERS, ({ eyesYaw }) => eyesYaw), EYES_YAW_MAX),
    eyeOpening: Math.max(EYE_OPENING_MIN, value(CORNERS, ({ eyeOpening }) => eyeOpening)),
    brightness: value(CORNERS, ({ brightness }) => brightness),
    frames: CORNERS.reduce((sum, corner) => sum + cornerFrames.get(corner)!.samples.length, 0),
    screen: {
      left: sightYawDegrees - left,
      right: right - sightYawDegrees,
      up: up - sightPitchDegrees,
      down: sightPitchDegrees - down
    }
  }
}

/** The samples of a corner from the last time it was shown, and for how long it was shown. */
function framesOfCorner (
  { steps, samples }: Calibration,
  corner: Corner,
  untilMs: number
): { readonly ms: number, readonly samples: readonly BaselineSample[] } {
  const index = steps.findLastIndex(step => step.corner === corner)
  if (index === -1) return { ms: 0, samples: [] }
  const { sinceMs } = steps[index]!
  const endMs = steps[index + 1]?.sinceMs ?? untilMs
  return { ms: endMs - sinceMs, samples: samples.filter(({ atMs }) => atMs >= sinceMs + SETTLE_MS && atMs <= endMs) }
}
