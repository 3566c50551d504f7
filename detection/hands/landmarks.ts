import type { HandObservation, Image, Point, Region } from '../types.ts'
import type { Model } from '../models/runtime.ts'
import { boxOfLandmarks } from '../image/box.ts'
import { withInputMemory } from '../image/input-memory.ts'
import {
  applyAffine, imageToRegion, regionOfBox, regionToImage, reshapeRegion, rotationFor, type Affine
} from '../image/region.ts'
import { sampleRegion } from '../image/sample.ts'
import { boxOfPoints } from '../image/box.ts'

const INPUT_SIZE = 224

export const HAND_LANDMARKS = 21

/** Below this there is no hand in the region (MediaPipe's min_tracking_confidence). */
const PRESENCE_MIN = 0.5

/**
 * The model's depth runs 1 / 0.4 times as far as its width (normalize_z in hand_landmark_tensors_to_landmarks.pbtxt).
 */
const DEPTH_SCALE = 0.4

const WRIST = 0
const INDEX_BASE = 5
const MIDDLE_BASE = 9
const RING_BASE = 13

/** The hand without its finger tips, which swing the region about: wrist, thumb's root, two joints of each finger. */
const STEADY = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18] as const

export interface TrackedHand {
  readonly hand: HandObservation
  /** Where to look for the same hand in the next frame. */
  readonly nextRegion: Region
}

/** Finds the hand in this region of the picture; undefined without one. */
export async function trackHand (
  models: { readonly handLandmark: Model },
  image: Image,
  region: Region
): Promise<TrackedHand | undefined> {
  const model = models.handLandmark
  const { outputs, toImage } = await withInputMemory(model, 3 * INPUT_SIZE ** 2, async out => {
    const { tensor, toImage } = sampleRegion(image, region, { width: INPUT_SIZE, height: INPUT_SIZE, border: 0, out })
    return { outputs: await model.run({ [model.inputs[0]!.name]: tensor }), toImage }
  })
  // In the order of the file: points in pixels of the input, presence, handedness, points in metres.
  const [points, presence, handedness] = model.outputs.map(name => outputs[name]!.data)
  const score = presence![0]!
  if (!(score >= PRESENCE_MIN)) return undefined
  const landmarks = mapLandmarks(points!, toImage, image, region)
  const hand: HandObservation = {
    box: boxOfLandmarks(landmarks, image.width, image.height),
    score,
    handedness: handednessOf(handedness![0]!),
    landmarks
  }
  return { hand, nextRegion: regionOfLandmarks(landmarks, image) }
}

/** From pixels of the model's input to shares of the picture; depth in the scale of x. */
function mapLandmarks (points: Float32Array, toImage: Affine, image: Image, region: Region): Float32Array {
  const landmarks = new Float32Array(HAND_LANDMARKS * 3)
  const depth = region.width / (INPUT_SIZE * DEPTH_SCALE * image.width)
  for (let at = 0; at < landmarks.length; at += 3) {
    const { x, y } = applyAffine(toImage, points[at]! / INPUT_SIZE, points[at + 1]! / INPUT_SIZE)
    landmarks[at] = x / image.width
    landmarks[at + 1] = y / image.height
    landmarks[at + 2] = points[at + 2]! * depth
  }
  return landmarks
}

function handednessOf (right: number): 'left' | 'right' {
  return right > 0.5 ? 'right' : 'left'
}

/** The square round a hand's palm and lower finger joints, turned so that the fingers point up. */
export function regionOfLandmarks (
  landmarks: Float32Array,
  { width, height }: { readonly width: number, readonly height: number }
): Region {
  const point = (index: number): Point => ({ x: landmarks[index * 3]! * width, y: landmarks[index * 3 + 1]! * height })
  const steady = STEADY.map(point)
  const index = point(INDEX_BASE)
  const middle = point(MIDDLE_BASE)
  const ring = point(RING_BASE)
  // The middle finger counts half, its neighbours a quarter each.
  const fingers = { x: (index.x + ring.x) / 4 + middle.x / 2, y: (index.y + ring.y) / 4 + middle.y / 2 }
  const rotation = rotationFor(point(WRIST), fingers, Math.PI / 2)
  // The box is taken along the turned axes. A unit square about the upright box's middle is the frame for that.
  const frame = { ...regionOfBox(boxOfPoints(steady), rotation), width: 1, height: 1 }
  const toFrame = imageToRegion(frame)
  const turned = boxOfPoints(steady.map(({ x, y }) => applyAffine(toFrame, x, y)))
  const center = applyAffine(regionToImage(frame), turned.x + turned.width / 2, turned.y + turned.height / 2)
  const tight = { centerX: center.x, centerY: center.y, width: turned.width, height: turned.height, rotation }
  return reshapeRegion(tight, { square: true, scale: 2, shiftY: -0.1 })
}
