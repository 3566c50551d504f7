import type { FileNode, FileTensor, OnnxFile } from './onnx-file.ts'
import { floatTensor, intAttributes, Wiring } from './onnx-file.ts'

/**
 * A PRelu with a slope a channel as x + (1 − slope)·relu(−x), in the spelling that `lowerPrelu` explains: onnxruntime's
 * own leaves the blocked layout.
 */
export function splitPrelu (file: OnnxFile): OnnxFile {
  const wiring = new Wiring(file.graph)
  const added: FileTensor[] = []
  const node = file.graph.node.flatMap((prelu): FileNode[] => {
    const slopes = wiring.floats(prelu.input[1])
    const [channels, ...places] = wiring.constant(prelu.input[1])?.dims ?? []
    // [channels, 1, 1], as for a picture; anything else may mean another dimension.
    if (prelu.opType !== 'PRelu' || slopes === undefined || channels === undefined || places.join() !== '1,1') {
      return [prelu]
    }
    const [input, output] = [prelu.input[0]!, prelu.output[0]!]
    const depthwise = (from: string, to: string, data: Float32Array): FileNode => {
      added.push(floatTensor(`${to} weights`, [channels, 1, 1, 1], data))
      return {
        name: to,
        opType: 'Conv',
        input: [from, `${to} weights`],
        output: [to],
        attribute: intAttributes({ kernel_shape: [1, 1], group: channels })
      }
    }
    return [
      depthwise(input, `${output} minus`, new Float32Array(channels).fill(-1)),
      {
        name: `${output} below`,
        opType: 'Relu',
        input: [`${output} minus`],
        output: [`${output} below`],
        attribute: []
      },
      depthwise(
        `${output} below`,
        `${output} correction`,
        slopes.map(slope => 1 - slope)
      ),
      { name: output, opType: 'Add', input: [input, `${output} correction`], output: [output], attribute: [] }
    ]
  })
  return added.length === 0
    ? file
    : { ...file, graph: { ...file.graph, node, initializer: [...file.graph.initializer, ...added] } }
}
