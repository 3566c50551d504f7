import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { anchorsBySize } from '../../../detection/image/anchors.ts'
import { fitPicture, fitSquare } from '../../../detection/image/letterbox.ts'
import { regionToImage } from '../../../detection/image/region.ts'

const sides = (width: number, height: number, longSide: number, step?: number) => {
  const fit = fitPicture({ width, height }, longSide, defined({ step }))
  return [fit.width, fit.height]
}

t.test('the shorter side is the next step that holds the picture', async t => {
  t.same(sides(640, 480, 416, 32), [416, 320])
  t.same(sides(1280, 720, 416, 32), [416, 256])
  t.same(sides(480, 640, 416, 32), [320, 416])
  t.same(sides(640, 480, 128, 32), [128, 96], 'which it fills')
  t.same(sides(640, 480, 416), [416, 416], 'a square without steps')
  t.same(sides(500, 500, 416, 32), [416, 416])
  t.same(sides(4000, 3, 416, 32), [416, 32], 'one step at least')
})

t.test('bars lie round the picture or behind it', async t => {
  // 80×30 in 8×4: ten pixels of the picture each.
  const fit = (align: 'center' | 'corner') => fitPicture({ width: 80, height: 30 }, 8, { step: 4, align })
  t.same(fit('corner'), {
    width: 8,
    height: 4,
    region: { centerX: 40, centerY: 20, width: 80, height: 40, rotation: 0 },
    toImage: { xx: 80, xy: 0, x0: 0, yx: 0, yy: 80, y0: 0 }
  })
  t.same(fit('center').region, { centerX: 40, centerY: 15, width: 80, height: 40, rotation: 0 })
  t.same(fit('center').toImage, { xx: 80, xy: 0, x0: 0, yx: 0, yy: 80, y0: -5 })
})

t.test('the way back maps shares of the longer side, as a square\'s does', async t => {
  const region = { centerX: 100, centerY: 60, width: 40, height: 40, rotation: 0 }
  t.same(fitSquare(region, 192).toImage, regionToImage(region))
  t.same(
    fitPicture({ width: 40, height: 40 }, 192).toImage,
    regionToImage({ centerX: 20, centerY: 20, width: 40, height: 40, rotation: 0 })
  )
})

t.test('anchors lie at shares of the longer side, too', async t => {
  const anchors = anchorsBySize({
    strides: [16],
    scaleMin: 0.1,
    scaleMax: 0.9,
    aspectRatios: [1],
    interpolatedAspectRatio: 0,
    fixedSize: true
  })
  t.same(
    [...anchors(64, 32)],
    [
      [0.125, 0.125],
      [0.375, 0.125],
      [0.625, 0.125],
      [0.875, 0.125],
      [0.125, 0.375],
      [0.375, 0.375],
      [0.625, 0.375],
      [0.875, 0.375]
    ].flatMap(([x, y]) => [x, y, 1, 1])
  )
  t.equal(anchors(64, 32), anchors(64, 32), 'made once')
})
