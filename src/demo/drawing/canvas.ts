import { normalsOf, type Mesh } from './mesh.ts'

/** Red, green and blue, each 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number]

/** The color of a surface at a point of its model, before light falls on it; undefined where the surface has a hole. */
export type Paint = (x: number, y: number, z: number) => Color | undefined

export interface Surface {
  /** The surface where it stands in the room. */
  readonly mesh: Mesh
  /** The same points in the model's own coordinates, which `paint` receives. */
  readonly model: Float32Array
  readonly paint: Paint
}

/** A picture with a depth for each pixel, drawn in twice the size to have smooth edges. */
export interface Canvas {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
  readonly depths: Float32Array
}

export const SUPERSAMPLING = 2

const CAMERA = { y: 1, z: 64 }
/** Of the picture's width: a webcam sees some 60 degrees. */
const FOCAL_SHARE = 0.87
/** From the front, the left and above. */
const LIGHT = [-0.42, 0.5, 0.76] as const
const AMBIENT = 0.5
const DIFFUSE = 0.62

/** A canvas that shows `background`, RGB of the canvas's size. */
export function createCanvas (width: number, height: number, background: Uint8Array): Canvas {
  const depths = new Float32Array(width * height).fill(-Infinity)
  return { width, height, pixels: Uint8Array.from(background), depths }
}

/** Draws the triangles that lie before everything drawn so far. */
export function draw (canvas: Canvas, { mesh, model, paint }: Surface): void {
  const { points, triangles } = mesh
  const normals = normalsOf(mesh)
  const lights = new Float32Array(points.length / 3)
  const screen = new Float32Array(points.length)
  const focal = FOCAL_SHARE * canvas.width
  for (let point = 0; point < lights.length; point++) {
    const at = 3 * point
    // Both sides of a surface are lit: which one is seen depends on the order of its corners.
    const toward = normals[at + 2]! < 0 ? -1 : 1
    const incidence = toward * (normals[at]! * LIGHT[0] + normals[at + 1]! * LIGHT[1] + normals[at + 2]! * LIGHT[2])
    lights[point] = AMBIENT + DIFFUSE * Math.max(0, incidence)
    const distance = CAMERA.z - points[at + 2]!
    screen[at] = canvas.width / 2 + focal * points[at]! / distance
    screen[at + 1] = canvas.height / 2 - focal * (points[at + 1]! - CAMERA.y) / distance
    screen[at + 2] = points[at + 2]!
  }
  for (let corner = 0; corner < triangles.length; corner += 3) {
    fill(canvas, [triangles[corner]!, triangles[corner + 1]!, triangles[corner + 2]!], screen, lights, model, paint)
  }
}

function fill (
  { width, height, pixels, depths }: Canvas, [a, b, c]: readonly [number, number, number],
  screen: Float32Array, lights: Float32Array, model: Float32Array, paint: Paint
): void {
  const [ax, ay] = [screen[3 * a]!, screen[3 * a + 1]!]
  const [bx, by] = [screen[3 * b]!, screen[3 * b + 1]!]
  const [cx, cy] = [screen[3 * c]!, screen[3 * c + 1]!]
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
  if (area === 0) return
  const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, by, cy)))
  const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx, cx)))
  const left = Math.max(0, Math.floor(Math.min(ax, bx, cx)))
  for (let y = Math.max(0, Math.floor(Math.min(ay, by, cy))); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const ofB = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
      const ofC = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
      const ofA = 1 - ofB - ofC
      if (ofA < 0 || ofB < 0 || ofC < 0) continue
      const depth = ofA * screen[3 * a + 2]! + ofB * screen[3 * b + 2]! + ofC * screen[3 * c + 2]!
      const at = y * width + x
      if (depth <= depths[at]!) continue
      const light = ofA * lights[a]! + ofB * lights[b]! + ofC * lights[c]!
      const color = paint(
        ofA * model[3 * a]! + ofB * model[3 * b]! + ofC * model[3 * c]!,
        ofA * model[3 * a + 1]! + ofB * model[3 * b + 1]! + ofC * model[3 * c + 1]!,
        ofA * model[3 * a + 2]! + ofB * model[3 * b + 2]! + ofC * model[3 * c + 2]!
      )
      if (color === undefined) continue
      depths[at] = depth
      for (let channel = 0; channel < 3; channel++) pixels[3 * at + channel] = Math.min(255, light * color[channel]!)
    }
  }
}
