import { DetectionError } from '../errors.ts'

/**
 * What a detector's output holds:
 * - `grid`: YOLOX, a row a cell: box relative to its cell, objectness, classes.
 * - `anchored`: YOLOv5, a row an anchor: box in input pixels, objectness, classes.
 * - `free`: YOLOv8 and v11, box in input pixels and classes; `transposed` when a row is a number and not a candidate.
 * - `final`: YOLOv10, v26 and CenterNet, a row an object: left, top, right, bottom, score, class.
 */
export type OutputForm = 'grid' | 'anchored' | 'free' | 'final'

/** How a picture goes into a detector and how its output is read. */
export interface ObjectLayout {
  readonly form: OutputForm
  /** Side of the square input in pixels. */
  readonly inputSize: number
  /**
   * A picture's shorter side may be any multiple of this, without bars up to the square; absent where only squares fit.
   */
  readonly step?: number
  /** Candidates in the output. */
  readonly rows: number
  /** Numbers a candidate. */
  readonly columns: number
  readonly transposed: boolean
  /** Of a grid: the output is a list of rows, each with its number behind its columns. */
  readonly isList?: boolean
  readonly picture: PictureFormat
}

/** What the model was trained on. */
export interface PictureFormat {
  readonly order: 'rgb' | 'bgr'
  /** What a byte of 255 becomes; a byte of 0 becomes 0. */
  readonly high: 1 | 255
  /** Where the picture lies between the bars that make it square: in the middle, or at the top left. */
  readonly align: 'center' | 'corner'
}

/** YOLOX (github.com/Megvii-BaseDetection/YOLOX, data_augment.preproc): as OpenCV reads it, at the top left corner. */
const YOLOX_PICTURE: PictureFormat = { order: 'bgr', high: 255, align: 'corner' }
/** Ultralytics exports (docs.ultralytics.com, preprocessing of predict mode). */
const ULTRALYTICS_PICTURE: PictureFormat = { order: 'rgb', high: 1, align: 'center' }
/**
 * CenterNet of @vladmandic/human: its first convolution takes bytes, as that library feeds it. Bars, which the library
 * does without, keep shapes: a phone of 140×320 goes from unseen to 0.61.
 */
const CENTERNET_PICTURE: PictureFormat = { order: 'rgb', high: 255, align: 'center' }

/** Cells of one input pixel row: the strides of every YOLO with three levels. */
export const STRIDES = [8, 16, 32] as const

/** Anchors a cell of YOLOv5. */
const ANCHORS_A_CELL = 3

/** Side used where a model leaves its input size open: what Ultralytics trains at. */
const INPUT_SIZE_DEFAULT = 640

/** COCO's count, for files without metadata. */
const CLASSES_DEFAULT = 80

export interface LayoutQuestion {
  /** Of the input [1, 3, height, width]; a free side is ≤ 0 or not a number. */
  readonly inputDims: readonly number[]
  /** Of the output that holds the boxes. */
  readonly outputDims: readonly number[]
  /** From the metadata; undefined when the file has none. */
  readonly classCount?: number | undefined
  /** The model's own name for that output. */
  readonly outputName?: string
  /**
   * From the metadata entry `imgsz`, in which exporters of free sizes write the one they trained at, such as `[416,
   * 416]`.
   */
  readonly trainedSize?: string | undefined
  /** From the metadata entry of `likelyRows`: the columns of a grid of which the output lists the likely rows. */
  readonly listedColumns?: string | undefined
}

/**
 * Tells a detector's form from the shape of its output.
 *
 * YOLOX and YOLOv5 both have 5 + classes columns; YOLOX has a row a cell, YOLOv5 three. A row a cell without objectness
 * is YOLOv8. Throws `INVIGIL_ERR_MODEL_UNSUPPORTED` naming the shape when it is none of them.
 */
export function objectLayout ({
  inputDims,
  outputDims,
  classCount,
  outputName = '',
  trainedSize,
  listedColumns
}: LayoutQuestion): ObjectLayout {
  const inputSize = inputSizeOf(inputDims, trainedSize)
  const [batch, a = 0, b = 0] = outputDims
  if (outputDims.length !== 3 || batch !== 1) throw unsupported(inputDims, outputDims)
  const cells = STRIDES.reduce((sum, stride) => sum + Math.ceil(inputSize / stride) ** 2, 0)
  const step = isFree(inputDims[2]) && isFree(inputDims[3]) ? { step: STRIDES.at(-1)! } : {}
  const grid = { form: 'grid', inputSize, rows: cells, transposed: false, picture: YOLOX_PICTURE, ...step } as const
  if (listedColumns !== undefined) return { ...grid, columns: Number(listedColumns), isList: true }
  // A detector of one or two classes has six columns, too, but as many rows as cells or anchors.
  if (b === 6 && a !== cells && a !== ANCHORS_A_CELL * cells) {
    const picture = outputName.endsWith('/detections') ? CENTERNET_PICTURE : ULTRALYTICS_PICTURE
    return { form: 'final', inputSize, rows: a, columns: b, transposed: false, picture }
  }
  const classes = classCount ?? CLASSES_DEFAULT
  if (a === cells && b !== 4 + classes && (classCount === undefined || b === 5 + classes)) {
    return { ...grid, columns: b }
  }
  if (a === cells && b >= 4 + classes) {
    return { form: 'free', inputSize, rows: a, columns: b, transposed: false, picture: ULTRALYTICS_PICTURE }
  }
  if (b === cells && a >= 4 + (classCount ?? 1)) {
    return { form: 'free', inputSize, rows: b, columns: a, transposed: true, picture: ULTRALYTICS_PICTURE }
  }
  if (a === ANCHORS_A_CELL * cells && b >= 5 + (classCount ?? 1)) {
    return { form: 'anchored', inputSize, rows: a, columns: b, transposed: false, picture: ULTRALYTICS_PICTURE }
  }
  throw unsupported(inputDims, outputDims)
}

/**
 * Side of a detector's square input; where the model leaves it open the one it was trained at, 640 if it does not say.
 */
export function inputSizeOf (dims: readonly number[], trainedSize?: string): number {
  const [, channels = 3, height = 0, width = 0] = dims
  if (dims.length !== 4 || (channels !== 3 && !isFree(channels))) throw unsupported(dims)
  if (isFree(height) && isFree(width)) {
    const [, side, other] = /^\[(\d+), ?(\d+)\]$/.exec(trainedSize ?? '') ?? []
    return side !== undefined && side === other ? Number(side) : INPUT_SIZE_DEFAULT
  }
  if (height !== width) throw unsupported(dims)
  return height
}

function isFree (side = 0): boolean {
  return !(side > 0)
}

function unsupported (inputDims: readonly number[], outputDims?: readonly number[]): DetectionError {
  const output = outputDims === undefined ? '' : ` and output [${outputDims.join(', ')}]`
  return new DetectionError(
    'INVIGIL_ERR_MODEL_UNSUPPORTED',
    `An object detector with input [${inputDims.join(', ')}]${output} is none of YOLOX, YOLOv5, v8, v10, v11, v26 or CenterNet; export it with a square input and batch 1.`
  )
}
