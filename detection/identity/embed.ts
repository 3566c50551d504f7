import type { FaceObservation, Image } from '../types.ts'
import { regionOfAnchors } from './alignment.ts'
import { cutChip, mirrorChip } from './chip.ts'
import { measureFace } from './face-facts.ts'
import type { FaceNet, IdentityModels } from './nets.ts'

/**
 * The vector of a face: one part a net, each the mean over the face and its mirror image, scaled to the net's weight
 * and joined. Two such vectors are compared by their Euclidean distance (`faceDistance`). With the models out of npm it
 * has 1152 numbers and length 1. `landmarks` are the face's mesh, shares of the picture.
 */
export async function embedFace (
  models: IdentityModels,
  image: Image,
  landmarks: Float32Array
): Promise<Float32Array> {
  return await (await embedSeen(models, image, landmarks)).complete()
}

/** The vector of a face without its mirror image: half the work. */
export interface SeenVector {
  readonly vector: Float32Array
  /** The vector with the mirror image. */
  complete (): Promise<Float32Array>
}

export async function embedSeen (
  { nets }: IdentityModels,
  image: Image,
  landmarks: Float32Array
): Promise<SeenVector> {
  const seen: Array<{ readonly net: FaceNet, readonly chip: Float32Array, readonly numbers: Float32Array }> = []
  for (const net of nets) {
    const chip = cutChip(image, regionOfAnchors(landmarks, image.width, image.height, net.anchors), net)
    normalize(chip, net)
    seen.push({ net, chip, numbers: await run(net, chip) })
  }
  return {
    vector: joined(seen.map(({ net, numbers }) => scaled(numbers, net.weight))),
    async complete () {
      const parts: Float32Array[] = []
      for (const { net, chip, numbers } of seen) {
        const mirrored = await run(net, mirrorChip(chip, net.size))
        parts.push(scaled(numbers.map((value, at) => value + mirrored[at]!), net.weight))
      }
      return joined(parts)
    }
  }
}

function joined (parts: readonly Float32Array[]): Float32Array {
  const vector = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    vector.set(part, at)
    at += part.length
  }
  return vector
}

/** The faces with their vectors, and with how well each is to be seen. */
export async function withEmbeddings (
  models: IdentityModels,
  image: Image,
  faces: readonly FaceObservation[]
): Promise<FaceObservation[]> {
  const known: FaceObservation[] = []
  for (const face of faces) {
    known.push({
      ...face,
      embedding: await embedFace(models, image, face.landmarks),
      facts: measureFace(image, face.landmarks)
    })
  }
  return known
}

/** The net's numbers for one chip, length 1. */
async function run ({ model, size, root }: FaceNet, chip: Float32Array): Promise<Float32Array> {
  const outputs = await model.run({ [model.inputs[0]!.name]: { data: chip, dims: [1, 3, size, size] } })
  const numbers = outputs[model.outputs[0]!]!.data
  return scaled(root ? numbers.map(value => Math.sqrt(Math.max(0, value))) : numbers, 1)
}

function normalize (chip: Float32Array, { mean, divisor, size }: FaceNet): void {
  const plane = size * size
  mean.forEach((middle, channel) => {
    for (let at = channel * plane; at < (channel + 1) * plane; at++) chip[at] = (chip[at]! - middle) / divisor
  })
}

/** The same direction with this length; all zeros stay. */
export function scaled (vector: Float32Array, length: number): Float32Array {
  let squares = 0
  for (let at = 0; at < vector.length; at++) squares += vector[at]! * vector[at]!
  const factor = squares === 0 ? 0 : length / Math.sqrt(squares)
  return vector.map(value => value * factor)
}
