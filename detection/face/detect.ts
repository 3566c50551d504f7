import type { FaceDetection, Image, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { anchorsBySize, decodeBoxes } from '../image/anchors.ts'
import { fitPicture, fitSquare, widened, type Fit } from '../image/letterbox.ts'
import { withInputMemory } from '../image/input-memory.ts'
import { blend } from '../image/nms.ts'
import { sampleRegion } from '../image/sample.ts'

export interface FaceDetectorModels {
  readonly faceShort: Model
  readonly faceFull: Model
}

interface Detector {
  readonly inputSize: number
  /** Sides are a multiple, because the model halves its input so often. Absent: only squares. */
  readonly step?: number
  readonly anchors: (width: number, height: number) => Float32Array
  readonly scoreMin: number
}

/**
 * BlazeFace short range: faces within some two metres. Options and threshold of MediaPipe's graph. Shown without bars
 * it sees the same faces, but a little beside: landmarks then differ from MediaPipe's own by 0.40 % of the eye distance
 * instead of 0.07 % (median of 57 pictures).
 */
const SHORT: Detector = {
  inputSize: 128,
  anchors: anchorsBySize({
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
  step: 32,
  anchors: anchorsBySize({
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

/**
 * The search beyond the edges shows the picture in the middle of so many times its width and height, surrounded by
 * gray. Of 265 faces of which the left edge hid nearly half, the plain search found 67, this one 237 of those; black
 * around it 205, the edge's own pixels drawn out 174.
 */
const BEYOND_TIMES = 1.5
const GRAY = 128

/** One of the two detectors: `short` sees what is near, `full` what is small. */
export type FaceRange = 'short' | 'full'

export interface DetectFacesOptions {
  /** Search overlapping tiles as well, for small faces: some five times the time. For stills and rare looks. */
  readonly thorough?: boolean
  /** Search by one detector alone. */
  readonly range?: FaceRange | undefined
  /** Search the picture with a gray border around it: for faces that the picture's edge cuts. */
  readonly beyondEdges?: boolean
}

/**
 * What each detector finds in turn, the surer first: the same face may come again, from a slightly different place. The
 * short range comes first, so that of a face that both see its finding is used: MediaPipe's mesh starts from it.
 */
export async function detectCandidates (
  models: FaceDetectorModels,
  image: Image,
  { thorough = false, range, beyondEdges = false }: DetectFacesOptions = {}
): Promise<FaceDetection[]> {
  const candidates: FaceDetection[] = []
  const searchBy = async (model: Model, detector: Detector): Promise<void> => {
    const fit = fitPicture(image, detector.inputSize, detector)
    candidates.push(...(beyondEdges
      ? await detectIn(model, detector, image, widened(fit, BEYOND_TIMES), GRAY)
      : await detectIn(model, detector, image, fit)))
  }
  if (range !== 'full') await searchBy(models.faceShort, SHORT)
  if (range !== 'short') await searchBy(models.faceFull, FULL)
  if (thorough) candidates.push(...(await detectInTiles(models, image)))
  return candidates
}

/** What the full range finds in overlapping tiles of the picture. */
export async function detectInTiles (
  { faceFull }: FaceDetectorModels, image: Image
): Promise<FaceDetection[]> {
  const found: FaceDetection[] = []
  for (const tile of tilesOf(image)) {
    found.push(...(await detectIn(faceFull, FULL, image, fitSquare(tile, FULL.inputSize))))
  }
  return blend(found, SUPPRESS_IOU)
}

async function detectIn (
  model: Model,
  { inputSize, anchors, scoreMin }: Detector,
  image: Image,
  { width, height, region, toImage }: Fit,
  border = 0
): Promise<FaceDetection[]> {
  const outputs = await withInputMemory(model, 3 * width * height, async out => {
    const { tensor } = sampleRegion(image, region, { width, height, low: -1, high: 1, border, out })
    return Object.values(await model.run({ [model.inputs[0]!.name]: tensor }))
  })
  const boxes = outputs.find(({ dims }) => dims.at(-1) === 4 + 2 * KEYPOINTS)
  const logits = outputs.find(({ dims }) => dims.at(-1) === 1)
  if (boxes === undefined || logits === undefined) {
    throw new TypeError(`${model.name} is no BlazeFace: it has no outputs of 16 and of 1.`)
  }
  return blend(
    decodeBoxes(
      boxes.data,
      logits.data,
      anchors(width, height),
      { inputSize, keypoints: KEYPOINTS, scoreMin },
      toImage
    ),
    SUPPRESS_IOU
  )
}

/** Overlapping squares that cover the picture, none for a small one. */
export function tilesOf ({ width, height }: Pick<Image, 'width' | 'height'>): Region[] {
  const side = Math.max(width, height) * TILE_SHARE
  if (side < TILE_SIDE_MIN) return []
  const centers = (length: number) => {
    const count = length <= side ? 1 : Math.ceil((length - side) / (side / 2)) + 1
    return Array.from({ length: count }, (_, index) =>
      count === 1 ? length / 2 : side / 2 + ((length - side) * index) / (count - 1)
    )
  }
  return centers(height).flatMap(centerY =>
    centers(width).map(centerX => ({ centerX, centerY, width: side, height: side, rotation: 0 }))
  )
}
