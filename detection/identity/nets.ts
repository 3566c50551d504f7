import type { Model } from '../models/runtime.ts'
import { ARCFACE_ANCHORS, dlibAnchors, type Anchor } from './alignment.ts'
import { SAME_PERSON_MAX } from './distance.ts'

/** How a net wants its pictures, and what its numbers count for. */
export interface FaceNetInput {
  /** Side of the square input in pixels. */
  readonly size: number
  readonly anchors: readonly Anchor[]
  readonly order: 'rgb' | 'bgr'
  /** Subtracted from each channel's bytes, in the order of the channels; then divided. */
  readonly mean: readonly [number, number, number]
  readonly divisor: number
  /** Root of each number before anything else: for numbers that are never negative, of which a few are very large. */
  readonly root: boolean
  /** Length of this net's part of the joined vector. */
  readonly weight: number
}

export interface FaceNet extends FaceNetInput {
  readonly model: Model
  /** Length of its part of the joined vector. */
  readonly numbers: number
}

/** The nets whose parts make up a face's vector, and the first digits of the sha256 of their files. */
export interface IdentityModels {
  readonly nets: readonly FaceNet[]
  readonly versions: Readonly<Record<string, string>>
}

/** How long these nets' vectors are; one of another length was made by others. */
export const vectorLength = ({ nets }: IdentityModels): number => nets.reduce((sum, { numbers }) => sum + numbers, 0)

/**
 * How much more a difference in dlib's part counts than one in HSE-FaceRes's. Measured with 1, 1.5, 2, 2.5, 3 and 4:
 * from 1 to 2 the rates are the same, beyond they grow. The two lengths make a vector of length 1.
 */
const DLIB_TO_FACERES = 1.5

/** dlib's own alignment and colours (mean colour of its training; divided by 256). */
export const DLIB_INPUT: FaceNetInput = {
  size: 150,
  anchors: dlibAnchors(0.25),
  order: 'rgb',
  mean: [122.782, 117.001, 104.298],
  divisor: 256,
  root: false,
  weight: DLIB_TO_FACERES / Math.hypot(DLIB_TO_FACERES, 1)
}

/**
 * HSE-FaceRes: blue first and minus ImageNet's mean colour, as Keras's `caffe` preprocessing does and its authors
 * trained it. Margins from 0.3 to 0.4 with and without the shift are equally good. Its numbers come from a ReLU: with
 * the root FNMR at FMR 1 % fell from 0.7 to 0.0 %.
 */
export const FACERES_INPUT: FaceNetInput = {
  size: 224,
  anchors: dlibAnchors(0.4, 0.1),
  order: 'bgr',
  mean: [103.939, 116.779, 123.68],
  divisor: 1,
  root: true,
  weight: 1 / Math.hypot(DLIB_TO_FACERES, 1)
}

/** Distance of unit vectors up to which OpenCV's documentation of SFace sees one person (a cosine of 0.363). */
const SFACE_SAME_MAX = 1.128

/** What an operator's own net of 112 × 112 takes, scaled so that the common threshold serves. */
function ownInput (numbers: number): FaceNetInput {
  const common = {
    size: 112,
    anchors: ARCFACE_ANCHORS,
    order: 'rgb',
    root: false,
    weight: SAME_PERSON_MAX / SFACE_SAME_MAX
  } as const
  // SFace has its normalisation inside and gives 128 numbers; ArcFace gives 512 and wants −1..1.
  return numbers === 128
    ? { ...common, mean: [0, 0, 0], divisor: 1 }
    : { ...common, mean: [127.5, 127.5, 127.5], divisor: 127.5 }
}

/** Input of an operator's own net by the count of its numbers; undefined when its picture is not of 112 × 112. */
export function ownNetInput (model: Model, numbers: number): FaceNetInput | undefined {
  const dims = model.inputs.length === 1 ? model.inputs[0]!.dims : []
  return dims.length === 4 && dims[1] === 3 && dims[2] === 112 && dims[3] === 112 ? ownInput(numbers) : undefined
}
