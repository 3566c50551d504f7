import type { Box, Image } from '../types.ts'

/** No camera's black is as dark all along a row or column; bars that software adds are, whatever JPEG makes of them. */
const BLACK_MAX = 8

/** Pixels looked at along a row or column: one of so many. */
const STEP = 4

/** A picture of which less than this share would be left, each way, is a dark one. */
const SHARE_MIN = 0.25

/**
 * The picture without black bars at its edges, as an upright telephone gets them from programs that want 16:9; the
 * whole picture when it has none.
 */
export function withoutBars (image: Image): Box {
  const { width, height } = image
  const [left, right] = bright(width, x => isBlack(image, x, 0, 0, STEP))
  const [top, bottom] = bright(height, y => isBlack(image, 0, y, STEP, 0))
  if (right - left < width * SHARE_MIN || bottom - top < height * SHARE_MIN) return { x: 0, y: 0, width, height }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** The stretch between the black lines at both ends of `length`. */
function bright (length: number, isBlackAt: (at: number) => boolean): [start: number, end: number] {
  let start = 0
  while (start < length && isBlackAt(start)) start++
  let end = length
  while (end > start && isBlackAt(end - 1)) end--
  return [start, end]
}

/** Whether all pixels from (x, y) on, in these steps, are black. */
function isBlack ({ width, height, data }: Image, x: number, y: number, stepX: number, stepY: number): boolean {
  for (; x < width && y < height; x += stepX, y += stepY) {
    const at = (y * width + x) * 3
    if (data[at]! > BLACK_MAX || data[at + 1]! > BLACK_MAX || data[at + 2]! > BLACK_MAX) return false
  }
  return true
}
