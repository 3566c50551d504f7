import type { Box, Point } from '../types.ts'

/** Area in square units; 0 for a box without extent. */
export function boxArea (box: Box): number {
  return Math.max(0, box.width) * Math.max(0, box.height)
}

/** Area that both boxes cover. */
export function intersectionArea (a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return width > 0 && height > 0 ? width * height : 0
}

/** Intersection over union, 0..1; 0 when both are without extent. */
export function boxIou (a: Box, b: Box): number {
  const shared = intersectionArea(a, b)
  return shared === 0 ? 0 : shared / (boxArea(a) + boxArea(b) - shared)
}

/** The share of the smaller box that lies inside the other, 0..1: 1 for a box within a box. */
export function boxOverlap (a: Box, b: Box): number {
  const shared = intersectionArea(a, b)
  return shared === 0 ? 0 : shared / Math.min(boxArea(a), boxArea(b))
}

/** Whether the middle of `inner` lies within `outer`. */
export function containsMiddleOf (outer: Box, inner: Box): boolean {
  const x = inner.x + inner.width / 2
  const y = inner.y + inner.height / 2
  return x >= outer.x && x <= outer.x + outer.width && y >= outer.y && y <= outer.y + outer.height
}

/** The part of the box inside a picture of this size; width and height 0 where it lies outside. */
export function clipBox (box: Box, width: number, height: number): Box {
  const left = clamp(box.x, width)
  const top = clamp(box.y, height)
  return {
    x: left,
    y: top,
    width: clamp(box.x + box.width, width) - left,
    height: clamp(box.y + box.height, height) - top
  }
}

function clamp (value: number, max: number): number {
  return Math.min(Math.max(value, 0), max)
}

/** The smallest box round these points; an empty box at the origin for none. */
export function boxOfPoints (points: Iterable<Point>): Box {
  let left = Infinity
  let top = Infinity
  let right = -Infinity
  let bottom = -Infinity
  for (const { x, y } of points) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return left > right
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top }
}

/**
 * The smallest box round the points of an array of (x, y, z) triples, in the array's own units, scaled by (scaleX,
 * scaleY).
 */
export function boxOfLandmarks (landmarks: Float32Array, scaleX = 1, scaleY = 1): Box {
  let left = Infinity
  let top = Infinity
  let right = -Infinity
  let bottom = -Infinity
  for (let at = 0; at + 1 < landmarks.length; at += 3) {
    const x = landmarks[at]!
    const y = landmarks[at + 1]!
    if (x < left) left = x
    if (x > right) right = x
    if (y < top) top = y
    if (y > bottom) bottom = y
  }
  if (left > right) return { x: 0, y: 0, width: 0, height: 0 }
  return { x: left * scaleX, y: top * scaleY, width: (right - left) * scaleX, height: (bottom - top) * scaleY }
}
