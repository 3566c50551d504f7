import sharp from 'sharp'
import t from 'tap'
import { thumbnailOf } from '../../../detection/image/thumbnail.ts'

t.test('a thumbnail is a JPEG no wider than asked, in the picture’s colours, and never enlarged', async t => {
  const image = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3).map((_, at) => [200, 40, 40][at % 3]!) }
  for (const [widthMax, width, height] of [[16, 16, 12], [500, 64, 48]] as const) {
    const jpeg = await thumbnailOf(image, widthMax)
    t.equal(jpeg.byteLength, jpeg.buffer.byteLength, 'its memory can be given away')
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
    t.match(info, { width, height })
    t.ok(Math.abs(data[0]! - 200) < 8 && Math.abs(data[1]! - 40) < 8)
  }
})
