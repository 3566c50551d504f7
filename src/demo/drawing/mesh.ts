/** x to the picture's right, y up, z toward the camera, in centimeters. */
export type Point = readonly [x: number, y: number, z: number]

/** A surface of triangles. */
export interface Mesh {
  /** (x, y, z) of each point, one after the other. */
  readonly points: Float32Array
  readonly triangles: readonly number[]
}

export interface Turn {
  /** To the picture's right. */
  readonly yawDegrees: number
  /** Upward. */
  readonly pitchDegrees: number
  /** Clockwise in the picture. */
  readonly rollDegrees: number
}

export const NO_TURN: Turn = { yawDegrees: 0, pitchDegrees: 0, rollDegrees: 0 }

const ROUND = 36
const RINGS = 20

export interface EllipsoidOptions {
  readonly center: Point
  readonly radii: Point
  /** Above 1 the horizontal sections are boxes with round corners; 1 by default. */
  readonly squareness?: number
}

export function ellipsoid ({ center, radii, squareness = 1 }: EllipsoidOptions): Mesh {
  const points = new Float32Array((RINGS + 1) * ROUND * 3)
  const triangles: number[] = []
  const power = (value: number): number => Math.sign(value) * Math.abs(value) ** (1 / squareness)
  for (let ring = 0; ring <= RINGS; ring++) {
    const latitude = Math.PI * (ring / RINGS - 0.5)
    for (let step = 0; step < ROUND; step++) {
      const longitude = 2 * Math.PI * step / ROUND
      const at = 3 * (ring * ROUND + step)
      const wide = power(Math.cos(latitude))
      points[at] = center[0] + radii[0] * wide * power(Math.cos(longitude))
      points[at + 1] = center[1] + radii[1] * power(Math.sin(latitude))
      points[at + 2] = center[2] + radii[2] * wide * power(Math.sin(longitude))
      if (ring === RINGS) continue
      const next = ring * ROUND + (step + 1) % ROUND
      const here = ring * ROUND + step
      triangles.push(here, here + ROUND, next, next, here + ROUND, next + ROUND)
    }
  }
  return { points, triangles }
}

/** The points turned around `pivot` and then moved by `by`. */
export function place (points: Float32Array, turn: Turn, pivot: Point, by: Point): Float32Array {
  const { yawDegrees, pitchDegrees, rollDegrees } = turn
  const [sinYaw, cosYaw] = sinCos(yawDegrees)
  const [sinPitch, cosPitch] = sinCos(-pitchDegrees)
  const [sinRoll, cosRoll] = sinCos(-rollDegrees)
  const placed = new Float32Array(points.length)
  for (let at = 0; at < points.length; at += 3) {
    const x = points[at]! - pivot[0]
    const y = points[at + 1]! - pivot[1]
    const z = points[at + 2]! - pivot[2]
    const pitchedY = y * cosPitch - z * sinPitch
    const pitchedZ = y * sinPitch + z * cosPitch
    const yawedX = x * cosYaw + pitchedZ * sinYaw
    placed[at] = yawedX * cosRoll - pitchedY * sinRoll + pivot[0] + by[0]
    placed[at + 1] = yawedX * sinRoll + pitchedY * cosRoll + pivot[1] + by[1]
    placed[at + 2] = pitchedZ * cosYaw - x * sinYaw + pivot[2] + by[2]
  }
  return placed
}

/** One direction for each point: the mean of its triangles' normals, of length 1. */
export function normalsOf ({ points, triangles }: Mesh): Float32Array {
  const normals = new Float32Array(points.length)
  for (let corner = 0; corner < triangles.length; corner += 3) {
    const [a, b, c] = [3 * triangles[corner]!, 3 * triangles[corner + 1]!, 3 * triangles[corner + 2]!]
    const [ux, uy, uz] = [points[b]! - points[a]!, points[b + 1]! - points[a + 1]!, points[b + 2]! - points[a + 2]!]
    const [vx, vy, vz] = [points[c]! - points[a]!, points[c + 1]! - points[a + 1]!, points[c + 2]! - points[a + 2]!]
    const normal = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]
    for (const at of [a, b, c]) for (let axis = 0; axis < 3; axis++) normals[at + axis]! += normal[axis]!
  }
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.hypot(normals[at]!, normals[at + 1]!, normals[at + 2]!) || 1
    for (let axis = 0; axis < 3; axis++) normals[at + axis]! /= length
  }
  return normals
}

function sinCos (degrees: number): [sin: number, cos: number] {
  const angle = degrees * Math.PI / 180
  return [Math.sin(angle), Math.cos(angle)]
}
