import type { Affine } from './region.ts'
import { applyAffine } from './region.ts'
import type { ScoredWithKeypoints } from './nms.ts'
import type { Point } from '../types.ts'

export interface AnchorOptions {
  /** Sides of the model's input in pixels. */
  readonly inputWidth: number
  readonly inputHeight: number
  /** One a layer. Layers of the same stride in a row share one grid. */
  readonly strides: readonly number[]
  readonly scaleMin: number
  readonly scaleMax: number
  readonly aspectRatios: readonly number[]
  /** Aspect ratio of one more anchor a cell whose scale lies between this layer's and the next; 0 = none. */
  readonly interpolatedAspectRatio: number
  /** The first layer has three anchors a cell whatever `aspectRatios` says. */
  readonly reduceLowestLayer?: boolean
  /** Every anchor is 1 × 1: the model's boxes are relative to the cell alone. */
  readonly fixedSize?: boolean
}

/** Middle of a cell, as in all of MediaPipe's models. */
const CELL_OFFSET = 0.5

/**
 * Anchors of a single-shot detector as (centre x, centre y, width, height) in 0..1 of the input's longer side, in the
 * order of the model's boxes. The rule is that of the SSD paper (arXiv 1512.02325, 2.2) with MediaPipe's options.
 */
export function makeAnchors (options: AnchorOptions): Float32Array {
  const anchors: number[] = []
  const { strides } = options
  for (let layer = 0; layer < strides.length;) {
    const stride = strides[layer]!
    const shapes: Array<readonly [ratio: number, scale: number]> = []
    let end = layer
    for (; end < strides.length && strides[end] === stride; end++) shapes.push(...layerShapes(options, end))
    const rows = Math.ceil(options.inputHeight / stride)
    const columns = Math.ceil(options.inputWidth / stride)
    const longest = Math.max(rows, columns)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const [ratio, scale] of shapes) {
          const root = Math.sqrt(ratio)
          anchors.push(
            (column + CELL_OFFSET) / longest,
            (row + CELL_OFFSET) / longest,
            options.fixedSize === true ? 1 : scale * root,
            options.fixedSize === true ? 1 : scale / root
          )
        }
      }
    }
    layer = end
  }
  return Float32Array.from(anchors)
}

/**
 * Anchors by the input's width and height, made once for each: there are as many shapes as a detector has steps along a
 * side.
 */
export function anchorsBySize (
  options: Omit<AnchorOptions, 'inputWidth' | 'inputHeight'>
): (inputWidth: number, inputHeight: number) => Float32Array {
  const made = new Map<string, Float32Array>()
  return (inputWidth, inputHeight) => {
    const key = `${inputWidth}×${inputHeight}`
    const anchors = made.get(key) ?? makeAnchors({ ...options, inputWidth, inputHeight })
    made.set(key, anchors)
    return anchors
  }
}

function layerShapes (options: AnchorOptions, layer: number): Array<readonly [ratio: number, scale: number]> {
  const scale = layerScale(options, layer)
  if (layer === 0 && options.reduceLowestLayer === true) return [[1, 0.1], [2, scale], [0.5, scale]]
  const shapes = options.aspectRatios.map(ratio => [ratio, scale] as const)
  if (options.interpolatedAspectRatio > 0) {
    const next = layer === options.strides.length - 1 ? 1 : layerScale(options, layer + 1)
    shapes.push([options.interpolatedAspectRatio, Math.sqrt(scale * next)])
  }
  return shapes
}

function layerScale ({ scaleMin, scaleMax, strides }: AnchorOptions, layer: number): number {
  return strides.length === 1
    ? (scaleMin + scaleMax) / 2
    : scaleMin + ((scaleMax - scaleMin) * layer) / (strides.length - 1)
}

export interface BoxDecoding {
  /** Longer side of the model's input in pixels: the unit of its boxes. */
  readonly inputSize: number
  readonly keypoints: number
  readonly scoreMin: number
}

/** Logits beyond this are clipped before the sigmoid, as in MediaPipe's graphs. */
const LOGIT_MAX = 100

/**
 * Boxes and key points above `scoreMin` of a detector with anchors of size 1 × 1.
 *
 * `boxes` holds (centre x, centre y, width, height, key points x, y …) a row in pixels of the input, relative to the
 * anchor's centre; `logits` one number a row. `toImage` maps 0..1 of the input's longer side to the picture and must
 * not turn: boxes stay upright.
 */
export function decodeBoxes (
  boxes: Float32Array,
  logits: Float32Array,
  anchors: Float32Array,
  { inputSize, keypoints, scoreMin }: BoxDecoding,
  toImage: Affine
): ScoredWithKeypoints[] {
  const found: ScoredWithKeypoints[] = []
  const stride = 4 + 2 * keypoints
  const logitMin = Math.log(scoreMin / (1 - scoreMin))
  for (let row = 0; row < logits.length; row++) {
    const logit = logits[row]!
    if (!(logit >= logitMin)) continue
    const at = row * stride
    const anchorX = anchors[row * 4]!
    const anchorY = anchors[row * 4 + 1]!
    const width = boxes[at + 2]! / inputSize
    const height = boxes[at + 3]! / inputSize
    const corner = applyAffine(
      toImage,
      boxes[at]! / inputSize + anchorX - width / 2,
      boxes[at + 1]! / inputSize + anchorY - height / 2
    )
    const points: Point[] = []
    for (let k = at + 4; k < at + stride; k += 2) {
      points.push(applyAffine(toImage, boxes[k]! / inputSize + anchorX, boxes[k + 1]! / inputSize + anchorY))
    }
    found.push({
      box: { ...corner, width: width * toImage.xx, height: height * toImage.yy },
      score: 1 / (1 + Math.exp(-Math.min(logit, LOGIT_MAX))),
      keypoints: points
    })
  }
  return found
}
