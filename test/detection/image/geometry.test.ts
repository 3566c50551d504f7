import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { decodeBoxes, makeAnchors } from '../../../detection/image/anchors.ts'
import {
  boxArea, boxIou, boxOfLandmarks, boxOfPoints, boxOverlap, clipBox, intersectionArea
} from '../../../detection/image/box.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { withInputMemory } from '../../../detection/image/input-memory.ts'
import { blend, suppress } from '../../../detection/image/nms.ts'
import {
  applyAffine, boxOfRegion, imageToRegion, normalizeRotation, regionOfBox, regionToImage, reshapeRegion, rotationFor
} from '../../../detection/image/region.ts'
import { sampleRegion } from '../../../detection/image/sample.ts'
import type { Image, Region } from '../../../detection/types.ts'

const GOLDENS = '../shared/testdata/images/mediapipe_testdata'
const skip = !existsSync(GOLDENS) && process.env.CI !== 'true' && `${GOLDENS} is missing`

/** Numbers in 0..1 that are the same in every run (Lehmer's generator). */
function seeded (seed: number): () => number {
  let state = seed
  return () => {
    state = state * 48_271 % 0x7FFFFFFF
    return state / 0x7FFFFFFF
  }
}

function randomRegion (next: () => number): Region {
  return {
    centerX: next() * 2000 - 500,
    centerY: next() * 2000 - 500,
    width: 1 + next() * 900,
    height: 1 + next() * 900,
    rotation: (next() - 0.5) * 8
  }
}

const rounded = (values: Iterable<number>, digits = 4) => [...values].map(value => Number(value.toFixed(digits)) + 0)

t.test('boxes', async t => {
  const a = { x: 0, y: 0, width: 4, height: 2 }
  const b = { x: 2, y: 1, width: 4, height: 2 }
  t.equal(boxArea(a), 8)
  t.equal(intersectionArea(a, b), 2)
  t.equal(boxIou(a, b), 2 / 14)
  t.equal(boxIou(a, a), 1)
  t.equal(boxIou(a, { x: 9, y: 9, width: 1, height: 1 }), 0)
  t.equal(boxOverlap(a, { x: 1, y: 0, width: 1, height: 1 }), 1, 'a box within a box')
  t.equal(boxIou({ ...a, width: 0 }, { ...a, width: 0 }), 0, 'boxes without extent')
  t.same(clipBox({ x: -1, y: 1, width: 10, height: 10 }, 4, 3), { x: 0, y: 1, width: 4, height: 2 })
  t.same(clipBox({ x: 20, y: 20, width: 10, height: 10 }, 4, 3), { x: 4, y: 3, width: 0, height: 0 })
  t.same(boxOfPoints([{ x: 3, y: 1 }, { x: -1, y: 5 }]), { x: -1, y: 1, width: 4, height: 4 })
  t.same(boxOfPoints([]), { x: 0, y: 0, width: 0, height: 0 })
  t.same(boxOfLandmarks(Float32Array.of(0.5, 0.25, 9, 0.75, 0.5, 9), 100, 40), { x: 50, y: 10, width: 25, height: 10 })
})

t.test('suppression keeps the best of what overlaps, and only among rivals', async t => {
  const box = (x: number) => ({ x, y: 0, width: 10, height: 10 })
  const candidates = [
    { box: box(1), score: 0.6, label: 'a' },
    { box: box(0), score: 0.9, label: 'a' },
    { box: box(30), score: 0.5, label: 'a' },
    { box: box(2), score: 0.7, label: 'b' }
  ]
  t.same(
    suppress(candidates, 0.5).map(({ score }) => score),
    [0.9, 0.5]
  )
  t.same(
    suppress(candidates, 0.5, (a, b) => a.label === b.label).map(({ score }) => score),
    [0.9, 0.7, 0.5]
  )
  t.same(suppress([], 0.5), [])
})

t.test('blending gives the mean weighted by score and the best score', async t => {
  const at = (x: number, score: number) => ({
    box: { x, y: 0, width: 10, height: 10 },
    score,
    keypoints: [{ x: x + 5, y: 5 }]
  })
  const [first, second, ...none] = blend([at(40, 0.5), at(2, 0.3), at(0, 0.9)], 0.3)
  t.same(first, { box: { x: 0.5, y: 0, width: 10, height: 10 }, score: 0.9, keypoints: [{ x: 5.5, y: 5 }] })
  t.same(second, at(40, 0.5))
  t.same(none, [])
})

t.test('regions', async t => {
  t.same(regionOfBox({ x: 10, y: 20, width: 30, height: 40 }), {
    centerX: 25,
    centerY: 40,
    width: 30,
    height: 40,
    rotation: 0
  })
  t.same(
    rounded(Object.values(boxOfRegion({ centerX: 0, centerY: 0, width: 4, height: 2, rotation: Math.PI / 2 }))),
    [-1, -2, 2, 4]
  )
  t.same(
    rounded([normalizeRotation((3 * Math.PI) / 2), normalizeRotation(-Math.PI), normalizeRotation(Math.PI)]),
    rounded([-Math.PI / 2, -Math.PI, -Math.PI])
  )
  t.equal(rotationFor({ x: 0, y: 0 }, { x: 5, y: 0 }), 0, 'level eyes')
  t.same(
    rounded([rotationFor({ x: 0, y: 0 }, { x: 1, y: 1 })]),
    rounded([Math.PI / 4]),
    'the left eye lower: clockwise'
  )
  t.equal(rotationFor({ x: 0, y: 9 }, { x: 0, y: 0 }, Math.PI / 2), 0, 'a hand that points up')
  const tall = { centerX: 100, centerY: 100, width: 10, height: 20, rotation: Math.PI / 2 }
  t.same(
    rounded(Object.values(reshapeRegion(tall, { shiftY: -0.5, square: true, scale: 2.6 }))),
    rounded([110, 100, 52, 52, Math.PI / 2])
  )
})

t.test('the way back from a region is the exact inverse of the way in', async t => {
  const next = seeded(7)
  for (let round = 0; round < 200; round++) {
    const region = randomRegion(next)
    const x = next() * 3 - 1
    const y = next() * 3 - 1
    const there = applyAffine(regionToImage(region), x, y)
    const back = applyAffine(imageToRegion(region), there.x, there.y)
    if (Math.abs(back.x - x) > 1e-9 || Math.abs(back.y - y) > 1e-9) t.fail(JSON.stringify({ region, x, y, back }))
  }
  t.same(
    rounded(
      Object.values(
        applyAffine(regionToImage({ centerX: 50, centerY: 40, width: 20, height: 10, rotation: Math.PI / 2 }), 0, 0)
      )
    ),
    [55, 30]
  )
})

/** Each pixel (x, y, 7). */
function ramp (width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++) {
    data.set([pixel % width, Math.floor(pixel / width), 7], pixel * 3)
  }
  return { width, height, data }
}

t.test('sampling', async t => {
  const image = ramp(4, 2)
  const whole = { centerX: 2, centerY: 1, width: 4, height: 2, rotation: 0 }
  t.test('at its own size a picture stays as it is, planar', async t => {
    const { tensor } = sampleRegion(image, whole, { width: 4, height: 2, high: 255 })
    t.same(tensor.dims, [1, 3, 2, 4])
    t.same(rounded(tensor.data), [0, 1, 2, 3, 0, 1, 2, 3, 0, 0, 0, 0, 1, 1, 1, 1, ...new Array<number>(8).fill(7)])
  })
  t.test('BGR swaps the planes', async t => {
    const { data } = sampleRegion(image, whole, { width: 4, height: 2, high: 255, order: 'bgr' }).tensor
    t.same(rounded(data.subarray(0, 8)), new Array(8).fill(7))
    t.same(rounded(data.subarray(16)), [0, 1, 2, 3, 0, 1, 2, 3])
  })
  t.test('the range is that asked for', async t => {
    const black = { width: 1, height: 1, data: Uint8Array.of(0, 255, 51) }
    const one = { centerX: 0.5, centerY: 0.5, width: 1, height: 1, rotation: 0 }
    t.same(rounded(sampleRegion(black, one, { width: 1, height: 1, low: -1, high: 1 }).tensor.data), [-1, 1, -0.6])
    t.same(rounded(sampleRegion(black, one, { width: 1, height: 1 }).tensor.data), [0, 1, 0.2])
  })
  t.test('halves lie between pixels', async t => {
    const { data } = sampleRegion(image, whole, { width: 8, height: 2, high: 255 }).tensor
    t.same(rounded(data.subarray(0, 8)), [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])
  })
  t.test('a quarter turn clockwise reads downwards', async t => {
    const turned = { ...whole, width: 2, height: 4, rotation: Math.PI / 2 }
    const { data } = sampleRegion(image, turned, { width: 2, height: 4, high: 255 }).tensor
    t.same(rounded(data.subarray(0, 8)), [3, 3, 2, 2, 1, 1, 0, 0])
  })
  t.test('outside, the border is repeated or filled', async t => {
    const wide = { ...whole, width: 8 }
    t.same(
      rounded(sampleRegion(image, wide, { width: 8, height: 2, high: 255 }).tensor.data.subarray(0, 8)),
      [0, 0, 0, 1, 2, 3, 3, 3]
    )
    t.same(
      rounded(sampleRegion(image, wide, { width: 8, height: 2, high: 255, border: 114 }).tensor.data.subarray(0, 8)),
      [114, 114, 0, 1, 2, 3, 114, 114]
    )
    t.same(
      rounded(
        sampleRegion(image, wide, { width: 8, height: 2, low: -1, high: 1, border: 0 }).tensor.data.subarray(16, 18)
      ),
      [-1, -1]
    )
  })
  t.test('a given array of the right length is reused', async t => {
    const out = new Float32Array(24).fill(99)
    t.equal(sampleRegion(image, whole, { width: 4, height: 2, out }).tensor.data, out)
    t.notOk(out.includes(99))
    t.not(sampleRegion(image, whole, { width: 2, height: 2, out }).tensor.data, out)
  })
  t.test('any region, even a degenerate or far one, gives finite numbers', async t => {
    const next = seeded(3)
    for (let round = 0; round < 100; round++) {
      const region = round === 0 ? { centerX: 1, centerY: 1, width: 0, height: 0, rotation: 0 } : randomRegion(next)
      if (!sampleRegion(image, region, { width: 5, height: 5 }).tensor.data.every(value => value >= 0 && value <= 1)) {
        t.fail(JSON.stringify(region))
      }
    }
  })
})

t.test('an upright sample has the numbers of one turned by next to nothing', async t => {
  const image: Image = {
    width: 23,
    height: 17,
    data: Uint8Array.from({ length: 23 * 17 * 3 }, (_, at) => (at * 7919) % 251)
  }
  const regions = [
    { centerX: 11.5, centerY: 8.5, width: 23, height: 17 },
    { centerX: 11.5, centerY: 8.5, width: 23, height: 23 },
    { centerX: 9, centerY: 9, width: 5, height: 4 },
    { centerX: 2, centerY: 15, width: 19, height: 11 },
    { centerX: 22, centerY: 1, width: 40, height: 40 },
    { centerX: -30, centerY: 5, width: 8, height: 8 }
  ]
  for (const region of regions) {
    for (const border of ['replicate', 0, 114] as const) {
      // Fill with values that no picture has, so that unwritten ones are found.
      const options = {
        width: 14,
        height: 9,
        low: -1,
        high: 1,
        order: 'bgr',
        border,
        out: new Float32Array(3 * 14 * 9).fill(99)
      } as const
      const upright = [...sampleRegion(image, { ...region, rotation: 0 }, options).tensor.data]
      const turned = sampleRegion(image, { ...region, rotation: 1e-13 }, options).tensor.data
      t.ok(upright.every((value, at) => Math.abs(value - turned[at]!) <= 1e-5), `${JSON.stringify(region)} ${border}`)
    }
  }
})

t.test('a model\'s input memory is used again, but never twice at a time', async t => {
  const model = {}
  const taken = async (length: number, of: object = model) =>
    await withInputMemory(of, length, async ({ length, buffer }) => ({ length, buffer }))
  const first = await taken(48)
  t.equal(first.length, 48)
  t.equal((await taken(48)).buffer, first.buffer)
  const both = await Promise.all(
    [1, 2].map(
      async () =>
        await withInputMemory(
          model,
          48,
          async ({ buffer }) =>
            await new Promise<ArrayBufferLike>(resolve => {
              setImmediate(resolve, buffer)
            })
        )
    )
  )
  t.not(both[0], both[1])
  const shorter = await taken(12)
  t.equal(shorter.length, 12)
  t.equal((await taken(48)).buffer, shorter.buffer, 'a shorter input leaves the rest for the next one')
  t.not((await taken(12, {})).buffer, (await taken(12, {})).buffer)
  await t.rejects(withInputMemory(model, 12, async () => { throw new Error('no') }), /no/)
})

t.test('what lies outside the picture is filled, on every side', async t => {
  const image = ramp(4, 2)
  const square = { centerX: 2, centerY: 1, width: 4, height: 4, rotation: 0 }
  const middle = sampleRegion(image, square, { width: 4, height: 4, high: 255, border: 9 })
  t.same(rounded(middle.tensor.data.subarray(16, 32)), [9, 9, 9, 9, 0, 0, 0, 0, 1, 1, 1, 1, 9, 9, 9, 9])
  t.same(applyAffine(middle.toImage, 0.5, 0.25), { x: 2, y: 0 })
  const corner = sampleRegion(
    image,
    { ...square, centerX: 4, centerY: 2 },
    { width: 4, height: 4, high: 255, border: 114 }
  )
  t.same(rounded(corner.tensor.data.subarray(16, 32)), [
    0,
    0,
    114,
    114,
    1,
    1,
    114,
    114,
    ...new Array<number>(8).fill(114)
  ])
})

t.test('boxes are decoded against their anchors', async t => {
  const boxes = Float32Array.of(
    10, 20, 50, 40, 5, -5,
    0, 0, 10, 10, 0, 0)
  const anchors = Float32Array.of(0.5, 0.5, 1, 1, 0.1, 0.1, 1, 1)
  const toImage = regionToImage({ centerX: 100, centerY: 100, width: 200, height: 200, rotation: 0 })
  const [only, ...none] = decodeBoxes(
    boxes,
    Float32Array.of(0, -1),
    anchors,
    { inputSize: 100, keypoints: 1, scoreMin: 0.5 },
    toImage
  )
  t.same(none, [], 'below the threshold')
  t.equal(only?.score, 0.5)
  t.same(rounded(Object.values(only!.box)), [70, 100, 100, 80])
  t.same(rounded(Object.values(only!.keypoints[0]!)), [110, 90])
  t.same(
    decodeBoxes(
      boxes,
      Float32Array.of(NaN, 1e9),
      anchors,
      { inputSize: 100, keypoints: 1, scoreMin: 0.5 },
      toImage
    ).map(({ score }) => score),
    [1],
    'no number is no finding'
  )
})

t.test('anchors are those of MediaPipe', { skip }, async t => {
  const golden = (name: string) => (JSON.parse(readFileSync(`${GOLDENS}/${name}`, 'utf8')) as number[][]).flat()
  const worst = (anchors: Float32Array, expected: readonly number[]) => {
    t.equal(anchors.length, expected.length)
    return Math.max(...expected.map((value, index) => Math.abs(value - anchors[index]!)))
  }
  t.ok(worst(makeAnchors({
    inputWidth: 256,
    inputHeight: 256,
    strides: [8, 16, 32, 32, 32],
    scaleMin: 0.1171875,
    scaleMax: 0.75,
    aspectRatios: [1],
    interpolatedAspectRatio: 1,
    fixedSize: true
  }), golden('anchor_golden_file_0.json')) < 1e-5)
  t.ok(worst(makeAnchors({
    inputWidth: 300,
    inputHeight: 300,
    strides: [16, 32, 64, 128, 256, 512],
    scaleMin: 0.2,
    scaleMax: 0.95,
    aspectRatios: [1, 2, 0.5, 3, 0.3333],
    interpolatedAspectRatio: 1,
    reduceLowestLayer: true
  }), golden('anchor_golden_file_1.json')) < 1e-5)
})

t.test('regions are sampled as in MediaPipe', { skip }, async t => {
  const image = await decodeImage(readFileSync(`${GOLDENS}/image_to_tensor/image_to_tensor_input.jpg`))
  // Name, tensor, region as shares of the picture before it is stretched to the tensor's shape, rotation, border.
  const cases = [
    ['medium_sub_rect_keep_aspect', 256, 256, 0.65, 0.4, 0.5, 0.5, 0, 'replicate'],
    ['medium_sub_rect_keep_aspect_with_rotation', 256, 256, 0.65, 0.4, 0.5, 0.5, Math.PI / 2, 'replicate'],
    ['medium_sub_rect_keep_aspect_with_rotation_border_zero', 256, 256, 0.65, 0.4, 0.5, 0.5, Math.PI / 2, 0],
    ['large_sub_rect_keep_aspect_border_zero', 128, 128, 0.5, 0.5, 1.5, 1.1, 0, 0],
    ['noop_except_range', 64, 128, 0.5, 0.5, 1, 1, 0, 'replicate']
  ] as const
  for (const [name, width, height, x, y, shareX, shareY, rotation, border] of cases) {
    const golden = await decodeImage(readFileSync(`${GOLDENS}/image_to_tensor/${name}.png`))
    const side = Math.max(shareX * image.width, shareY * image.height * width / height)
    // The goldens are of MediaPipe's OpenCV build, which lets pixel corners meet where its GPU build (and we) let
    // centres meet.
    const step = side / width
    const shiftX = 0.5 - (step * (Math.cos(rotation) - Math.sin(rotation))) / 2
    const shiftY = 0.5 - (step * (Math.sin(rotation) + Math.cos(rotation))) / 2
    const region = {
      centerX: x * image.width + shiftX,
      centerY: y * image.height + shiftY,
      width: side,
      height: (side * height) / width,
      rotation
    }
    const { data } = sampleRegion(image, region, { width, height, high: 255, border }).tensor
    let difference = 0
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        difference += Math.abs(data[channel * width * height + pixel]! - golden.data[pixel * 3 + channel]!)
      }
    }
    // Steps of 255; the rest is OpenCV's fixed-point weights and its blending of the last pixel with a black border.
    t.ok(difference / data.length < 0.7, `${name}: mean difference ${(difference / data.length).toFixed(2)}`)
  }
})
