import sharp from 'sharp'
import type { FaceGeometry } from '../../../detection/models/face-geometry.ts'
import type { Paint } from './canvas.ts'

/** How a drawn person looks; colors as SVG writes them. */
export interface Looks {
  readonly skin: string
  readonly hair: string
  readonly lips: string
  readonly iris: string
  readonly clothes: string
  readonly hasLongHair: boolean
}

export interface Expression {
  /** 0 is closed, 1 open. */
  readonly eyes: number
  /** Of the irises, to the picture's right, in centimeters. */
  readonly gazeX: number
}

/** A point of the face seen from the front, in centimeters. */
type Spot = readonly [x: number, y: number]

/** The texture is the canonical face seen from the front. */
const PIXELS_A_CM = 24
const WIDTH_CM = 16
const TOP_CM = 9
const HEIGHT_CM = 19
const IRIS_CM = 0.6

/** Numbers of MediaPipe's landmarks, outward to inward on the upper edge and back on the lower one. */
const EYES = [
  { upper: [33, 246, 161, 160, 159, 158, 157, 173, 133], lower: [155, 154, 153, 145, 144, 163, 7] },
  { upper: [263, 466, 388, 387, 386, 385, 384, 398, 362], lower: [382, 381, 380, 374, 373, 390, 249] }
] as const
const BROWS = [[70, 63, 105, 66, 107, 55, 65, 52, 53, 46], [300, 293, 334, 296, 336, 285, 295, 282, 283, 276]] as const
const LIPS = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146] as const
const MOUTH = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95] as const

/** Paints the canonical face: skin, brows, eyes, lips. */
export async function paintFace ({ points }: FaceGeometry, looks: Looks, expression: Expression): Promise<Paint> {
  const width = WIDTH_CM * PIXELS_A_CM
  const svg = Buffer.from(faceSvg(points, looks, expression))
  const data = await sharp(svg).removeAlpha().toColourspace('srgb').raw().toBuffer()
  return (x, y) => {
    const column = Math.round((x + WIDTH_CM / 2) * PIXELS_A_CM)
    const row = Math.round((TOP_CM - y) * PIXELS_A_CM)
    const at = 3 * (row * width + column)
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
  }
}

function faceSvg (points: Float32Array, looks: Looks, { eyes, gazeX }: Expression): string {
  const spot = (number: number): Spot => [points[3 * number]!, points[3 * number + 1]!]
  const path = (numbers: readonly number[]): string => polygon(numbers.map(spot))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_CM * PIXELS_A_CM}" height="${HEIGHT_CM * PIXELS_A_CM}"
    viewBox="${-WIDTH_CM / 2} ${-TOP_CM} ${WIDTH_CM} ${HEIGHT_CM}">
    <defs>
      <filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="0.12"/></filter>
      <filter id="wide" x="-100%" y="-100%" width="300%" height="300%"><feGaussianBlur stdDeviation="0.7"/></filter>
    </defs>
    <rect x="-8" y="-9" width="16" height="19" fill="${looks.skin}"/>
    <g filter="url(#wide)">
      <ellipse cx="-4.6" cy="1.4" rx="1.8" ry="1.2" fill="#c0392b" opacity="0.14"/>
      <ellipse cx="4.6" cy="1.4" rx="1.8" ry="1.2" fill="#c0392b" opacity="0.14"/>
      <ellipse cx="-3.1" cy="-2.8" rx="2" ry="1" fill="#3b1f14" opacity="0.3"/>
      <ellipse cx="3.1" cy="-2.8" rx="2" ry="1" fill="#3b1f14" opacity="0.3"/>
      <path d="M1.2 -3 L1.7 1.4 L0.9 1.4 Z" fill="#3b1f14" opacity="0.4"/>
      <path d="M-1.2 -3 L-1.7 1.4 L-0.9 1.4 Z" fill="#3b1f14" opacity="0.2"/>
      <ellipse cx="0" cy="6.7" rx="1.8" ry="0.5" fill="#3b1f14" opacity="0.35"/>
      <path d="M-6.5 4 Q-4 9 0 9.4 Q4 9 6.5 4 L8 10 L-8 10 Z" fill="#3b1f14" opacity="0.2"/>
    </g>
    <g filter="url(#soft)">
      ${BROWS.map(numbers => `<path d="${path(numbers)}" fill="${looks.hair}" opacity="0.9"/>`).join('')}
      <path d="M-1.6 1.5 Q-1.9 0.4 -1.3 0.2 M1.6 1.5 Q1.9 0.4 1.3 0.2"
        stroke="#3b1f14" stroke-width="0.12" opacity="0.5" fill="none"/>
      <ellipse cx="-0.75" cy="1.75" rx="0.5" ry="0.22" fill="#2a120c" opacity="0.85"/>
      <ellipse cx="0.75" cy="1.75" rx="0.5" ry="0.22" fill="#2a120c" opacity="0.85"/>
      <path d="${path(LIPS)}" fill="${looks.lips}"/>
    </g>
    <path d="${path(MOUTH)}" fill="#4a1518"/>
    ${EYES.map((eye, index) =>
      eyeSvg(eye.upper.map(spot), eye.lower.map(spot), `eye${index}`, looks, { eyes, gazeX })).join('')}
  </svg>`
}

function eyeSvg (
  upper: readonly Spot[], lower: readonly Spot[], id: string, looks: Looks, { eyes, gazeX }: Expression
): string {
  const [outer, inner] = [upper[0]!, upper.at(-1)!]
  // The lids meet on the line through the corners, a little below it.
  const lidded = upper.map(([x, y]): Spot => {
    const along = (x - outer[0]) / (inner[0] - outer[0])
    const shut = outer[1] + (inner[1] - outer[1]) * along - 0.3 * Math.sin(Math.PI * along)
    return [x, shut + (y + 0.1 - shut) * eyes]
  })
  const line = (spots: readonly Spot[]): string => polygon(spots).slice(0, -2)
  const centerX = (outer[0] + inner[0]) / 2 + gazeX
  const centerY = -(outer[1] + inner[1]) / 2
  return `<clipPath id="${id}"><path d="${polygon([...lidded, ...lower])}"/></clipPath>
    <path d="${line(upper.map(([x, y]) => [x, y + 0.45]))}"
      fill="none" stroke="#3b1f14" stroke-width="0.1" opacity="0.5" filter="url(#soft)"/>
    <g clip-path="url(#${id})">
      <path d="${polygon([...lidded, ...lower])}" fill="#efe9e4"/>
      <circle cx="${centerX}" cy="${centerY}" r="${IRIS_CM}" fill="${looks.iris}" stroke="#17100c" stroke-width="0.08"/>
      <circle cx="${centerX}" cy="${centerY}" r="0.26" fill="#0b0908"/>
      <circle cx="${centerX - 0.18}" cy="${centerY - 0.2}" r="0.11" fill="#fff"/>
    </g>
    <path d="${line(lidded)}" fill="none" stroke="#1d110c" stroke-width="0.17" stroke-linecap="round"/>
    <path d="${line(lower)}" fill="none" stroke="#5a3426" stroke-width="0.07" opacity="0.7"/>`
}

/** An SVG path; y of the model points up. */
function polygon (spots: readonly Spot[]): string {
  return `M${spots.map(([x, y]) => `${x.toFixed(3)} ${(-y).toFixed(3)}`).join(' L')} Z`
}
