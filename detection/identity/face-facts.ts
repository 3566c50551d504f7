import type { FaceFacts, Image } from '../types.ts'
import { dlibAnchors, regionOfAnchors } from './alignment.ts'
import { cutChip } from './chip.ts'

/** The face is looked at in this many pixels. */
const SIDE = 96
const ANCHORS = dlibAnchors(0.1)

/** Measures a face from its mesh (coordinates are shares of the picture). Pure. */
export function measureFace (image: Image, landmarks: Float32Array): FaceFacts {
  const region = regionOfAnchors(landmarks, image.width, image.height, ANCHORS)
  const luma = lumaOf(cutChip(image, region, { size: SIDE, order: 'rgb' }))
  const { mean, variance } = spread(luma)
  const sides = [0, 0]
  luma.forEach((value, at) => { sides[at % SIDE < SIDE / 2 ? 0 : 1]! += value })
  return {
    sidePixels: region.width,
    brightness: mean / 255,
    contrast: Math.sqrt(variance) / 255,
    unevenness: Math.abs(sides[0]! - sides[1]!) / (SIDE * SIDE / 2) / 255,
    sharpness: variance < 1 ? 0 : spread(laplacian(luma)).variance / variance
  }
}

/** ITU-R BT.601. */
function lumaOf (chip: Float32Array): Float32Array {
  const plane = SIDE * SIDE
  return Float32Array.from(
    { length: plane },
    (_, at) => 0.299 * chip[at]! + 0.587 * chip[plane + at]! + 0.114 * chip[2 * plane + at]!
  )
}

function laplacian (luma: Float32Array): Float32Array {
  const result = new Float32Array((SIDE - 2) * (SIDE - 2))
  let to = 0
  for (let y = 1; y < SIDE - 1; y++) {
    for (let at = y * SIDE + 1; at < (y + 1) * SIDE - 1; at++) {
      result[to++] = luma[at - 1]! + luma[at + 1]! + luma[at - SIDE]! + luma[at + SIDE]! - 4 * luma[at]!
    }
  }
  return result
}

function spread (values: Float32Array): { mean: number, variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}
