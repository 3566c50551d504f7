import type { Box, FaceObservation, Image, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { withoutBars } from '../image/crop-bars.ts'
import { sampleRegion } from '../image/sample.ts'

/** Silent-Face's two anti-spoof nets; either may be missing, since the operator brings them. */
export interface SpoofModels {
  readonly spoofV2?: Model | undefined
  readonly spoofV1SE?: Model | undefined
}

export interface Liveness {
  readonly live: boolean
  /** How far the models take it for a real face before this camera, 0..1: the mean of those that are there. */
  readonly score: number
}

/** Side of the nets' input in pixels. */
const INPUT_SIZE = 80
/** How much of the surroundings each net was trained to see, in sizes of the face's box (2.7_80x80 and 4_0_0_80x80). */
const SCALE_V2 = 2.7
const SCALE_V1SE = 4.0
/** The nets' classes are: flat picture, live, screen. */
const CLASSES = 3
const CLASS_LIVE = 1
const LIVE_FROM = 0.5

/**
 * The box round our mesh in terms of the face detector's that the nets were trained with: from the hairline, which the
 * mesh does not reach, and without the ears. Tried on 62 frames of six webcam clips and the three pictures: with these
 * all of them are right; with the bare box a fifth of the frames of one clip is not, with larger ones more.
 */
const BOX_WIDTH = 0.9
const BOX_HEIGHT = 1
const BOX_RAISE = 0.12

/** A face smaller than this, in pixels, is blown up in the nets' input: it looks like a print. */
const FACE_WIDTH_MIN = 48
/** Nothing is said of heads turned further than this; prints are held askew, so not much less. */
const YAW_MAX = 45
const PITCH_MAX = 35
/** Mean distance of the colours from grey, in 8-bit steps: grey cameras and scans look like prints to the nets. */
const COLOUR_MIN = 2

/** Whether any of the nets is there. */
export function canJudgeSpoof ({ spoofV2, spoofV1SE }: SpoofModels): boolean {
  return spoofV2 !== undefined || spoofV1SE !== undefined
}

/**
 * Judges whether a face is in front of the camera, or on paper or a screen in front of it.
 *
 * Undefined where nothing can be said: no net is there, the face is too small or turned away, the picture has no
 * colours.
 */
export async function judgeSpoof (
  models: SpoofModels,
  image: Image,
  face: Pick<FaceObservation, 'box' | 'yawDegrees' | 'pitchDegrees'>
): Promise<Liveness | undefined> {
  if (!canJudgeSpoof(models) || !isJudgeable(face)) return undefined
  // Bars would stand for the frame of a screen.
  const picture = withoutBars(image)
  const box = detectorBox(face.box)
  const scores: number[] = []
  for (const [model, scale] of [[models.spoofV2, SCALE_V2], [models.spoofV1SE, SCALE_V1SE]] as const) {
    if (model === undefined) continue
    const { tensor } = sampleRegion(image, cropRegion(box, scale, picture), {
      width: INPUT_SIZE,
      height: INPUT_SIZE,
      low: 0,
      high: 255,
      order: 'bgr'
    })
    if (scores.length === 0 && colourfulness(tensor.data) < COLOUR_MIN) return undefined
    const logits = (await model.run({ [model.inputs[0]!.name]: tensor }))[model.outputs[0]!]?.data
    if (logits?.length !== CLASSES) {
      throw new TypeError(`${model.name} is no MiniFASNet: its output is not ${CLASSES} numbers.`)
    }
    scores.push(softmax(logits)[CLASS_LIVE]!)
  }
  const score = scores.reduce((sum, value) => sum + value, 0) / scores.length
  return { live: score >= LIVE_FROM, score }
}

/** Whether a face is large enough and turned to the camera enough to be judged. */
export function isJudgeable ({
  box,
  yawDegrees,
  pitchDegrees
}: Pick<FaceObservation, 'box' | 'yawDegrees' | 'pitchDegrees'>): boolean {
  return box.width >= FACE_WIDTH_MIN && Math.abs(yawDegrees) <= YAW_MAX && Math.abs(pitchDegrees) <= PITCH_MAX
}

function detectorBox ({ x, y, width, height }: Box): Box {
  return {
    x: x + width * (1 - BOX_WIDTH) / 2,
    y: y + height * ((1 - BOX_HEIGHT) / 2 - BOX_RAISE),
    width: width * BOX_WIDTH,
    height: height * BOX_HEIGHT
  }
}

/**
 * What the nets see of the surroundings: the box enlarged about its middle, by less where the picture is too small for
 * it, and pushed inside where it juts out. Its shape stays that of the box; the input is square all the same.
 */
export function cropRegion (box: Box, scale: number, picture: Box): Region {
  const limited = Math.min(scale, (picture.width - 1) / box.width, (picture.height - 1) / box.height)
  const cropWidth = box.width * limited
  const cropHeight = box.height * limited
  return {
    centerX: picture.x + within(box.x + box.width / 2 - picture.x, cropWidth, picture.width - 1),
    centerY: picture.y + within(box.y + box.height / 2 - picture.y, cropHeight, picture.height - 1),
    width: cropWidth,
    height: cropHeight,
    rotation: 0
  }
}

/** The middle nearest to `center` at which a stretch of this length lies within 0..end. */
function within (center: number, length: number, end: number): number {
  return Math.min(Math.max(center, length / 2), end - length / 2)
}

/** Mean difference between the strongest and the weakest of a pixel's three colours. */
function colourfulness (planes: Float32Array): number {
  const size = planes.length / 3
  let sum = 0
  for (let at = 0; at < size; at++) {
    const a = planes[at]!
    const b = planes[size + at]!
    const c = planes[2 * size + at]!
    sum += Math.max(a, b, c) - Math.min(a, b, c)
  }
  return sum / size
}

function softmax (logits: Float32Array): Float32Array {
  const max = Math.max(...logits)
  const powers = logits.map(logit => Math.exp(logit - max))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}
