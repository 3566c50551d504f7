import type { Lowering } from './lowering.ts'
import type { Operator, SourceNode } from './source.ts'

/*
 * The three operators that MediaPipe adds to TFLite for the face mesh with attention, as standard ONNX operators.
 * A matrix here is 4×4, of which the upper left 2×2 and the shift in the last column are used: x and y only.
 */

type Of<Kind extends Operator['kind']> = Extract<Operator, { kind: Kind }>

/**
 * Landmarks2TransformMatrix: the matrix that lays an upright grid over a part of the face. The grid is turned as the
 * line between two points is, and covers the box of the listed points, enlarged by `scale`. Cosine and sine are the
 * line's unit vector.
 */
export function lowerTransformMatrix (lowering: Lowering, node: SourceNode, operator: Of<'transformMatrix'>): void {
  const [input] = node.inputs as [string]
  const batch = lowering.shape(input)[0]!
  const { emit, int64s } = bound(lowering)
  const plane = emit('Slice', [lowering.source(input), int64s([0]), int64s([2]), int64s([2])])
  const line = emit('Sub', [
    emit('Gather', [plane, int64s([operator.to])], { axis: 1 }),
    emit('Gather', [plane, int64s([operator.from])], { axis: 1 })
  ])
  const unit = emit('Div', [line, emit('ReduceL2', [line], { axes: [2], keepdims: 1 })])
  const [cosine, sine] = lowering.emitMany('Split', [unit, int64s([1, 1])], 2, { axis: 2 }) as [string, string]
  // [[cos, −sin], [sin, cos]] turns a column by the angle, and a row by minus the angle.
  const turn = lowering.reshape(emit('Concat', [cosine, emit('Neg', [sine]), sine, cosine], { axis: 2 }), [batch, 2, 2])
  const upright = emit('MatMul', [emit('Gather', [plane, int64s(operator.points)], { axis: 1 }), turn])
  const least = emit('ReduceMin', [upright], { axes: [1], keepdims: 1 })
  const most = emit('ReduceMax', [upright], { axes: [1], keepdims: 1 })
  const middle = emit('Mul', [emit('Add', [least, most]), lowering.scalar(0.5)])
  const center = emit('MatMul', [turn, lowering.reshape(middle, [batch, 2, 1])])
  const [height, width] = operator.outputSize
  const step = lowering.floats(Float32Array.of(operator.scale[0] / width, operator.scale[1] / height), [2])
  const turnAndScale = emit('Mul', [turn, emit('Mul', [emit('Sub', [most, least]), step])])
  const half = lowering.floats(Float32Array.of(width / 2, height / 2), [2, 1])
  const shift = emit('Sub', [center, emit('MatMul', [turnAndScale, half])])
  // Third column: zeros. Third and fourth row: those of the identity.
  const wide = emit('Concat', [emit('Pad', [turnAndScale, int64s([0, 0, 0, 0, 0, 1])]), shift], { axis: 2 })
  const tall = emit('Pad', [wide, int64s([0, 0, 0, 0, 2, 0])])
  const identity = lowering.floats(Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1), [4, 4])
  lowering.setSource(node.outputs[0]!, emit('Add', [tall, identity]), [batch, 4, 4])
}

/**
 * TransformTensorBilinear: the feature map sampled at matrix · (x, y, 0, 1) for each cell of the output, pixel centres
 * at a half, zero outside. With GridSample's own half-pixel rule the centres need no correction of the shifts.
 */
export function lowerSampleTensor (
  lowering: Lowering,
  node: SourceNode,
  { outputSize: [height, width] }: Of<'sampleTensor'>
): void {
  const [features, matrix] = node.inputs as [string, string]
  const [batch, rows, columns, channels] = lowering.shape(features) as [number, number, number, number]
  const { emit } = bound(lowering)
  const centers = new Float32Array(height * width * 2)
  for (let index = 0; index < height * width; index++) {
    centers[2 * index] = index % width + 0.5
    centers[2 * index + 1] = Math.floor(index / width) + 0.5
  }
  const points = transformed(lowering, lowering.floats(centers, [1, height * width, 2]), matrix)
  // GridSample's coordinates run from −1 to 1 over the map.
  const scaled = emit('Mul', [points, lowering.floats(Float32Array.of(2 / columns, 2 / rows), [2])])
  const grid = lowering.reshape(emit('Sub', [scaled, lowering.scalar(1)]), [batch, height, width, 2])
  const sampled = emit('GridSample', [lowering.planar(features), grid], {
    mode: 'bilinear',
    padding_mode: 'zeros',
    align_corners: 0
  })
  // A convolution that copies takes the sample into onnxruntime's blocked layout, where what follows then stays.
  const stored = lowering.stored(features)
  const copied = emit('Conv', [sampled, lowering.floats(new Float32Array(stored).fill(1), [stored, 1, 1, 1])], {
    kernel_shape: [1, 1],
    group: stored
  })
  lowering.setPlanar(node.outputs[0]!, copied, [batch, height, width, channels], stored)
}

/** TransformLandmarks: matrix · (x, y, 0, 1) for each point; a third coordinate stays as it is. */
export function lowerTransformPoints (lowering: Lowering, node: SourceNode): void {
  const [points, matrix] = node.inputs as [string, string]
  const shape = lowering.shape(points)
  const { emit, int64s } = bound(lowering)
  const name = lowering.source(points)
  if (shape[2] === 2) {
    lowering.setSource(node.outputs[0]!, transformed(lowering, name, matrix), shape)
    return
  }
  const [plane, depth] = lowering.emitMany('Split', [name, int64s([2, shape[2]! - 2])], 2, { axis: 2 }) as [
    string,
    string
  ]
  lowering.setSource(
    node.outputs[0]!,
    emit('Concat', [transformed(lowering, plane, matrix), depth], { axis: 2 }),
    shape
  )
}

/** Rows of (x, y) times the transposed 2×2 part, plus the shift. */
function transformed (lowering: Lowering, points: string, matrix: string): string {
  const { emit, int64s } = bound(lowering)
  const upper = emit('Transpose', [emit('Slice', [lowering.source(matrix), int64s([0]), int64s([2]), int64s([1])])], {
    perm: [0, 2, 1]
  })
  const linear = emit('Slice', [upper, int64s([0]), int64s([2]), int64s([1])])
  const shift = emit('Slice', [upper, int64s([3]), int64s([4]), int64s([1])])
  return emit('Add', [emit('MatMul', [points, linear]), shift])
}

function bound (lowering: Lowering) {
  return { emit: lowering.emit.bind(lowering), int64s: (values: readonly number[]) => lowering.int64s(values) }
}
