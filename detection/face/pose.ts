import type { HeadPose } from '../types.ts'
import type { FaceGeometry } from '../models/face-geometry.ts'
import { MESH_POINTS } from './indices.ts'
import { fitSimilarity, type Similarity } from './procrustes.ts'

export interface FaceFit {
  /** Turn and shift of the canonical face in front of the camera, in centimetres; the camera looks along −z. */
  readonly pose: Similarity
  /** Points of this face as 3D in the canonical face's own frame, centimetres: turned back to face the camera. */
  readonly points: Float32Array
}

/** The camera that MediaPipe's face geometry assumes, since webcams are not calibrated. */
const VERTICAL_FIELD_DEGREES = 63

/** A webcam's usual vertical field: some 65 degrees from corner to corner at 4:3. */
const WEBCAM_FIELD_DEGREES = 40

/**
 * Fits the canonical face to a mesh in metric space, as MediaPipe's face geometry does: the mesh is weak
 * perspective, so its depth and then its size are estimated in two steps before it is unprojected.
 *
 * `landmarks` holds (x, y, z) as shares of a picture of `width` × `height` pixels; points after the 468 of the mesh
 * (irises) are carried along.
 */
export function fitFace (
  landmarks: Float32Array,
  width: number,
  height: number,
  { points: canonical, weights }: FaceGeometry
): FaceFit {
  const screen = projectToNearPlane(landmarks, width, height)
  const depth = meanDepth(screen)
  const mirrored = screen.map((value, index) => index % 3 === 2 ? -value : value)
  const first = fitSimilarity(canonical, mirrored, weights).scale
  const second = fitSimilarity(canonical, unproject(screen, depth, first), weights).scale
  const metric = unproject(screen, depth, first * second)
  const pose = fitSimilarity(canonical, metric, weights)
  return { pose, points: undo(pose, metric) }
}

/** Yaw, pitch and roll of a fitted face, in the signs of HeadPose. */
export function headPose ({ pose: { rotation } }: FaceFit): HeadPose {
  // R = turn about y (yaw) · turn about x (−pitch) · turn about z (−roll), with y up and z towards the camera.
  const degrees = 180 / Math.PI
  return {
    yawDegrees: Math.atan2(rotation[2]!, rotation[8]!) * degrees,
    pitchDegrees: Math.asin(Math.min(1, Math.max(-1, rotation[5]!))) * degrees,
    rollDegrees: -Math.atan2(rotation[3]!, rotation[4]!) * degrees
  }
}

/**
 * The turn of a head that faces the camera from where this face is, in degrees: 0 in the middle of the picture,
 * to the picture's right for a face at its left. Counted with a webcam's usual field, not with the wider one of the
 * fit: at the edges of pictures of people who look into the camera that one says too much.
 */
export function facingCamera ({
  pose: {
    translation: [x, y, z]
  }
}: FaceFit): Pick<HeadPose, 'yawDegrees' | 'pitchDegrees'> {
  const degrees = 180 / Math.PI
  const narrower = Math.tan(WEBCAM_FIELD_DEGREES * Math.PI / 360) / Math.tan(VERTICAL_FIELD_DEGREES * Math.PI / 360)
  return { yawDegrees: Math.atan(narrower * x / z) * degrees, pitchDegrees: Math.atan(narrower * y / z) * degrees }
}

/** Shares of the picture to a plane at distance 1 before the camera: x to the right, y up, z in the scale of x. */
function projectToNearPlane (landmarks: Float32Array, width: number, height: number): Float32Array {
  const planeHeight = 2 * Math.tan(VERTICAL_FIELD_DEGREES * Math.PI / 360)
  const planeWidth = planeHeight * width / height
  const screen = new Float32Array(landmarks.length)
  for (let at = 0; at < landmarks.length; at += 3) {
    screen[at] = (landmarks[at]! - 0.5) * planeWidth
    screen[at + 1] = (0.5 - landmarks[at + 1]!) * planeHeight
    screen[at + 2] = landmarks[at + 2]! * planeWidth
  }
  return screen
}

/** Of the mesh alone: the irises' depth is derived. */
function meanDepth (screen: Float32Array): number {
  let sum = 0
  for (let at = 2; at < MESH_POINTS * 3; at += 3) sum += screen[at]!
  return sum / MESH_POINTS
}

/** Moves the points to the distance at which a face of this scale looks so large, and spreads them by perspective. */
function unproject (screen: Float32Array, depth: number, scale: number): Float32Array {
  const metric = new Float32Array(screen.length)
  for (let at = 0; at < screen.length; at += 3) {
    const z = (screen[at + 2]! - depth + 1) / scale
    metric[at] = screen[at]! * z
    metric[at + 1] = screen[at + 1]! * z
    metric[at + 2] = -z
  }
  return metric
}

function undo ({ rotation, scale, translation }: Similarity, metric: Float32Array): Float32Array {
  const points = new Float32Array(metric.length)
  for (let at = 0; at < metric.length; at += 3) {
    const x = (metric[at]! - translation[0]) / scale
    const y = (metric[at + 1]! - translation[1]) / scale
    const z = (metric[at + 2]! - translation[2]) / scale
    for (let axis = 0; axis < 3; axis++) {
      points[at + axis] = rotation[axis]! * x + rotation[3 + axis]! * y + rotation[6 + axis]! * z
    }
  }
  return points
}
