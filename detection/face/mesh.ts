import type { FaceDetection, Image, Region, Tensor } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { boxOfLandmarks } from '../image/box.ts'
import { withInputMemory } from '../image/input-memory.ts'
import { regionOfBox, reshapeRegion, rotationFor, type Affine } from '../image/region.ts'
import { sampleRegion } from '../image/sample.ts'
import {
  EYE_CONTOUR_POINTS, FACE_POINTS, LEFT_EYE, LEFT_EYE_OUTER, LEFT_IRIS, LIPS, MESH_POINTS, RIGHT_EYE, RIGHT_EYE_OUTER,
  RIGHT_IRIS
} from './indices.ts'

export interface FaceMesh {
  /** 478 × (x, y, z): x and y as shares of the picture's width and height, z in the scale of x. */
  readonly landmarks: Float32Array
  /** How sure the model is that there is a face in its region, 0..1. */
  readonly presence: number
}

export interface FaceMeshModels {
  readonly faceMesh: Model
}

/** Side of the model's input in pixels: the unit of its landmarks. */
const INPUT_SIZE = 192
const PRESENCE_MIN = 0.5
/** The region is this much larger than the face, in MediaPipe's graphs and in the model's training. */
const REGION_SCALE = 1.5

/** The region in which the mesh looks for a detected face: eyes level, square. */
export function regionOfDetection ({ box, keypoints }: FaceDetection): Region {
  const [rightEye, leftEye] = keypoints
  const rotation = rightEye === undefined || leftEye === undefined ? 0 : rotationFor(rightEye, leftEye)
  return reshapeRegion(regionOfBox(box, rotation), { square: true, scale: REGION_SCALE })
}

/** The region in which the mesh looks for a face it has seen in the previous frame of the same size. */
export function regionOfLandmarks (landmarks: Float32Array, width: number, height: number): Region {
  const corner = (index: number) => ({ x: landmarks[index * 3]! * width, y: landmarks[index * 3 + 1]! * height })
  const rotation = rotationFor(corner(RIGHT_EYE_OUTER), corner(LEFT_EYE_OUTER))
  return reshapeRegion(regionOfBox(boxOfLandmarks(landmarks, width, height), rotation), {
    square: true,
    scale: REGION_SCALE
  })
}

/** The mesh of the face in this region, or undefined where the model sees none. */
export async function meshFace (
  { faceMesh }: FaceMeshModels,
  image: Image,
  region: Region
): Promise<FaceMesh | undefined> {
  const { outputs, toImage } = await withInputMemory(faceMesh, 3 * INPUT_SIZE ** 2, async out => {
    const { tensor, toImage } = sampleRegion(image, region, { width: INPUT_SIZE, height: INPUT_SIZE, out })
    return { outputs: await faceMesh.run({ [faceMesh.inputs[0]!.name]: tensor }), toImage }
  })
  const presence = sigmoid(output(outputs, 'conv_faceflag', 1)[0]!)
  if (!(presence >= PRESENCE_MIN)) return undefined
  const points = mergeAttention({
    mesh: output(outputs, 'output_mesh_identity', MESH_POINTS * 3),
    lips: output(outputs, 'output_lips', LIPS.length * 2),
    rightEye: output(outputs, 'output_left_eye', RIGHT_EYE.length * 2),
    leftEye: output(outputs, 'output_right_eye', LEFT_EYE.length * 2),
    rightIris: output(outputs, 'output_left_iris', 10),
    leftIris: output(outputs, 'output_right_iris', 10)
  })
  return { landmarks: projectLandmarks(points, toImage, image, region), presence }
}

/** The attention model's outputs, in pixels of its input. Its own names call the person's right eye "left". */
export interface AttentionOutputs {
  readonly mesh: Float32Array
  readonly lips: Float32Array
  readonly rightEye: Float32Array
  readonly leftEye: Float32Array
  readonly rightIris: Float32Array
  readonly leftIris: Float32Array
}

/**
 * Joins the coarse mesh and the finer parts to 478 × (x, y, z). The parts replace x and y and leave the depth; an
 * iris, which has no depth of its own, gets the mean depth of its eye's contour.
 */
export function mergeAttention (outputs: AttentionOutputs): Float32Array {
  const points = new Float32Array(FACE_POINTS * 3)
  points.set(outputs.mesh.subarray(0, MESH_POINTS * 3))
  place(points, outputs.lips, LIPS)
  place(points, outputs.rightEye, RIGHT_EYE)
  place(points, outputs.leftEye, LEFT_EYE)
  placeIris(points, outputs.rightIris, RIGHT_IRIS, RIGHT_EYE)
  placeIris(points, outputs.leftIris, LEFT_IRIS, LEFT_EYE)
  return points
}

function place (points: Float32Array, part: Float32Array, indices: readonly number[]): void {
  indices.forEach((index, at) => {
    points[index * 3] = part[at * 2]!
    points[index * 3 + 1] = part[at * 2 + 1]!
  })
}

function placeIris (points: Float32Array, iris: Float32Array, first: number, eye: readonly number[]): void {
  let depth = 0
  for (let at = 0; at < EYE_CONTOUR_POINTS; at++) depth += points[eye[at]! * 3 + 2]!
  for (let at = 0; at < 5; at++) {
    points[(first + at) * 3] = iris[at * 2]!
    points[(first + at) * 3 + 1] = iris[at * 2 + 1]!
    points[(first + at) * 3 + 2] = depth / EYE_CONTOUR_POINTS
  }
}

/** From pixels of the model's input to shares of the picture; depth scales like x. */
function projectLandmarks (points: Float32Array, toImage: Affine, image: Image, region: Region): Float32Array {
  const landmarks = new Float32Array(points.length)
  for (let at = 0; at < points.length; at += 3) {
    const x = points[at]! / INPUT_SIZE
    const y = points[at + 1]! / INPUT_SIZE
    landmarks[at] = (toImage.xx * x + toImage.xy * y + toImage.x0) / image.width
    landmarks[at + 1] = (toImage.yx * x + toImage.yy * y + toImage.y0) / image.height
    landmarks[at + 2] = points[at + 2]! / INPUT_SIZE * region.width / image.width
  }
  return landmarks
}

function output (outputs: Readonly<Record<string, Tensor>>, name: string, length: number): Float32Array {
  const data = outputs[name]?.data
  if (data?.length !== length) throw new TypeError(`The face mesh has no output ${name} of ${length} numbers.`)
  return data
}

function sigmoid (logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}
