import { sampleRegion } from '../image/sample.ts'
import type { Image, Region } from '../types.ts'

/** Samples averaged along each side of a pixel at most. */
const SUPERSAMPLE_MAX = 4

export interface ChipOptions {
  /** Side in pixels. */
  readonly size: number
  readonly order: 'rgb' | 'bgr'
}

/**
 * A face cut out of its picture, planar, 0..255. Unlike `sampleRegion` alone it averages where the face is much larger
 * than the chip, so that a face close to a sharp camera gives the same numbers as one further away.
 */
export function cutChip (image: Image, region: Region, { size, order }: ChipOptions): Float32Array {
  const factor = Math.min(SUPERSAMPLE_MAX, Math.max(1, Math.round(region.width / size)))
  const { data } = sampleRegion(image, region, {
    width: size * factor,
    height: size * factor,
    low: 0,
    high: 255,
    order
  }).tensor
  return factor === 1 ? data : averaged(data, size, factor)
}

function averaged (data: Float32Array, size: number, factor: number): Float32Array {
  const result = new Float32Array(3 * size * size)
  const wide = size * factor
  const share = 1 / (factor * factor)
  // The planes lie under each other: one picture of three times the height.
  for (let y = 0; y < 3 * wide; y++) {
    const row = Math.floor(y / factor) * size
    for (let x = 0; x < wide; x++) {
      const at = row + Math.floor(x / factor)
      result[at] = result[at]! + data[y * wide + x]! * share
    }
  }
  return result
}

/** The chip seen in a mirror; `size` is its width. */
export function mirrorChip (chip: Float32Array, size: number): Float32Array {
  const result = new Float32Array(chip.length)
  for (let row = 0; row < chip.length; row += size) {
    for (let x = 0; x < size; x++) result[row + x] = chip[row + size - 1 - x]!
  }
  return result
}
