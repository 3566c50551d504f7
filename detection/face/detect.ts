import type { FaceDetection, Image, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { decodeBoxes, makeAnchors } from '../image/anchors.ts'
import { boxIou } from '../image/box.ts'
import { withInputMemory } from '../image/input-memory.ts'
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

/** Tiles of the thorough search: squares of half the picture's long side, each shifted by half of itself. */
const TILE_SHARE = 0.5
/** A tile smaller than the detector's input shows nothing that the whole picture does not. */
const TILE_SIDE_MIN = FULL.inputSize

export interface DetectFacesOptions {
  /** Search overlapping tiles as well, for small faces: some five times the time. For stills and rare looks. */
  readonly thorough?: boolean
}

/**
 * Faces in the picture by both detectors, each face once, best first. Of a face that both see the short range's
 * finding stays: MediaPipe's mesh starts from it.
 */
export async function detectFaces (models: FaceDetectorModels, image: Image, options: DetectFacesOptions = {}): Promise<FaceDetection[]> {
  const distinct: FaceDetection[] = []
  for (const candidate of await detectCandidates(models, image, options)) {
    if (!distinct.some(({ box }) => boxIou(box, candidate.box) > SUPPRESS_IOU)) distinct.push(candidate)
  }
  return distinct.sort((a, b) => b.score - a.score)
}

/** What each detector finds in turn, the surer first: the same face may come again, from a slightly different place. */
export async function detectCandidates (models: FaceDetectorModels, image: Image, { thorough = false }: DetectFacesOptions = {}): Promise<FaceDetection[]> {
  const whole = wholeOf(image)
  const candidates = await detectIn(models.faceShort, SHORT, image, whole)
  candidates.push(...await detectIn(models.faceFull, FULL, image, whole))
  if (thorough) {
    const found: FaceDetection[] = []
    for (const tile of tilesOf(image)) found.push(...await detectIn(models.faceFull, FULL, image, tile))
    candidates.push(...blend(found, SUPPRESS_IOU))
  }
  return candidates
}

async function detectIn (model: Model, { inputSize, anchors, scoreMin }: Detector, image: Image, region: Region): Promise<FaceDetection[]> {
  const { outputs, toImage } = await withInputMemory(model, 3 * inputSize ** 2, async out => {
    const { tensor, toImage } = sampleRegion(image, region, { width: inputSize, height: inputSize, low: -1, high: 1, border: 0, out })
    return { outputs: Object.values(await model.run({ [model.inputs[0]!.name]: tensor })), toImage }
  })
  const boxes = outputs.find(({ dims }) => dims.at(-1) === 4 + 2 * KEYPOINTS)
  const logits = outputs.find(({ dims }) => dims.at(-1) === 1)
  if (boxes === undefined || logits === undefined) throw new TypeError(`${model.name} is no BlazeFace: it has no outputs of 16 and of 1.`)
  return blend(decodeBoxes(boxes.data, logits.data, anchors, { inputSize, keypoints: KEYPOINTS, scoreMin }, toImage), SUPPRESS_IOU)
}

/** The square round the whole picture: outside of it is black. */
function wholeOf ({ width, height }: Image): Region {
  const side = Math.max(width, height)
  return { centerX: width / 2, centerY: height / 2, width: side, height: side, rotation: 0 }
}

/** Overlapping squares that cover the picture, none for a small one. */
export function tilesOf ({ width, height }: Pick<Image, 'width' | 'height'>): Region[] {
  const side = Math.max(width, height) * TILE_SHARE
  if (side < TILE_SIDE_MIN) return []
  const centers = (length: number) => {
    const count = length <= side ? 1 : Math.ceil((length - side) / (side / 2)) + 1
    return Array.from({ length: count }, (_, index) => count === 1 ? length / 2 : side / 2 + (length - side) * index / (count - 1))
  }
  return centers(height).flatMap(centerY => centers(width).map(centerX => ({ centerX, centerY, width: side, height: side, rotation: 0 })))
}
