import type { Box, Point, Region } from '../types.ts'

/** Maps (x, y) to (xx·x + xy·y + x0, yx·x + yy·y + y0). */
export interface Affine {
  readonly xx: number
  readonly xy: number
  readonly x0: number
  readonly yx: number
  readonly yy: number
  readonly y0: number
}

/** The point that the map gives for (x, y). */
export function applyAffine (map: Affine, x: number, y: number): Point {
  return { x: map.xx * x + map.xy * y + map.x0, y: map.yx * x + map.yy * y + map.y0 }
}

/** The map from a region's own coordinates, 0..1 along its width and height, to pixels of the picture. */
export function regionToImage (region: Region): Affine {
  const cos = Math.cos(region.rotation)
  const sin = Math.sin(region.rotation)
  const xx = region.width * cos
  const xy = -region.height * sin
  const yx = region.width * sin
  const yy = region.height * cos
  return { xx, xy, x0: region.centerX - (xx + xy) / 2, yx, yy, y0: region.centerY - (yx + yy) / 2 }
}

/** The map from pixels of the picture to a region's own coordinates: the inverse of `regionToImage`. */
export function imageToRegion (region: Region): Affine {
  const cos = Math.cos(region.rotation)
  const sin = Math.sin(region.rotation)
  const xx = cos / region.width
  const xy = sin / region.width
  const yx = -sin / region.height
  const yy = cos / region.height
  return {
    xx,
    xy,
    x0: 0.5 - xx * region.centerX - xy * region.centerY,
    yx,
    yy,
    y0: 0.5 - yx * region.centerX - yy * region.centerY
  }
}

/** The region that covers exactly this box, turned about its middle by `rotation` radians. */
export function regionOfBox (box: Box, rotation = 0): Region {
  return {
    centerX: box.x + box.width / 2,
    centerY: box.y + box.height / 2,
    width: box.width,
    height: box.height,
    rotation
  }
}

/** The upright box round a turned region. */
export function boxOfRegion (region: Region): Box {
  const cos = Math.abs(Math.cos(region.rotation))
  const sin = Math.abs(Math.sin(region.rotation))
  const width = region.width * cos + region.height * sin
  const height = region.width * sin + region.height * cos
  return { x: region.centerX - width / 2, y: region.centerY - height / 2, width, height }
}

/** The same angle within −π (included) .. π (left out). */
export function normalizeRotation (radians: number): number {
  return radians - 2 * Math.PI * Math.floor((radians + Math.PI) / (2 * Math.PI))
}

/**
 * The rotation, in radians and clockwise as seen, of a region in which the line from `start` to `end` appears at
 * `target` radians counted anticlockwise: 0 = pointing right (level eyes), π/2 = pointing up (a raised hand).
 */
export function rotationFor (start: Point, end: Point, target = 0): number {
  return normalizeRotation(target - Math.atan2(start.y - end.y, end.x - start.x))
}

export interface Reshape {
  /** Both sides become the longer one. */
  readonly square?: boolean
  /** Factor on both sides. */
  readonly scale?: number
  /** Shift along the region's own axes, as shares of its width and height before anything else. */
  readonly shiftX?: number
  readonly shiftY?: number
}

/** Shifts a region along its own axes, then squares it on its long side, then scales it: MediaPipe's order. */
export function reshapeRegion (region: Region, { square = false, scale = 1, shiftX = 0, shiftY = 0 }: Reshape): Region {
  const cos = Math.cos(region.rotation)
  const sin = Math.sin(region.rotation)
  const right = region.width * shiftX
  const down = region.height * shiftY
  const long = Math.max(region.width, region.height)
  return {
    centerX: region.centerX + right * cos - down * sin,
    centerY: region.centerY + right * sin + down * cos,
    width: (square ? long : region.width) * scale,
    height: (square ? long : region.height) * scale,
    rotation: region.rotation
  }
}
