/**
 * What sRGB's red, green and blue are in a profile: XYZ adapted to D50 (IEC 61966-2-1 by way of ICC.1:2022, annex E).
 */
const COLORANTS = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141]
} as const
const COLORANT_TOLERANCE = 0.002

const CURVES = ['rTRC', 'gTRC', 'bTRC'] as const
/**
 * Where the curves are compared: three points tell sRGB's from a linear one, gamma 1.8 and gamma 2.2 with its longer
 * foot.
 */
const CURVE_POINTS = [0.1, 0.5, 0.9] as const
const CURVE_TOLERANCE = 0.003

const HEADER_BYTES = 128
/** More tags than any display's profile has. */
const TAGS_MAX = 64

/**
 * Whether an ICC profile says what a picture without one means: sRGB. Chromium writes such a profile into every JPEG of
 * a canvas, and converting from sRGB to sRGB costs as much as decoding the picture. False for anything unusual, damaged
 * or not understood.
 */
export function isSrgbProfile (profile: Uint8Array): boolean {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength)
  try {
    if (word(view, 16) !== 'RGB ' || word(view, 20) !== 'XYZ ') return false
    const tags = readTags(view)
    if (tags.has('A2B0')) return false
    for (const [name, expected] of Object.entries(COLORANTS)) {
      const at = tags.get(name)
      if (at === undefined || word(view, at) !== 'XYZ ') return false
      if (expected.some((value, axis) => Math.abs(fixed(view, at + 8 + 4 * axis) - value) > COLORANT_TOLERANCE)) {
        return false
      }
    }
    return CURVES.every(name => {
      const at = tags.get(name)
      return (
        at !== undefined && CURVE_POINTS.every(x => Math.abs(curveAt(view, at, x) - srgbCurve(x)) <= CURVE_TOLERANCE)
      )
    })
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Where each tag's data lie. Reading past the end throws RangeError, here and below. */
function readTags (view: DataView): Map<string, number> {
  const tags = new Map<string, number>()
  const count = Math.min(view.getUint32(HEADER_BYTES), TAGS_MAX)
  for (let tag = 0; tag < count; tag++) {
    const at = HEADER_BYTES + 4 + 12 * tag
    tags.set(word(view, at), view.getUint32(at + 4))
  }
  return tags
}

/** The curve's value at `x`; NaN for a kind that is not known here. */
function curveAt (view: DataView, at: number, x: number): number {
  const kind = word(view, at)
  if (kind === 'curv') {
    const count = view.getUint32(at + 8)
    if (count === 0) return x
    if (count === 1) return x ** (view.getUint16(at + 12) / 256)
    const place = x * (count - 1)
    const below = Math.floor(place)
    const low = view.getUint16(at + 12 + 2 * below)
    const high = view.getUint16(at + 12 + 2 * Math.min(below + 1, count - 1))
    return (low + (high - low) * (place - below)) / 0xFFFF
  }
  // (a·x + b)^gamma from d on, c·x below.
  if (kind === 'para' && view.getUint16(at + 8) === 3) {
    const [gamma, a, b, c, d] = [0, 1, 2, 3, 4].map(index => fixed(view, at + 12 + 4 * index)) as [
      number,
      number,
      number,
      number,
      number
    ]
    return x >= d ? (a * x + b) ** gamma : c * x
  }
  return NaN
}

function srgbCurve (x: number): number {
  return x > 0.04045 ? ((x + 0.055) / 1.055) ** 2.4 : x / 12.92
}

/** Four letters. */
function word (view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))
}

/** A number with 16 bits behind the point. */
function fixed (view: DataView, at: number): number {
  return view.getInt32(at) / 0x10000
}
