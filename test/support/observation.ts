/**
 * Observations for tests: a person who sits there and looks into the camera, and what a test changes
 * of it.
 */
import type { FaceObservation, Gaze, HandObservation, Observation } from '../../detection/types.ts'

export const AHEAD: Gaze = {
  horizontal: 0,
  vertical: 0,
  direction: 'center',
  yawDegrees: 0,
  pitchDegrees: 0,
  eyesYawDegrees: 0,
  eyesPitchDegrees: 0
}

/** A face that looks straight into the camera; no landmarks, nothing to recognise it by. */
export const FACE: FaceObservation = {
  box: { x: 200, y: 120, width: 200, height: 240 },
  score: 0.95,
  landmarks: new Float32Array(0),
  yawDegrees: 0,
  pitchDegrees: 0,
  rollDegrees: 0,
  gaze: AHEAD,
  eyeOpening: 0.3,
  mouthOpening: 0.02,
  eyesClosed: false,
  mouthOpen: false
}

/** A smaller one beside it. */
export const SECOND: FaceObservation = { ...FACE, box: { x: 450, y: 100, width: 120, height: 140 }, score: 0.9 }

/** At the face. */
export const HAND: HandObservation = { box: FACE.box, score: 0.9, handedness: 'left', landmarks: new Float32Array(0) }

/** The quality of a well-lit picture of a person who breathes. */
export const CLEAR = { brightness: 0.5, contrast: 0.2, sharpness: 300, structure: 0.8, blocked: false, change: 0.004 }

/** What a frame shows other than `FACE` in a `CLEAR` picture. */
export type Changes = Partial<Omit<Observation, 'atMs'>>

export const NO_FACE: Changes = { faces: [] }

/** `FACE` with some of it changed. */
export const faceWith = (changes: Partial<FaceObservation>): Changes => ({ faces: [{ ...FACE, ...changes }] })

/** A head and eyes turned by so many degrees, from straight into the camera. */
export function lookingAt (
  head: { yaw?: number, pitch?: number },
  eyes: { yaw?: number, pitch?: number } = {}
): Partial<FaceObservation> {
  const [yaw, pitch, eyesYaw, eyesPitch] = [head.yaw ?? 0, head.pitch ?? 0, eyes.yaw ?? 0, eyes.pitch ?? 0]
  return {
    yawDegrees: yaw,
    pitchDegrees: pitch,
    gaze: {
      ...AHEAD,
      yawDegrees: yaw + eyesYaw,
      pitchDegrees: pitch + eyesPitch,
      eyesYawDegrees: eyesYaw,
      eyesPitchDegrees: eyesPitch
    }
  }
}

/** One frame of 640×480. */
export const frame = (atMs: number, shownChanges: Changes = {}): Observation => ({
  atMs,
  width: 640,
  height: 480,
  faces: [FACE],
  quality: CLEAR,
  ...shownChanges
})

/** Frames every half second from `fromMs` up to, but without, `toMs`. */
export function frames (
  fromMs: number,
  toMs: number,
  shownChanges: Changes | ((index: number) => Changes) = {},
  everyMs = 500
): Observation[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / everyMs) }, (_, index) =>
    frame(fromMs + index * everyMs, typeof shownChanges === 'function' ? shownChanges(index) : shownChanges))
}
