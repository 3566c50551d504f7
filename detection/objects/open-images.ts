import type { Image, ObjectObservation, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { makeAnchors } from '../image/anchors.ts'
import { clipBox } from '../image/box.ts'
import { withInputMemory } from '../image/input-memory.ts'
import { suppress, type Scored } from '../image/nms.ts'
import { sampleRegion } from '../image/sample.ts'
import { withoutRivals } from './rivals.ts'

/*
 * The second object detector: the SSD of MediaPipe's Objectron, trained on Open Images. It sees books, which the first
 * one misses, and names things that the first one takes for phones.
 */

/** Its 24 outputs in order, under COCO's names where COCO has the class; the first is the background. */
const CLASSES = [
  '', 'bicycle', 'boot', 'laptop', 'person', 'chair', 'cattle', 'desk', 'cat', 'mouse', 'tv', 'box', 'cup', 'cup',
  'stationary bicycle', 'table', 'bottle', 'high heels', 'vehicle', 'footwear', 'dog', 'book', 'camera', 'car'
] as const

/**
 * Books, and what is no phone though the first detector says so. The other classes are left out: the first detector
 * tells laptops and screens better, and people's clothing is taken for bottles at 0.4.
 */
const HELD: ReadonlySet<string> = new Set(['book', 'box', 'camera', 'cup'])

const INPUT_SIZE = 300
/** Options of the packed graph `object_detection_oid_v4_cpu`; the anchor of 0.1 × 0.1 comes first in each cell. */
const ANCHORS = makeAnchors({
  inputWidth: INPUT_SIZE,
  inputHeight: INPUT_SIZE,
  strides: [16, 32, 64, 128, 256, 512],
  scaleMin: 0.2,
  scaleMax: 0.95,
  aspectRatios: [1, 2, 0.5, 3, 1 / 3],
  interpolatedAspectRatio: 1,
  reduceLowestLayer: true
})
/** Scales of the box encodings: of middles and of the logarithms of sizes. */
const CENTER_SCALE = 10
const SIZE_SCALE = 5

/** Boxes of one class that overlap more than this are one thing. */
const IOU_MAX = 0.45
/** Lower scores are noise: of 441 pictures without a book 7 % have one at 0.1. */
const SCORE_MIN = 0.1
/** What may be a book. */
export const BOOK_SCORE_MIN = 0.15
/** A book in a picture by itself: 3 of 441 pictures without one, two of them phones that fill the picture. */
const BOOK_ALONE_MIN = 0.25
const OBJECTS_MAX = 12

/** The part of the picture from this share of its height down: all of it, its lower two thirds, its lower half. */
export const PARTS_FROM = [0, 1 / 3, 1 / 2] as const

export function lowerPart ({ width, height }: Pick<Image, 'width' | 'height'>, from: number): Region {
  return { centerX: width / 2, centerY: height * (from + 1) / 2, width, height: height * (1 - from), rotation: 0 }
}

interface Candidate extends Scored {
  readonly label: string
}

/** Boxes in shares of the input, best first, of both outputs of the model. */
export function decodeOpenImages (boxes: Float32Array, logits: Float32Array, scoreMin: number): Candidate[] {
  const found: Candidate[] = []
  const logitMin = Math.log(scoreMin / (1 - scoreMin))
  for (let at = 0; at < ANCHORS.length; at += 4) {
    const row = at / 4 * CLASSES.length
    for (let index = 1; index < CLASSES.length; index++) {
      const logit = logits[row + index]!
      const label = CLASSES[index]!
      if (!(logit >= logitMin) || !HELD.has(label)) continue
      const anchorWidth = ANCHORS[at + 2]!
      const anchorHeight = ANCHORS[at + 3]!
      const width = anchorWidth * Math.exp(boxes[at + 3]! / SIZE_SCALE)
      const height = anchorHeight * Math.exp(boxes[at + 2]! / SIZE_SCALE)
      const x = ANCHORS[at]! + boxes[at + 1]! / CENTER_SCALE * anchorWidth - width / 2
      const y = ANCHORS[at + 1]! + boxes[at]! / CENTER_SCALE * anchorHeight - height / 2
      found.push({ label, score: 1 / (1 + Math.exp(-logit)), box: { x, y, width, height } })
    }
  }
  return suppress(found, IOU_MAX, (a, b) => a.label === b.label).slice(0, OBJECTS_MAX)
}

/** Held things in a part of the picture, which is stretched to a square; best first, in pixels of the picture. */
export async function detectOpenImages (
  model: Model,
  image: Image,
  part: Region
): Promise<ObjectObservation[]> {
  const outputs = await withInputMemory(model, 3 * INPUT_SIZE ** 2, async out => {
    const options = { width: INPUT_SIZE, height: INPUT_SIZE, low: -1, high: 1, out }
    return await model.run({ [model.inputs[0]!.name]: sampleRegion(image, part, options).tensor })
  })
  const boxes = outputs['raw_outputs/box_encodings']!.data
  const logits = outputs['raw_outputs/class_predictions']!.data
  const left = part.centerX - part.width / 2
  const top = part.centerY - part.height / 2
  return decodeOpenImages(boxes, logits, SCORE_MIN).map(({ label, score, box: { x, y, width, height } }) => {
    const box = {
      x: left + x * part.width, y: top + y * part.height, width: width * part.width, height: height * part.height
    }
    return { label, score, box: clipBox(box, image.width, image.height) }
  })
}

/** The objects of the first detector with the books that the second one alone is sure of, best first. */
export function withBooks (
  objects: readonly ObjectObservation[],
  held: readonly ObjectObservation[]
): ObjectObservation[] {
  const books = held.filter(({ label, score }) => label === 'book' && score >= BOOK_ALONE_MIN)
  const all = [...objects, ...books].sort((a, b) => b.score - a.score)
  return withoutRivals(suppress(all, IOU_MAX, (a, b) => a.label === b.label))
}
