import type { FileNode, OnnxFile } from './onnx-file.ts'
import { Wiring } from './onnx-file.ts'

/**
 * The metadata entry in which the size that a freed model was made for stands, as Ultralytics' exports have it:
 * `[height, width]`.
 */
const SIZE_ENTRY = 'imgsz'

/**
 * Lets a picture input [1, 3, height, width] be of any size, where nothing in the graph knows the one it was exported
 * for: one session then serves pictures of every shape without bars. Graphs with anything else in them, such as the
 * built-in grids of most YOLO exports, stay.
 */
export function freeSize (file: OnnxFile): OnnxFile {
  const { node, initializer, input, output } = file.graph
  const wiring = new Wiring(file.graph)
  const constants = new Set(initializer.map(({ name }) => name))
  // Old files list their constants among the inputs.
  const [picture, ...others] = input.filter(({ name }) => !constants.has(name))
  const type = picture?.type?.tensorType
  const [batch, channels, height, width] = type?.shape?.dim.map(({ dimValue = 0 }) => dimValue) ?? []
  if (picture === undefined || type === undefined || others.length > 0 || batch !== 1 || channels !== 3) return file
  if (!(height! > 0 && width! > 0) || !node.every(each => isSizeless(wiring, each))) return file
  const dim = [{ dimValue: 1 }, { dimValue: 3 }, { dimParam: 'height' }, { dimParam: 'width' }]
  const free = { ...picture, type: { tensorType: { ...type, shape: { dim } } } }
  return {
    ...file,
    metadataProps: [
      ...file.metadataProps.filter(({ key }) => key !== SIZE_ENTRY),
      { key: SIZE_ENTRY, value: `[${height}, ${width}]` }
    ],
    graph: {
      ...file.graph,
      input: input.map(value => (value === picture ? free : value)),
      output: output.map(value => ({
        name: value.name,
        type: { tensorType: { elemType: value.type?.tensorType?.elemType ?? 1 } }
      }))
    }
  }
}

/** Operators that do the same at every place of a picture of any size. */
const LOCAL = new Set([
  'Conv',
  'MaxPool',
  'AveragePool',
  'Sigmoid',
  'Relu',
  'LeakyRelu',
  'HardSwish',
  'Tanh',
  'Clip',
  'Transpose',
  'Identity'
])

function isSizeless (wiring: Wiring, node: FileNode): boolean {
  if ((node.domain ?? '') !== '') return false
  switch (node.opType) {
    // By factors; a fourth input would be sizes.
    case 'Resize': return node.input.length === 3 && wiring.constant(node.input[2]) !== undefined
    case 'Reshape': return flattensPlaces(wiring, node)
    // A constant may differ from channel to channel, not from place to place.
    case 'Add': case 'Mul': return node.input.every(name => {
      const dims = wiring.constant(name)?.dims
      return dims === undefined || dims.slice(-2).every(dim => dim === 1)
    })
    case 'Concat': return node.input.every(name => wiring.constant(name) === undefined)
    default: return LOCAL.has(node.opType)
  }
}

/** [1, channels, height, width] to [1, channels, places]: the last is left open. */
function flattensPlaces (wiring: Wiring, node: FileNode): boolean {
  const shape = wiring.integers(node.input[1])
  return shape?.length === 3 && shape[0] === 1 && shape[1]! > 0 && shape[2] === -1
}
