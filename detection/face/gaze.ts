import type { Direction, Gaze } from '../types.ts'
import { LEFT_EYE_LIDS, LEFT_IRIS, RIGHT_EYE_LIDS, RIGHT_IRIS, type Pair } from './indices.ts'
import { facingCamera, headPose, type FaceFit } from './pose.ts'

/**
 * Radius on which the iris turns, in half widths of the eye's opening: an eyeball of 12 mm radius, an opening of 29 mm.
 */
const EYEBALL_RADIUS = 0.83

/**
 * Height of the resting iris above the line between the corners, in half widths: the mean of faces that look into the
 * camera.
 */
const REST_HEIGHT = 0.09

/** How far the iris can go up or down, in half widths; sideways it is the corner, 1. */
const VERTICAL_REACH = 0.4

/**
 * Angles between the line of sight and the camera, in degrees, from which the gaze counts as off to a side. The noise
 * of an eye's angle is some 4 degrees; up and down are wider because the fit's pitch varies with the face by 10
 * degrees, and a camera stands above or below the screen.
 */
const SIDE_DEGREES = 8
const UP_DEGREES = 20
const DOWN_DEGREES = 18

/**
 * Where a fitted face looks, as seen in the picture.
 *
 * `horizontal` and `vertical` say where the irises stand within the eyes; the direction is that of the line of
 * sight, head and eyes together, against the direction to the camera: a head turned left whose eyes compensate looks at
 * the center. With closed eyes the head alone decides.
 */
export function measureGaze (fit: FaceFit, eyesClosed: boolean): Gaze {
  const right = irisOffset(fit.points, RIGHT_IRIS, RIGHT_EYE_LIDS.corners)
  const left = irisOffset(fit.points, LEFT_IRIS, LEFT_EYE_LIDS.corners)
  const across = (right.across + left.across) / 2
  const above = (right.above + left.above) / 2 - REST_HEIGHT
  const head = headPose(fit)
  const camera = facingCamera(fit)
  const eyesYawDegrees = eyesClosed ? 0 : eyeAngle(across)
  const eyesPitchDegrees = eyesClosed ? 0 : eyeAngle(above)
  const yawDegrees = head.yawDegrees - camera.yawDegrees + eyesYawDegrees
  const pitchDegrees = head.pitchDegrees - camera.pitchDegrees + eyesPitchDegrees
  return {
    horizontal: limit(across),
    vertical: limit(-above / VERTICAL_REACH),
    direction: directionOf(yawDegrees, pitchDegrees),
    yawDegrees,
    pitchDegrees,
    eyesYawDegrees,
    eyesPitchDegrees
  }
}

/** The direction of a line of sight, in degrees to the picture's right and up. */
export function directionOf (yaw: number, pitch: number): Direction {
  const side = Math.abs(yaw) / SIDE_DEGREES
  const height = pitch > 0 ? pitch / UP_DEGREES : -pitch / DOWN_DEGREES
  if (Math.max(side, height) < 1) return 'center'
  if (side >= height) return yaw < 0 ? 'left' : 'right'
  return pitch > 0 ? 'up' : 'down'
}

/**
 * Where the iris stands, from the middle between the eye's corners, in half widths: along the line between them and
 * above it.
 */
function irisOffset (points: Float32Array, iris: number, [start, end]: Pair): { across: number, above: number } {
  const x = (index: number) => points[index * 3]!
  const y = (index: number) => points[index * 3 + 1]!
  const axisX = (x(end) - x(start)) / 2
  const axisY = (y(end) - y(start)) / 2
  const square = axisX * axisX + axisY * axisY
  const dx = x(iris) - (x(start) + x(end)) / 2
  const dy = y(iris) - (y(start) + y(end)) / 2
  return { across: (dx * axisX + dy * axisY) / square, above: (dy * axisX - dx * axisY) / square }
}

function eyeAngle (offset: number): number {
  return Math.asin(limit(offset / EYEBALL_RADIUS)) * 180 / Math.PI
}

function limit (value: number): number {
  return Math.min(1, Math.max(-1, value))
}
