import sharp from 'sharp'
import type { FaceGeometry } from '../../../detection/models/face-geometry.ts'
import { createCanvas, draw, SUPERSAMPLING, type Canvas, type Color, type Paint } from './canvas.ts'
import { paintFace, type Expression, type Looks } from './face-texture.ts'
import { ellipsoid, NO_TURN, place, type Mesh, type Point, type Turn } from './mesh.ts'

/** A little larger than a camera's frame, which shows another part of it each time. */
export const SCENE_WIDTH = 648
export const SCENE_HEIGHT = 486

export interface DrawnPerson {
  readonly looks: Looks
  readonly turn: Turn
  readonly expression: Expression
  /** Where the middle of the face is, in centimeters from the middle of the room. */
  readonly at: Point
}

/** What the drawn camera sees at one moment. */
export interface Scene {
  /** Color of the wall, as SVG writes it. */
  readonly wall: string
  readonly people: readonly DrawnPerson[]
  readonly holdsPhone: boolean
  /** 1 is a lit room, 0 a covered camera. */
  readonly light: number
}

/** Largest change of a pixel by the grain of the drawn camera, of 255. */
const GRAIN = 5
/** The head turns around this point: the top of the neck. */
const PIVOT: Point = [0, -4, -6]

const SKULL = ellipsoid({ center: [0, 1.5, -4.4], radii: [7.6, 10.2, 7.6] })
const HAIR = ellipsoid({ center: [0, 4.2, -4.2], radii: [8.5, 9, 9.1] })
const LONG_HAIR = ellipsoid({ center: [0, -3, -9.5], radii: [10.4, 16, 6.5] })
const EARS = [-7.9, 7.9].map(x => ellipsoid({ center: [x, 0.2, -3.6], radii: [0.9, 2.6, 1.6] }))
const NECK = ellipsoid({ center: [0, -12, -6.5], radii: [5.2, 11, 5] })
const TORSO = ellipsoid({ center: [0, -36, -9], radii: [22, 21, 10], squareness: 1.5 })

export interface Artist {
  /** RGB of SCENE_WIDTH × SCENE_HEIGHT. */
  draw (scene: Scene): Promise<Buffer>
}

/** Draws people around the canonical face model. It is no real person's face, and face detectors find it. */
export function createArtist (geometry: FaceGeometry): Artist {
  const paints = new Map<string, Promise<Paint>>()
  const rooms = new Map<string, Promise<Uint8Array>>()
  return {
    async draw ({ wall, people, holdsPhone, light }) {
      const [width, height] = [SCENE_WIDTH * SUPERSAMPLING, SCENE_HEIGHT * SUPERSAMPLING]
      const room = await cached(rooms, wall, async () => await pixelsOf(roomSvg(wall), width, height))
      const canvas = createCanvas(width, height, room)
      for (const { looks, turn, expression, at } of people) {
        const key = JSON.stringify([looks, expression])
        const face = await cached(paints, key, async () => await paintFace(geometry, looks, expression))
        drawPerson(canvas, geometry, face, { looks, turn, at })
      }
      const picture = await sharp(canvas.pixels, { raw: { width, height, channels: 3 } })
        .composite(holdsPhone ? [{ input: Buffer.from(phoneSvg()) }] : [])
        .resize(SCENE_WIDTH, SCENE_HEIGHT)
        .removeAlpha()
        .raw()
        .toBuffer()
      addGrain(picture, light)
      return picture
    }
  }
}

async function cached<Value> (
  values: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>
): Promise<Value> {
  const present = values.get(key) ?? make()
  values.set(key, present)
  return await present
}

function drawPerson (
  canvas: Canvas, { points, triangles }: FaceGeometry, face: Paint, { looks, turn, at }: Omit<DrawnPerson, 'expression'>
): void {
  const [skin, hair, clothes] = [colorOf(looks.skin), colorOf(looks.hair), colorOf(looks.clothes)]
  const part = (mesh: Mesh, paint: Paint, turned: Turn): void => {
    const placed = place(mesh.points, turned, PIVOT, at)
    draw(canvas, { mesh: { points: placed, triangles: mesh.triangles }, model: mesh.points, paint })
  }
  part(TORSO, () => clothes, NO_TURN)
  part(NECK, () => skin, NO_TURN)
  if (looks.hasLongHair) part(LONG_HAIR, () => hair, turn)
  // The back of the head is hair, its lower front the jaw.
  part(SKULL, (_x, y, z) => y > 3 || z < -6 ? hair : skin, turn)
  if (!looks.hasLongHair) for (const ear of EARS) part(ear, () => skin, turn)
  part({ points, triangles }, face, turn)
  // The hairline rises from the neck to the forehead.
  part(HAIR, (_x, y, z) => y < 2 + z ? undefined : hair, turn)
}

async function pixelsOf (svg: string, width: number, height: number): Promise<Uint8Array> {
  return await sharp(Buffer.from(svg)).resize(width, height).removeAlpha().toColourspace('srgb').raw().toBuffer()
}

function roomSvg (wall: string): string {
  const books = Array.from({ length: 9 }, (_, index) => {
    const taller = 7 * (index % 3)
    const fill = `hsl(${index * 47 % 360} 30% 45%)`
    return `<rect x="${36 + 13 * index}" y="${66 - taller}" width="11" height="${44 + taller}" fill="${fill}"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="960" viewBox="0 0 640 480">
    <defs><linearGradient id="wall" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="#fff" stop-opacity="0.35"/><stop offset="1" stop-color="#000" stop-opacity="0.25"/>
    </linearGradient></defs>
    <rect width="640" height="480" fill="${wall}"/><rect width="640" height="480" fill="url(#wall)"/>
    <rect x="24" y="110" width="150" height="7" fill="#6b4a32"/>${books.join('')}
    <rect x="488" y="30" width="118" height="150" fill="#f4f1ea"/>
    <rect x="496" y="38" width="102" height="134" fill="#a9c4d4"/>
    <path d="M547 38 V172 M496 105 H598" stroke="#f4f1ea" stroke-width="6"/>
  </svg>`
}

/** A phone in a hand, its screen lit. */
function phoneSvg (): string {
  const text = Array.from({ length: 7 }, (_, line) =>
    `<rect x="10" y="${41 + 14 * line}" width="${31 + 12 * (line % 3)}" height="5.5" fill="#6c7a88"/>`)
  const fingers = [87, 104, 122, 139].map((y, index) =>
    `<rect x="-8" y="${y}" width="23" height="13" rx="6.5" fill="${index % 2 === 0 ? '#d2a381' : '#d9ab8a'}"/>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SCENE_WIDTH}" height="${SCENE_HEIGHT}" viewBox="0 0 640 480">
    <g transform="translate(430 247) rotate(14)">
      <path d="M-14 221 Q-31 126 -6 104 L84 111 Q101 158 90 237 Z" fill="#d9ab8a"/>
      <rect width="78" height="158" rx="10" fill="#0b0c0e"/>
      <rect x="4" y="6" width="70" height="146" rx="6" fill="#dfeaf5"/>
      <rect x="4" y="6" width="70" height="22" fill="#3b78c2"/>
      <rect x="30" y="8" width="19" height="5" rx="2.5" fill="#000"/>
      ${text.join('')}${fingers.join('')}<rect x="66" y="66" width="19" height="54" rx="8" fill="#d9ab8a"/>
    </g>
  </svg>`
}

/** Light and the grain of a camera; a small generator keeps the grain the same at every start. */
function addGrain (pixels: Buffer, light: number): void {
  let state = 1
  for (let at = 0; at < pixels.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    pixels[at] = Math.max(0, Math.min(255, pixels[at]! * light + (state / 2 ** 32 - 0.5) * GRAIN))
  }
}

function colorOf (hex: string): Color {
  const number = Number.parseInt(hex.slice(1), 16)
  return [number >> 16, number >> 8 & 255, number & 255]
}
