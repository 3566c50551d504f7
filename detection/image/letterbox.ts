import type { Image, Region } from '../types.ts'
import type { Affine } from './region.ts'

export interface FitOptions {
  /** The shorter side is the next multiple of this; the longer side's length by default, which gives a square. */
  readonly step?: number
  /** Where the picture lies between the bars: in the middle, or at the top left corner. */
  readonly align?: 'center' | 'corner'
}

/** How a part of a picture goes into a detector's input. */
export interface Fit {
  /** Size of the input. */
  readonly width: number
  readonly height: number
  /** What it shows of the picture. */
  readonly region: Region
  /** Maps 0..1 of the input's longer side, on both axes, to pixels of the picture. */
  readonly toImage: Affine
}

/**
 * The whole picture, its shape kept, in an input whose longer side has `longSide` pixels, with bars of less than a
 * step. Detectors that take any size are so spared the bars of a square, a quarter of it for a picture of 4:3.
 */
export function fitPicture (
  image: Pick<Image, 'width' | 'height'>,
  longSide: number,
  { step = longSide, align = 'center' }: FitOptions = {}
): Fit {
  const side = Math.max(image.width, image.height)
  const along = (length: number) => Math.max(1, Math.ceil(length * longSide / side / step)) * step
  const width = along(image.width)
  const height = along(image.height)
  const covered = { width: width * side / longSide, height: height * side / longSide }
  const center = align === 'center' ? image : covered
  const region = { centerX: center.width / 2, centerY: center.height / 2, ...covered, rotation: 0 }
  const toImage = {
    xx: side,
    xy: 0,
    x0: (center.width - covered.width) / 2,
    yx: 0,
    yy: side,
    y0: (center.height - covered.height) / 2
  }
  return { width, height, region, toImage }
}

/** An upright square of the picture in a square input. */
export function fitSquare ({ centerX, centerY, width: side }: Region, inputSize: number): Fit {
  const region = { centerX, centerY, width: side, height: side, rotation: 0 }
  const toImage = { xx: side, xy: 0, x0: centerX - side / 2, yx: 0, yy: side, y0: centerY - side / 2 }
  return { width: inputSize, height: inputSize, region, toImage }
}

/** The same input with what lies around the part as well: `times` as much along each side, about the same middle. */
export function widened ({ width, height, region, toImage }: Fit, times: number): Fit {
  const shift = (times - 1) / 2
  return {
    width,
    height,
    region: { ...region, width: region.width * times, height: region.height * times },
    toImage: {
      ...toImage,
      xx: toImage.xx * times,
      yy: toImage.yy * times,
      x0: toImage.x0 - shift * region.width,
      y0: toImage.y0 - shift * region.height
    }
  }
}
