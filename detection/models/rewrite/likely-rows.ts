import type { FileNode, FileTensor, OnnxFile } from './onnx-file.ts'
import { floatTensor, intAttributes, intsOf, Wiring } from './onnx-file.ts'

/** The metadata entry that says that the output is a list of likely rows, and how many columns each row had. */
export const LIKELY_ENTRY = 'likely_rows_of'

/** Columns before the objectness: the box. */
const BOX = 4

/**
 * Makes YOLOX return only the rows with an objectness above `objectnessMin`: some ten of thousands. A last column holds
 * each row's number. A megabyte of fresh memory for each run makes V8 collect all garbage every
 * few frames, which took a tenth of a frame's processor time.
 *
 * Looked for is the end of YOLOX's graph: boxes, objectness and classes of each stride joined, flattened, joined and
 * turned into rows.
 */
export function likelyRows (objectnessMin: number): (file: OnnxFile) => OnnxFile {
  return file => {
    const { node, initializer, output } = file.graph
    const [rows] = output
    const wiring = new Wiring(file.graph)
    const end = wiring.maker(rows?.name)
    if (output.length !== 1 || end?.opType !== 'Transpose' || intsOf(end, 'perm')?.join() !== '0,2,1') return file
    const [joined] = end.input
    const strides = wiring.maker(joined)
    const columns = new Set(strides?.opType === 'Concat' ? strides.input.map(name => columnsOf(wiring, name)) : [])
    const [count] = columns
    if (joined === undefined || columns.size !== 1 || count === undefined) return file
    const constants: FileTensor[] = [
      floatTensor('likely min', [], Float32Array.of(objectnessMin)),
      int64Tensor('likely 0', [0]),
      int64Tensor('likely 1', [1]),
      int64Tensor('likely 2', [2]),
      int64Tensor('likely 3', [3]),
      int64Tensor('likely box', [BOX]),
      int64Tensor('likely box and objectness', [BOX + 1]),
      int64Tensor('likely list', [-1]),
      int64Tensor('likely row', [1, 1, -1])
    ]
    const likely: FileNode[] = [
      make('Slice', [joined, 'likely box', 'likely box and objectness', 'likely 1'], 'likely objectness'),
      make('Greater', ['likely objectness', 'likely min'], 'likely is'),
      // Three rows of places, of which the last counts along the cells.
      make('NonZero', ['likely is'], 'likely places'),
      make('Slice', ['likely places', 'likely 2', 'likely 3', 'likely 0'], 'likely last place'),
      make('Reshape', ['likely last place', 'likely list'], 'likely cells'),
      make('Gather', [joined, 'likely cells'], 'likely columns', { axis: 2 }),
      make('Cast', ['likely cells'], 'likely numbers', { to: 1 }),
      make('Reshape', ['likely numbers', 'likely row'], 'likely numbers in a row'),
      make('Concat', ['likely columns', 'likely numbers in a row'], 'likely joined', { axis: 1 }),
      { ...end, input: ['likely joined'] }
    ]
    return {
      ...file,
      metadataProps: [...file.metadataProps, { key: LIKELY_ENTRY, value: String(count) }],
      graph: {
        ...file.graph,
        node: [...node.filter(each => each !== end), ...likely],
        initializer: [...initializer, ...constants],
        output: [{ name: rows!.name, type: { tensorType: { elemType: 1 } } }]
      }
    }
  }
}

function make (
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {}
): FileNode {
  return { name: output, opType, input, output: [output], attribute: intAttributes(attributes) }
}

function int64Tensor (name: string, values: readonly number[]): FileTensor {
  return {
    name,
    dims: [values.length],
    dataType: 7,
    rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    floatData: [],
    int64Data: []
  }
}

/** Columns of one stride's rows: the box as it comes, the sigmoids of objectness and of classes; else undefined. */
function columnsOf (wiring: Wiring, name: string): number | undefined {
  const flat = wiring.maker(name)
  const parts = flat?.opType === 'Reshape' ? wiring.maker(flat.input[0]) : undefined
  if (parts?.opType !== 'Concat' || parts.input.length !== 3) return undefined
  const [box, objectness, classes] = parts.input.map(part => wiring.maker(part))
  const isYolox =
    channelsOf(wiring, box) === BOX && objectness?.opType === 'Sigmoid' && classes?.opType === 'Sigmoid' &&
    channelsOf(wiring, wiring.maker(objectness.input[0])) === 1
  const classCount = isYolox ? channelsOf(wiring, wiring.maker(classes.input[0])) : undefined
  return classCount === undefined ? undefined : BOX + 1 + classCount
}

/** Channels that a convolution gives. */
function channelsOf (wiring: Wiring, node: FileNode | undefined): number | undefined {
  return node?.opType === 'Conv' ? wiring.constant(node.input[1])?.dims[0] : undefined
}
