import sharp from 'sharp'
import t from 'tap'
import { LIVE_PIXELS_MAX } from '../../../detection/image/format.ts'
import { encodeLossless } from '../../../detection/image/lossless.ts'

t.test(
  'a frame of a 4K video is scaled down to what a live session takes, and a smaller one stays as it is',
  async t => {
    const image = (width: number, height: number) => ({
      width,
      height,
      data: new Uint8Array(width * height * 3).fill(90)
    })
    const { width, height } = await sharp(await encodeLossless(image(3840, 2160), LIVE_PIXELS_MAX)).metadata()
    t.ok(width * height <= LIVE_PIXELS_MAX && width * height > 0.99 * LIVE_PIXELS_MAX, `${width}×${height}`)
    t.ok(Math.abs(width / height - 16 / 9) < 0.01)
    t.match(await sharp(await encodeLossless(image(1920, 1080), LIVE_PIXELS_MAX)).metadata(), {
      width: 1920,
      height: 1080,
      format: 'png'
    })
  }
)
