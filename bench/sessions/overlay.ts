import type { Image } from '../../detection/types.ts'

/** A cut-out: RGB with an opacity of 0..255 for each pixel. */
export interface Patch {
  readonly image: Image
  readonly opacity: Uint8Array
}

/** A cut-out whose four edges fade over `pixels`. */
export function feathered (image: Image, pixels: number): Patch {
  const { width, height } = image
  const opacity = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = Math.min(x + 1, y + 1, width - x, height - y) / (pixels + 1)
      opacity[y * width + x] = 255 * Math.min(1, inside)
    }
  }
  return { image, opacity }
}

/** A head with its shoulders: an ellipse over a half-open box, fading by 8 %. */
export function bust (image: Image): Patch {
  const { width, height } = image
  const opacity = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const down = Math.min(1, y / height / 0.6)
    for (let x = 0; x < width; x++) {
      const across = Math.abs(x / width - 0.5) * 2
      const edge = Math.hypot(across, 1 - down)
      opacity[y * width + x] = 255 * Math.min(1, Math.max(0, (1 - edge) / 0.08))
    }
  }
  return { image, opacity }
}

/** Cuts an object out of a white background: white pixels at both ends of each row become transparent. */
export function beforeWhite (image: Image, whiteMin: number): Patch {
  const { width, height, data } = image
  const opacity = new Uint8Array(width * height).fill(255)
  const isWhite = (x: number, y: number): boolean => {
    const at = (y * width + x) * 3
    return Math.min(data[at]!, data[at + 1]!, data[at + 2]!) >= whiteMin
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width && isWhite(x, y); x++) opacity[y * width + x] = 0
    for (let x = width - 1; x >= 0 && isWhite(x, y); x--) opacity[y * width + x] = 0
  }
  return { image, opacity }
}

/** Returns the picture with the middle of the patch at (x, y); parts beyond the edge are cut off. */
export function paste (under: Image, { image, opacity }: Patch, x: number, y: number): Image {
  const data = Uint8Array.from(under.data)
  const left = Math.round(x - image.width / 2)
  const top = Math.round(y - image.height / 2)
  for (let row = Math.max(0, -top); row < image.height && top + row < under.height; row++) {
    for (let column = Math.max(0, -left); column < image.width && left + column < under.width; column++) {
      const share = opacity[row * image.width + column]! / 255
      if (share === 0) continue
      const from = (row * image.width + column) * 3
      const to = ((top + row) * under.width + left + column) * 3
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] = share * image.data[from + channel]! + (1 - share) * data[to + channel]!
      }
    }
  }
  return { ...under, data }
}
