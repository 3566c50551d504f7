import { FACE_POINTS, LEFT_IRIS, MESH_POINTS, RIGHT_IRIS } from '../../detection/face/indices.ts'
import { loadFaceGeometry } from '../../detection/models/face-geometry.ts'

export const geometry = await loadFaceGeometry()

/** Turn about y (yaw), then x (−pitch), then z (−roll), row by row: the definition that headPose undoes. */
export function turn (yaw: number, pitch: number, roll: number): number[] {
  const [a, b, c] = [yaw, -pitch, -roll].map(degrees => (degrees * Math.PI) / 180) as [number, number, number]
  const multiply = (m: number[], n: number[]) =>
    m.map((_, at) => [0, 1, 2].reduce((sum, k) => sum + m[Math.floor(at / 3) * 3 + k]! * n[k * 3 + (at % 3)]!, 0))
  const about = {
    y: [Math.cos(a), 0, Math.sin(a), 0, 1, 0, -Math.sin(a), 0, Math.cos(a)],
    x: [1, 0, 0, 0, Math.cos(b), -Math.sin(b), 0, Math.sin(b), Math.cos(b)],
    z: [Math.cos(c), -Math.sin(c), 0, Math.sin(c), Math.cos(c), 0, 0, 0, 1]
  }
  return multiply(multiply(about.y, about.x), about.z)
}

export interface Pose {
  yaw?: number
  pitch?: number
  roll?: number
  x?: number
  y?: number
}

/**
 * The canonical face with irises, turned and put 50 cm before a camera with MediaPipe's field, as landmarks of a 640 ×
 * 480 picture.
 */
export function picture ({ yaw = 0, pitch = 0, roll = 0, x = 0, y = 0 }: Pose, irisX = 0, irisY = 0.13): Float32Array {
  const face = new Float32Array(FACE_POINTS * 3)
  face.set(geometry.points)
  const middle = (a: number, b: number, axis: number) => (face[a * 3 + axis]! + face[b * 3 + axis]!) / 2
  for (const [iris, a, b] of [
    [RIGHT_IRIS, 33, 133],
    [LEFT_IRIS, 362, 263]
  ] as const) {
    for (let k = 0; k < 5; k++) {
      face.set([middle(a, b, 0) + irisX, middle(a, b, 1) + irisY, middle(a, b, 2)], (iris + k) * 3)
    }
  }
  const r = turn(yaw, pitch, roll)
  const plane = 2 * Math.tan((63 * Math.PI) / 360)
  const landmarks = new Float32Array(face.length)
  const depths: number[] = []
  for (let at = 0; at < face.length; at += 3) {
    const [px, py, pz] = [0, 1, 2].map(
      row => r[row * 3]! * face[at]! + r[row * 3 + 1]! * face[at + 1]! + r[row * 3 + 2]! * face[at + 2]!
    ) as [number, number, number]
    const away = 50 - pz
    depths.push(away)
    landmarks[at] = (px + x) / away / ((plane * 640) / 480) + 0.5
    landmarks[at + 1] = 0.5 - (py + y) / away / plane
  }
  const mean = depths.slice(0, MESH_POINTS).reduce((sum, away) => sum + away, 0) / MESH_POINTS
  depths.forEach((away, point) => {
    landmarks[point * 3 + 2] = (away / mean - 1) / ((plane * 640) / 480)
  })
  return landmarks
}
