import type { FaceDetection, Image, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { decodeBoxes, makeAnchors } from '../image/anchors.ts'
import { boxOverlap } from '../image/box.ts'
import { blend } from '../image/nms.ts'
import { sampleRegion } from '../image/sample.ts'

export interface FaceDetectorModels {
  readonly faceShort: Model
  readonly faceFull: Model
}

interface Detector {
  readonly inputSize: number
  readonly anchors: Float32Array
  readonly scoreMin: number
}

/** BlazeFace short range: faces within some two metres. Options and threshold of MediaPipe's graph. */
const SHORT: Detector = {
  inputSize: 128,
  anchors: makeAnchors({
    inputWidth: 128,
    inputHeight: 128,
    strides: [8, 16, 16, 16],
    scaleMin: 0.1484375,
    scaleMax: 0.75,
    aspectRatios: [1],
    interpolatedAspectRatio: 1,
    fixedSize: true
  }),
  scoreMin: 0.5
}

/** BlazeFace full range: smaller faces as well. Options and threshold of MediaPipe's graph. */
const FULL: Detector = {
  inputSize: 192,
  anchors: makeAnchors({
    inputWidth: 192,
    inputHeight: 192,
    strides: [4],
    scaleMin: 0.1484375,
    scaleMax: 0.75,
    aspectRatios: [1],
    interpolatedAspectRatio: 0,
    fixedSize: true
  }),
  scoreMin: 0.6
}

const KEYPOINTS = 6
const SUPPRESS_IOU = 0.3

export interface DetectFacesOptions {
  /** Look for small and partly cut faces as well: the full range on the whole picture and on tiles of it. */
  readonly thorough?: boolean
}

export async function detectFaces (models: FaceDetectorModels, image: Image, { thorough = false }: DetectFacesOptions = {}): Promise<FaceDetection[]> {
  const whole = wholeOf(image)
  const near = await detectIn(models.faceShort, SHORT, image, whole)
  return near
}

export async function detectIn (model: Model, detector: Detector, image: Image, region: Region): Promise<FaceDetection[]> {
  const { tensor, toImage } = sampleRegion(image, region, { width: detector.inputSize, height: detector.inputSize, low: -1, high: 1, border: 0 })
  const outputs = Object.values(await model.run({ [model.inputs[0]!.name]: tensor }))
  const boxes = outputs.find(({ dims }) => dims.at(-1) === 4 + 2 * KEYPOINTS)
  const logits = outputs.find(({ dims }) => dims.at(-1) === 1)
  const { inputSize, anchors, scoreMin } = detector
  return blend(decodeBoxes(boxes!.data, logits!.data, anchors, { inputSize, keypoints: KEYPOINTS, scoreMin }, toImage), SUPPRESS_IOU)
}
export { SHORT, FULL, boxOverlap }
export function wholeOf (image: Image): Region {
  const side = Math.max(image.width, image.height)
  return { centerX: image.width / 2, centerY: image.height / 2, width: side, height: side, rotation: 0 }
}
