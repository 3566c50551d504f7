import type { Box, FaceObservation, HandObservation, Observation } from '../../detection/types.ts'

/** An error line: `file` could not be analysed, or not to its end. */
export interface ErrorLine {
  readonly file: string
  readonly error: { readonly code: string, readonly message: string }
}

export interface LineOptions {
  readonly file: string
  readonly landmarks: boolean
}

type Box4 = readonly [x: number, y: number, width: number, height: number]

/** What `invigil analyze` prints for one picture: boxes in pixels, landmarks as shares of the picture. */
export function observationLine (observation: Observation, { file, landmarks }: LineOptions) {
  const { atMs, width, height, quality } = observation
  return {
    file,
    atMs,
    width,
    height,
    faces: observation.faces.map(face => faceLine(face, landmarks)),
    hands: (observation.hands ?? []).map(hand => handLine(hand, landmarks)),
    objects: (observation.objects ?? []).map(({ label, score, box }) => ({
      label,
      score: round(score, 3),
      box: boxLine(box)
    })),
    persons: observation.persons ?? 0,
    ...(observation.upsideDown === true && { upsideDown: true }),
    quality: {
      brightness: round(quality.brightness, 3),
      contrast: round(quality.contrast, 3),
      sharpness: round(quality.sharpness, 1),
      structure: round(quality.structure, 3),
      blocked: quality.blocked
    }
  }
}

function faceLine (face: FaceObservation, landmarks: boolean) {
  return {
    box: boxLine(face.box),
    score: round(face.score, 3),
    yawDegrees: round(face.yawDegrees, 1),
    pitchDegrees: round(face.pitchDegrees, 1),
    rollDegrees: round(face.rollDegrees, 1),
    gaze: {
      horizontal: round(face.gaze.horizontal, 3),
      vertical: round(face.gaze.vertical, 3),
      direction: face.gaze.direction
    },
    eyesClosed: face.eyesClosed,
    mouthOpen: face.mouthOpen,
    eyeOpening: round(face.eyeOpening, 3),
    mouthOpening: round(face.mouthOpening, 3),
    ...(face.live !== undefined && { live: face.live, liveScore: round(face.liveScore ?? 0, 3) }),
    ...(landmarks && { landmarks: pointsLine(face.landmarks) }),
    ...(face.embedding !== undefined && { embedding: [...face.embedding].map(value => round(value, 6)) })
  }
}

function handLine (hand: HandObservation, landmarks: boolean) {
  return {
    box: boxLine(hand.box),
    score: round(hand.score, 3),
    handedness: hand.handedness,
    ...(landmarks && { landmarks: pointsLine(hand.landmarks) })
  }
}

function boxLine ({ x, y, width, height }: Box): Box4 {
  return [round(x, 1), round(y, 1), round(width, 1), round(height, 1)]
}

/** x, y, z triples; five decimals are a twentieth of a pixel in a picture 5000 pixels wide. */
function pointsLine (landmarks: Float32Array): number[][] {
  const points: number[][] = []
  for (let index = 0; index + 2 < landmarks.length; index += 3) {
    points.push([round(landmarks[index]!, 5), round(landmarks[index + 1]!, 5), round(landmarks[index + 2]!, 5)])
  }
  return points
}

/** Adding 0 turns −0 into 0. */
function round (value: number, decimals: number): number {
  const factor = 10 ** decimals
  return Math.round(value * factor) / factor + 0
}
