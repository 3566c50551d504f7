import './no-telemetry.ts'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { DetectionError } from '../errors.ts'
import { native } from '../native-gate.ts'
import type { Tensor } from '../types.ts'
import { readOnnxMetadata } from './import/onnx.ts'
import { rewriteOnnx, type Rewrite } from './rewrite/onnx-file.ts'

/** A model ready to run. `run` blocks its thread, so it belongs into a worker. */
export interface Model {
  readonly name: string
  /** A dimension of -1 is free. */
  readonly inputs: readonly { readonly name: string, readonly dims: readonly number[] }[]
  readonly outputs: readonly string[]
  /** What an ONNX file says about itself, such as a YOLO export's class `names`. */
  readonly metadata: Readonly<Record<string, string>>
  /** Inputs by name; gives every output by name. */
  run (inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>
}

/**
 * Loads an ONNX file. One thread: the workers share the cores between them. To be called once a model and worker, at
 * start, because making and releasing sessions leaks. `rewrites` change the file's graph before. Throws
 * INVIGIL_ERR_MODEL_CORRUPT when the file is not one that onnxruntime can load.
 */
export async function createModel (name: string, file: Uint8Array, rewrites: readonly Rewrite[] = []): Promise<Model> {
  let session: InferenceSession
  let metadata: Record<string, string>
  try {
    const onnx = rewrites.length === 0 ? file : rewriteOnnx(file, rewrites)
    metadata = readOnnxMetadata(onnx)
    session = await native(async () => await InferenceSession.create(onnx, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Warnings of the engine are about its own choices; what concerns us comes as an error.
      logSeverityLevel: 3
    }))
  } catch (cause) {
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      `${name}: onnxruntime cannot load this file (${file.length} bytes)`,
      { cause }
    )
  }
  const inputs = session.inputMetadata.map(input => ({
    name: input.name,
    dims: input.isTensor ? input.shape.map(dim => typeof dim === 'number' ? dim : -1) : []
  }))
  return {
    name,
    inputs,
    outputs: session.outputNames,
    metadata,
    async run (tensors) {
      const feeds: Record<string, OrtTensor> = {}
      for (const input of inputs) {
        const tensor = tensors[input.name]
        if (tensor === undefined) throw new TypeError(`${name}: input ${input.name} is missing`)
        feeds[input.name] = new OrtTensor('float32', tensor.data, tensor.dims)
      }
      const results = await native(async () => await session.run(feeds))
      const outputs: Record<string, Tensor> = {}
      for (const output of session.outputNames) {
        const result = results[output]!
        outputs[output] = { data: floats(result.data), dims: result.dims }
      }
      return outputs
    }
  }
}

/** Some exports give class numbers as integers. */
function floats (data: OrtTensor['data']): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number)
}
