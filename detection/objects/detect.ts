import type { Box, Image, ObjectObservation, Region, Tensor } from '../types.ts'
import { LIKELY_ENTRY } from '../models/rewrite/likely-rows.ts'
import type { Model } from '../models/runtime.ts'
import { clipBox } from '../image/box.ts'
import { fitPicture, fitSquare, type Fit } from '../image/letterbox.ts'
import { withInputMemory } from '../image/input-memory.ts'
import { suppress } from '../image/nms.ts'
import { applyAffine } from '../image/region.ts'
import { sampleRegion } from '../image/sample.ts'
import { COCO_CLASSES, parseClassNames } from './classes.ts'
import { ZOOM_LABEL, bodyRegion, newPhones, tileRegions } from './zoom.ts'
import { decodeObjects } from './decode.ts'
import { inputSizeOf, objectLayout, type ObjectLayout } from './layout.ts'
import { isHead, withoutParts } from './people.ts'
import { withoutRivals } from './rivals.ts'
import { objectScoreMin } from './thresholds.ts'

/** Of boxes of one class that overlap more than this, the best stays: the customary limit of YOLOX. */
const IOU_MAX = 0.45

/** Byte value of the bars round a picture, as every YOLO is trained with. */
const PAD = 114

/** Objects reported of one picture at most; a shelf of books has dozens. */
const OBJECTS_MAX = 100

interface Detector {
  readonly layout: ObjectLayout
  readonly outputName: string
  readonly classes: readonly string[]
}

/**
 * What a model's output looks like, remembered for as long as the model lives: a fact about the model, never about a
 * picture.
 */
const DETECTORS = new WeakMap<Model, Promise<Detector>>()

export interface DetectObjectsOptions {
  /**
   * Runs the detector again when no phone is found: `body` at the largest person's head and hands, one more run;
   * `tiles` at parts of the whole picture as well, six more, for stills.
   */
  readonly zoom?: 'body' | 'tiles'
  /** Boxes of the detected faces: a phone that covers a whole head is discarded. */
  readonly faces?: readonly Box[]
}

/**
 * Objects in the picture, best first, in pixels and clipped to the picture.
 *
 * The detector may be any of those that `objectLayout` knows; throws `INVIGIL_ERR_MODEL_UNSUPPORTED` for others.
 */
export async function detectObjects (
  models: { readonly objects: Model },
  image: Image,
  { zoom, faces = [] }: DetectObjectsOptions = {}
): Promise<ObjectObservation[]> {
  const objects = withoutRivals(withoutParts(await lookForObjects(models.objects, image, { faces }), faces))
  if (zoom === undefined || objects.some(({ label }) => label === ZOOM_LABEL)) return objects
  const { inputSize } = (await detectorOf(models.objects)).layout
  const regions = [...bodyRegion(objects, image), ...(zoom === 'tiles' ? tileRegions(image, inputSize) : [])]
  for (const { region, scoreMin } of regions) {
    const found = withoutRivals(await lookForObjects(models.objects, image, { faces, square: region }))
    objects.push(...newPhones(found, objects, scoreMin))
  }
  return objects.sort((a, b) => b.score - a.score)
}

export interface LookOptions {
  readonly faces?: readonly Box[]
  /** An upright square of the picture; the whole picture by default. */
  readonly square?: Region
  /** The lowest score of a name. */
  readonly scoreMin?: (label: string) => number
}

/** One run of the detector: objects, best first; things may have several names. */
export async function lookForObjects (
  model: Model,
  image: Image,
  { faces = [], square, scoreMin = objectScoreMin }: LookOptions
): Promise<ObjectObservation[]> {
  const detector = await detectorOf(model)
  const { inputSize, picture, step = inputSize } = detector.layout
  const { order, high, align } = picture
  const fit = square === undefined ? fitPicture(image, inputSize, { step, align }) : fitSquare(square, inputSize)
  const { width, height, region } = fit
  const output = await withInputMemory(
    model,
    3 * width * height,
    async out =>
      await runDetector(
        model,
        sampleRegion(image, region, { width, height, order, high, border: PAD, out }).tensor,
        detector.outputName
      )
  )
  return readObjects(output.data, detector, fit, image, scoreMin).filter(
    ({ label, box }) => label !== ZOOM_LABEL || !isHead(box, faces)
  )
}

function detectorOf (model: Model): Promise<Detector> {
  let detector = DETECTORS.get(model)
  if (detector === undefined) {
    detector = probe(model)
    DETECTORS.set(model, detector)
  }
  return detector
}

/** Runs the model once on a grey picture: declared shapes may be free, so the layout is read from the output. */
async function probe (model: Model): Promise<Detector> {
  const inputDims = model.inputs[0]?.dims ?? []
  const trainedSize = model.metadata['imgsz']
  const side = inputSizeOf(inputDims, trainedSize)
  const outputName = model.outputs.find(name => name.endsWith('/detections')) ?? model.outputs[0] ?? ''
  const grey = new Float32Array(3 * side * side).fill(0.5)
  const output = await runDetector(model, { data: grey, dims: [1, 3, side, side] }, outputName)
  const names = parseClassNames(model.metadata.names)
  const layout = objectLayout({
    inputDims,
    outputDims: output.dims,
    classCount: names?.length,
    outputName,
    trainedSize,
    listedColumns: model.metadata[LIKELY_ENTRY]
  })
  return { layout, outputName, classes: names ?? COCO_CLASSES }
}

async function runDetector (model: Model, tensor: Tensor, outputName: string): Promise<Tensor> {
  const outputs = await model.run({ [model.inputs[0]!.name]: tensor })
  return outputs[outputName]!
}

function readObjects (
  data: Float32Array,
  { layout, classes }: Detector,
  { width, height, toImage }: Fit,
  image: Image,
  scoreMin: (label: string) => number
): ObjectObservation[] {
  const labelOf = (classIndex: number) => classes[classIndex] ?? String(classIndex)
  const { inputSize } = layout
  const candidates = decodeObjects(data, layout, classes.length, index => scoreMin(labelOf(index)), {
    width,
    height
  })
  const kept = suppress(candidates, IOU_MAX, (a, b) => a.classIndex === b.classIndex)
  const objects: ObjectObservation[] = []
  for (const { classIndex, score, box } of kept.slice(0, OBJECTS_MAX)) {
    const corner = applyAffine(toImage, box.x / inputSize, box.y / inputSize)
    const pixels = { ...corner, width: box.width / inputSize * toImage.xx, height: box.height / inputSize * toImage.yy }
    const inside = clipBox(pixels, image.width, image.height)
    if (inside.width > 0 && inside.height > 0) objects.push({ label: labelOf(classIndex), score, box: inside })
  }
  return objects
}
