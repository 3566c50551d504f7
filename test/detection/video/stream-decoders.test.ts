import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import type { Image, VideoChunk } from '../../../detection/types.ts'
import { rgbBytes, withoutAlpha } from '../../../detection/video/rgba-to-rgb.ts'
import { StreamDecoders } from '../../../detection/video/stream-decoders.ts'
import { encodeVp8 } from '../../../src/cli/simulate/vp8.ts'

type Colour = readonly [red: number, green: number, blue: number]
const RED: Colour = [200, 40, 40]
const GREEN: Colour = [40, 200, 40]
const BLUE: Colour = [40, 40, 200]
const [WIDTH, HEIGHT] = [64, 48]

const plain = (colour: Colour, width = WIDTH, height = HEIGHT): Image => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).map((_, at) => colour[at % 3]!)
})

/** One frame of each colour at 2 a second, with a key frame every `keyFrames`. */
async function encode (
  colours: readonly Colour[],
  { keyFrames = 100, width = WIDTH, height = HEIGHT } = {}
): Promise<VideoChunk[]> {
  const frames = await encodeVp8(
    colours.map(colour => plain(colour, width, height)),
    { width, height, fps: 2, bitsPerSecond: 500_000, keyMs: keyFrames * 500 }
  )
  return frames.map((frame, index) => ({ ...frame, atMs: index * 500 }))
}

const vp8 = (...chunks: VideoChunk[]) => ({ codec: 'vp8', chunks })
const colourOf = ({ data }: Image): Colour => [data[0]!, data[1]!, data[2]!]
const isNear = (a: Colour, b: Colour): boolean => a.every((value, index) => Math.abs(value - b[index]!) < 12)
async function codeOf (promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.then(() => undefined, cause => cause)
  return error instanceof DetectionError ? error.code : String(error)
}

t.test('each chunk gives its frame at once, in its colours, without a flush', async t => {
  const decoders = new StreamDecoders()
  t.teardown(() => decoders.close('a'))
  for (const [index, chunk] of (await encode([RED, GREEN, BLUE, RED])).entries()) {
    const image = await decoders.decode('a', vp8(chunk), index)
    t.same([image.width, image.height, image.data.length], [WIDTH, HEIGHT, WIDTH * HEIGHT * 3])
    t.ok(isNear(colourOf(image), [RED, GREEN, BLUE, RED][index]!), `frame ${index} is ${String(colourOf(image))}`)
  }
})

t.test('several chunks give the last frame', async t => {
  const decoders = new StreamDecoders()
  t.teardown(() => decoders.close('a'))
  t.ok(isNear(colourOf(await decoders.decode('a', vp8(...await encode([RED, GREEN, BLUE])), 0)), BLUE))
})

t.test('streams do not mix', async t => {
  const decoders = new StreamDecoders()
  t.teardown(() => { for (const stream of ['a', 'b']) decoders.close(stream) })
  const reds = await encode([RED, RED])
  const blues = await encode([BLUE, BLUE])
  await decoders.decode('a', vp8(reds[0]!), 0)
  await decoders.decode('b', vp8(blues[0]!), 0)
  t.ok(isNear(colourOf(await decoders.decode('a', vp8(reds[1]!), 1)), RED))
  t.ok(isNear(colourOf(await decoders.decode('b', vp8(blues[1]!), 1)), BLUE))
})

t.test('a stream may change its size with a key frame', async t => {
  const decoders = new StreamDecoders()
  t.teardown(() => decoders.close('a'))
  await decoders.decode('a', vp8(...await encode([RED])), 0)
  const image = await decoders.decode('a', vp8(...await encode([GREEN], { width: 34, height: 18 })), 1)
  t.same([image.width, image.height], [34, 18])
  t.ok(isNear(colourOf(image), GREEN))
})

t.test('a stream that begins in the middle wants a key frame', async t => {
  const decoders = new StreamDecoders()
  const [, between] = await encode([RED, GREEN])
  t.equal(await codeOf(decoders.decode('a', vp8(between!), 0)), 'INVIGIL_ERR_VIDEO_KEY_NEEDED')
  t.equal(decoders.size, 0)
})

t.test('damage ends the decoder; the next key frame begins a new one', async t => {
  const decoders = new StreamDecoders()
  t.teardown(() => decoders.close('a'))
  const [key, between] = await encode([RED, GREEN])
  const damaged = { ...between!, bytes: new Uint8Array(500).fill(0xff) }
  t.equal(await codeOf(decoders.decode('a', vp8(key!, damaged), 0)), 'INVIGIL_ERR_VIDEO_INVALID')
  t.equal(await codeOf(decoders.decode('a', vp8(between!), 1)), 'INVIGIL_ERR_VIDEO_KEY_NEEDED')
  t.ok(isNear(colourOf(await decoders.decode('a', vp8(key!), 2)), RED))
})

t.test('other codecs, and nothing, are refused', async t => {
  const decoders = new StreamDecoders()
  const [key] = await encode([RED])
  t.equal(await codeOf(decoders.decode('a', { codec: 'avc1.42e01f', chunks: [key!] }, 0)), 'INVIGIL_ERR_VIDEO_INVALID')
  t.equal(await codeOf(decoders.decode('a', vp8(), 0)), 'INVIGIL_ERR_VIDEO_INVALID')
})

t.test('the decoder unused for longest makes room, and idle ones are closed', async t => {
  const decoders = new StreamDecoders({ openMax: 2, idleMs: 1000 })
  const [key, between] = await encode([RED, GREEN])
  await decoders.decode('a', vp8(key!), 0)
  await decoders.decode('b', vp8(key!), 1)
  await decoders.decode('a', vp8(between!), 2)
  await decoders.decode('c', vp8(key!), 3)
  t.equal(decoders.size, 2)
  t.equal(await codeOf(decoders.decode('b', vp8(between!), 4)), 'INVIGIL_ERR_VIDEO_KEY_NEEDED', 'b had to go, not a')
  decoders.closeIdle(1003)
  t.equal(decoders.size, 1, 'a is idle, c not yet')
  decoders.closeIdle(1004)
  t.equal(decoders.size, 0)
})

t.test('the fourth channel is left out, also where the pixels make no whole words', async t => {
  for (const pixels of [1, 3, 4, 5, 8, 11]) {
    const rgba = new Uint8Array(pixels * 4).map((_, at) => at % 4 === 3 ? 255 : at)
    const rgb = new Uint8Array(rgbBytes(pixels))
    withoutAlpha(rgba, rgb, pixels)
    t.same([...rgb.subarray(0, pixels * 3)], [...rgba].filter((_, at) => at % 4 !== 3), `${pixels} pixels`)
  }
})
