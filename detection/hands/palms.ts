import type { Image, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { anchorsBySize, decodeBoxes } from '../image/anchors.ts'
import { fitPicture } from '../image/letterbox.ts'
import { withInputMemory } from '../image/input-memory.ts'
import { blend, type ScoredWithKeypoints } from '../image/nms.ts'
import { regionOfBox, reshapeRegion, rotationFor } from '../image/region.ts'
import { sampleRegion } from '../image/sample.ts'

/** Palm box in pixels; key points: wrist, bases of index, middle, ring and little finger, then two of the thumb. */
export type PalmDetection = ScoredWithKeypoints

const INPUT_SIZE = 192

/** Key points that give the hand's direction: wrist and the middle finger's base. */
const WRIST = 0
const MIDDLE_BASE = 2

/** The model halves its input five times. */
const STEP = 32

/** From MediaPipe's palm_detection_cpu.pbtxt, as is everything below. */
const anchors = anchorsBySize({
  strides: [8, 16, 16, 16],
  scaleMin: 0.1484375,
  scaleMax: 0.75,
  aspectRatios: [1],
  interpolatedAspectRatio: 1,
  fixedSize: true
})
const DECODING = { inputSize: INPUT_SIZE, keypoints: 7, scoreMin: 0.5 } as const
const IOU_MAX = 0.3

/** Palms in the picture, best first. */
export async function detectPalms (models: { readonly palm: Model }, image: Image): Promise<PalmDetection[]> {
  const { width, height, region, toImage } = fitPicture(image, INPUT_SIZE, { step: STEP })
  const model = models.palm
  const outputs = await withInputMemory(model, 3 * width * height, async out =>
    await model.run({ [model.inputs[0]!.name]: sampleRegion(image, region, { width, height, border: 0, out }).tensor }))
  const [boxes, logits] = model.outputs
  return blend(
    decodeBoxes(outputs[boxes!]!.data, outputs[logits!]!.data, anchors(width, height), DECODING, toImage),
    IOU_MAX
  )
}

/** The region in which the landmark model looks for the hand of this palm: upright hand, fingers up. */
export function regionOfPalm ({ box, keypoints }: PalmDetection): Region {
  const rotation = rotationFor(keypoints[WRIST]!, keypoints[MIDDLE_BASE]!, Math.PI / 2)
  return reshapeRegion(regionOfBox(box, rotation), { square: true, scale: 2.6, shiftY: -0.5 })
}
