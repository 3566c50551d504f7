import type { ChallengeFace, ChallengeFrame, ChallengeStep } from '../../detection/liveness/challenge.ts'

/** A face at rest, a little off zero in every measure, as in real pictures. */
export const REST_FACE: ChallengeFace = {
  box: { x: 220, y: 120, width: 200, height: 250 }, yawDegrees: 3, pitchDegrees: -4, eyeOpening: 0.3, mouthOpening: 0.02
}

const ACTING: Readonly<Record<ChallengeStep, Partial<ChallengeFace>>> = {
  turn_left: { yawDegrees: 31, box: { x: 240, y: 120, width: 170, height: 250 } },
  turn_right: { yawDegrees: -27, box: { x: 210, y: 120, width: 170, height: 250 } },
  look_up: { pitchDegrees: 14 },
  blink: { eyeOpening: 0.07 },
  open_mouth: { mouthOpening: 0.45 }
}

const between = (a: ChallengeFace, b: ChallengeFace): ChallengeFace => ({
  box: b.box,
  yawDegrees: (a.yawDegrees + b.yawDegrees) / 2,
  pitchDegrees: (a.pitchDegrees + b.pitchDegrees) / 2,
  eyeOpening: (a.eyeOpening + b.eyeOpening) / 2,
  mouthOpening: (a.mouthOpening + b.mouthOpening) / 2
})

/** Five frames a second of a person who does the steps: half way, there, half way back, at rest. */
export function performSteps (steps: readonly ChallengeStep[]): ChallengeFrame[] {
  const faces = [REST_FACE, REST_FACE, REST_FACE]
  for (const step of steps) {
    const acting = { ...REST_FACE, ...ACTING[step] }
    faces.push(between(REST_FACE, acting), acting, between(REST_FACE, acting), REST_FACE, REST_FACE)
  }
  return timed(faces.map(face => [face]))
}

/** Frames 200 ms apart. */
export function timed (frames: ReadonlyArray<ChallengeFrame['faces']>): ChallengeFrame[] {
  return frames.map((faces, index) => ({ atMs: index * 200, faces }))
}

/** The same frames as in a mirror of 640 pixels. */
export function mirrored (frames: readonly ChallengeFrame[]): ChallengeFrame[] {
  return frames.map(({ atMs, faces }) => ({
    atMs,
    faces: faces.map(face => ({
      ...face,
      yawDegrees: -face.yawDegrees,
      box: { ...face.box, x: 640 - face.box.x - face.box.width }
    }))
  }))
}

/** The same frames played backwards. */
export function reversed (frames: readonly ChallengeFrame[]): ChallengeFrame[] {
  return timed(frames.toReversed().map(({ faces }) => faces))
}
