import type { Point, Region } from '../types.ts'

/**
 * A place of the face: the middle of some points of the mesh, and where it lies in the net's picture (0..1 of its
 * sides).
 */
export interface Anchor {
  readonly points: readonly number[]
  readonly x: number
  readonly y: number
}

const anchor = (x: number, y: number, ...points: number[]): Anchor => ({ points, x, y })

/**
 * Corners of the eyes and base of the nose in dlib's mean face (the constants of its five-point face chips), with the
 * points of the mesh that lie there.
 */
const DLIB_MEAN_FACE: readonly Anchor[] = [
  anchor(0.8595674595992, 0.2134981538014, 263),
  anchor(0.6460604764104, 0.2289674387677, 362),
  anchor(0.1205750620789, 0.2137274526848, 33),
  anchor(0.3340850613712, 0.2290642403242, 133),
  anchor(0.4901123135679, 0.6277975316475, 2)
]

/**
 * dlib's mean face with a margin round it, in shares of the face's own size; `down` shifts the face downwards, which
 * shows more of the forehead. dlib's own chips have a margin of 0.25.
 */
export function dlibAnchors (margin: number, down = 0): readonly Anchor[] {
  const size = 1 + 2 * margin
  return DLIB_MEAN_FACE.map(({ points, x, y }) => ({ points, x: (x + margin) / size, y: (y + margin + down) / size }))
}

/** Eyes, nose tip and corners of the mouth as ArcFace and SFace were trained with them, in pictures of 112 × 112. */
export const ARCFACE_ANCHORS: readonly Anchor[] = [
  anchor(38.2946 / 112, 51.6963 / 112, 33, 133),
  anchor(73.5318 / 112, 51.5014 / 112, 362, 263),
  anchor(56.0252 / 112, 71.7366 / 112, 1),
  anchor(41.5493 / 112, 92.3655 / 112, 61),
  anchor(70.7299 / 112, 92.2041 / 112, 291)
]

/**
 * The square region of the picture in which the anchors of this face lie where they should: turned, scaled and shifted
 * (no shear), least squares. `landmarks` holds (x, y, z) as shares of a picture of `width` × `height` pixels.
 */
export function regionOfAnchors (
  landmarks: Float32Array,
  width: number,
  height: number,
  anchors: readonly Anchor[]
): Region {
  const places = anchors.map(({ points }) => middleOf(landmarks, points, width, height))
  const from = meanOf(anchors)
  const to = meanOf(places)
  // As complex numbers: place − to = factor · (anchor − from); the factor is size and turn.
  let real = 0
  let imaginary = 0
  let squares = 0
  anchors.forEach((anchor, at) => {
    const ax = anchor.x - from.x
    const ay = anchor.y - from.y
    const px = places[at]!.x - to.x
    const py = places[at]!.y - to.y
    real += ax * px + ay * py
    imaginary += ax * py - ay * px
    squares += ax * ax + ay * ay
  })
  real /= squares
  imaginary /= squares
  const side = Math.hypot(real, imaginary)
  const x = 0.5 - from.x
  const y = 0.5 - from.y
  return {
    centerX: to.x + real * x - imaginary * y,
    centerY: to.y + imaginary * x + real * y,
    width: side,
    height: side,
    rotation: Math.atan2(imaginary, real)
  }
}

function middleOf (landmarks: Float32Array, points: readonly number[], width: number, height: number): Point {
  return meanOf(points.map(point => ({ x: landmarks[point * 3]! * width, y: landmarks[point * 3 + 1]! * height })))
}

function meanOf (points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 })
  return { x: sum.x / points.length, y: sum.y / points.length }
}
