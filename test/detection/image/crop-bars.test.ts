import t from 'tap'
import { withoutBars } from '../../../detection/image/crop-bars.ts'
import type { Box, Image } from '../../../detection/types.ts'

/** Black with a grey part. */
function picture (grey: Box, black = 0): Image {
  const image = { width: 64, height: 36, data: new Uint8Array(64 * 36 * 3).fill(black) }
  for (let y = grey.y; y < grey.y + grey.height; y++) {
    image.data.fill(90, (y * 64 + grey.x) * 3, (y * 64 + grey.x + grey.width) * 3)
  }
  return image
}

t.test('black bars are left out', async t => {
  const upright = { x: 22, y: 0, width: 20, height: 36 }
  t.same(withoutBars(picture(upright)), upright, 'at the sides')
  t.same(withoutBars(picture(upright, 6)), upright, 'not quite black after JPEG')
  const wide = { x: 0, y: 5, width: 64, height: 27 }
  t.same(withoutBars(picture(wide)), wide, 'above and below')
})

t.test('a picture without bars stays whole', async t => {
  const whole = { x: 0, y: 0, width: 64, height: 36 }
  t.same(withoutBars(picture(whole)), whole)
  t.same(withoutBars(picture({ x: 22, y: 0, width: 20, height: 36 }, 20)), whole, 'the dark of a camera')
  t.same(withoutBars(picture({ x: 0, y: 0, width: 0, height: 0 })), whole, 'black')
  t.same(withoutBars(picture({ x: 30, y: 16, width: 4, height: 4 })), whole, 'a light in the dark')
})
