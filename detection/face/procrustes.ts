import { largestEigenvector } from './eigenvector.ts'

/** A turn, a scale and a shift: target = scale · rotation · source + translation. */
export interface Similarity {
  /** 3 × 3, row by row. */
  readonly rotation: Float64Array
  readonly scale: number
  readonly translation: readonly [x: number, y: number, z: number]
}

export interface WeightedPoint {
  readonly index: number
  readonly weight: number
}

/**
 * The similarity that brings the weighted points of `source` closest to those of `target` (both arrays of (x, y, z)
 * triples) in the least-squares sense.
 *
 * Rotation after Horn, "Closed-form solution of absolute orientation using unit quaternions" (1987): the eigenvector
 * of the largest eigenvalue of a symmetric 4 × 4 matrix, which is never a mirror image. The scale is that of
 * MediaPipe's weighted orthogonal problem: it treats the target's noise as noise, the source as exact.
 */
export function fitSimilarity (
  source: Float32Array,
  target: Float32Array,
  basis: readonly WeightedPoint[]
): Similarity {
  const from = weightedMean(source, basis)
  const to = weightedMean(target, basis)
  // Correlation of the centred points, 3 × 3 row by row: rows of the source, columns of the target.
  const m = new Float64Array(9)
  let spread = 0
  for (const { index, weight } of basis) {
    for (let row = 0; row < 3; row++) {
      const s = source[index * 3 + row]! - from[row]!
      spread += weight * s * s
      for (let column = 0; column < 3; column++) {
        m[row * 3 + column]! += weight * s * (target[index * 3 + column]! - to[column]!)
      }
    }
  }
  const rotation = rotationOf(m)
  let agreement = 0
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) agreement += rotation[column * 3 + row]! * m[row * 3 + column]!
  }
  const scale = spread === 0 ? 1 : agreement / spread
  const turned = (row: number) =>
    scale * (rotation[row * 3]! * from[0]! + rotation[row * 3 + 1]! * from[1]! + rotation[row * 3 + 2]! * from[2]!)
  return { rotation, scale, translation: [to[0]! - turned(0), to[1]! - turned(1), to[2]! - turned(2)] }
}

function weightedMean (points: Float32Array, basis: readonly WeightedPoint[]): Float64Array {
  const mean = new Float64Array(3)
  let total = 0
  for (const { index, weight } of basis) {
    total += weight
    for (let axis = 0; axis < 3; axis++) mean[axis]! += weight * points[index * 3 + axis]!
  }
  return mean.map(sum => sum / total)
}

function rotationOf (m: Float64Array): Float64Array {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = m as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const [w, x, y, z] = largestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy]
  ]) as [number, number, number, number]
  return Float64Array.of(
    w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z
  )
}
