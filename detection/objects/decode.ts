import type { ObjectLayout } from './layout.ts'
import { STRIDES } from './layout.ts'
import type { Scored } from '../image/nms.ts'

/** A box in pixels of the model's input, with the number of its class. */
export interface Candidate extends Scored {
  readonly classIndex: number
}

/** Sides of a detector's input in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The lowest score with which a class is reported. */
export type ScoreMin = (classIndex: number) => number

/**
 * Candidates of any detector's raw output, before suppression, in no order.
 * `classCount` bounds the columns read as classes: exports for masks or poses carry more behind them. `size` is that of
 * the input shown.
 */
export function decodeObjects (
  data: Float32Array,
  layout: ObjectLayout,
  classCount: number,
  scoreMin: ScoreMin,
  size: Size = { width: layout.inputSize, height: layout.inputSize }
): Candidate[] {
  const inRow = layout.columns - (layout.form === 'free' ? 4 : 5)
  const read = layout.form === 'final' ? classCount : Math.min(classCount, inRow)
  const minima = Float64Array.from({ length: read }, (_, index) => scoreMin(index))
  switch (layout.form) {
    case 'grid':
      return decodeGrid(data, layout, minima, size)
    case 'anchored':
      return decodeRows(data, layout, minima, true)
    case 'free':
      return layout.transposed ? decodeColumns(data, layout, minima) : decodeRows(data, layout, minima, false)
    case 'final':
      return decodeFinal(data, layout, minima)
  }
}

/** YOLOX: the centre is an offset in cells from the cell's corner, the size a logarithm of cells (arXiv 2107.08430). */
function decodeGrid (
  data: Float32Array,
  { columns, isList = false }: ObjectLayout,
  minima: Float64Array,
  size: Size
): Candidate[] {
  const found: Candidate[] = []
  const lowest = Math.min(...minima)
  const step = isList ? columns + 1 : columns
  for (let row = 0, at = 0; at < data.length; row++, at += step) {
    const objectness = data[at + 4]!
    if (!(objectness >= lowest)) continue
    const best = bestClass(data, at + 5, minima, objectness)
    if (best === undefined) continue
    const { stride, column, line } = cellOf(isList ? data[at + columns]! : row, size)
    const centerX = (data[at]! + column) * stride
    const centerY = (data[at + 1]! + line) * stride
    found.push({
      ...best,
      box: boxAround(centerX, centerY, Math.exp(data[at + 2]!) * stride, Math.exp(data[at + 3]!) * stride)
    })
  }
  return found
}

/** Where a row's cell lies in the grid of its stride; the strides follow each other. */
function cellOf (row: number, { width, height }: Size): { stride: number, column: number, line: number } {
  let cell = row
  for (const stride of STRIDES) {
    const across = Math.ceil(width / stride)
    const cells = across * Math.ceil(height / stride)
    if (cell < cells) return { stride, column: cell % across, line: Math.floor(cell / across) }
    cell -= cells
  }
  throw new RangeError(`The object detector's output has more rows than cells (${row}).`)
}

/** YOLOv5 with objectness in the fifth column, YOLOv8 transposed without. */
function decodeRows (
  data: Float32Array,
  { rows, columns }: ObjectLayout,
  minima: Float64Array,
  hasObjectness: boolean
): Candidate[] {
  const found: Candidate[] = []
  const lowest = Math.min(...minima)
  const classesAt = hasObjectness ? 5 : 4
  for (let at = 0; at < rows * columns; at += columns) {
    const objectness = hasObjectness ? data[at + 4]! : 1
    if (!(objectness >= lowest)) continue
    const best = bestClass(data, at + classesAt, minima, objectness)
    if (best !== undefined) {
      found.push({ ...best, box: boxAround(data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!) })
    }
  }
  return found
}

/** YOLOv8 and v11 as exported: four rows of boxes, then a row a class. Walked along the rows, as they lie in memory. */
function decodeColumns (data: Float32Array, { rows }: ObjectLayout, minima: Float64Array): Candidate[] {
  const scores = new Float32Array(rows)
  const classes = new Int32Array(rows).fill(-1)
  for (let index = 0; index < minima.length; index++) {
    const base = (4 + index) * rows
    for (let row = 0; row < rows; row++) {
      const score = data[base + row]!
      if (score > scores[row]!) {
        scores[row] = score
        classes[row] = index
      }
    }
  }
  const found: Candidate[] = []
  for (let row = 0; row < rows; row++) {
    const classIndex = classes[row]!
    if (!(scores[row]! >= (minima[classIndex] ?? Infinity))) continue
    const box = boxAround(data[row]!, data[rows + row]!, data[2 * rows + row]!, data[3 * rows + row]!)
    found.push({ classIndex, score: scores[row]!, box })
  }
  return found
}

/** Corners, score and class, nothing left to work out. */
function decodeFinal (data: Float32Array, { rows, columns }: ObjectLayout, minima: Float64Array): Candidate[] {
  const found: Candidate[] = []
  for (let at = 0; at < rows * columns; at += columns) {
    const score = data[at + 4]!
    const classIndex = Math.round(data[at + 5]!)
    if (!(score >= (minima[classIndex] ?? Infinity))) continue
    const x = data[at]!
    const y = data[at + 1]!
    found.push({ classIndex, score, box: { x, y, width: data[at + 2]! - x, height: data[at + 3]! - y } })
  }
  return found
}

/**
 * The class with the best score, if that reaches its minimum: a likelier look-alike is no reason to report the
 * runner-up.
 */
function bestClass (
  data: Float32Array,
  at: number,
  minima: Float64Array,
  objectness: number
): { classIndex: number, score: number } | undefined {
  let classIndex = -1
  let best = 0
  for (let index = 0; index < minima.length; index++) {
    const value = data[at + index]!
    if (value > best) {
      classIndex = index
      best = value
    }
  }
  const score = best * objectness
  return score >= (minima[classIndex] ?? Infinity) ? { classIndex, score } : undefined
}

function boxAround (centerX: number, centerY: number, width: number, height: number): Candidate['box'] {
  return { x: centerX - width / 2, y: centerY - height / 2, width, height }
}
