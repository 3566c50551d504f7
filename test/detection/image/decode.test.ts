import { existsSync, readFileSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import { decodeImage, STRANGER_PIXELS_MAX } from '../../../detection/image/decode.ts'
import { pictureFormat } from '../../../detection/image/format.ts'

/** Left half red, right half blue. */
function twoColours (width = 4, height = 2): Sharp {
  const data = Buffer.alloc(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++) data[pixel * 3 + (pixel % width < width / 2 ? 0 : 2)] = 255
  return sharp(data, { raw: { width, height, channels: 3 } })
}

const RED = [255, 0, 0]
const BLUE = [0, 0, 255]

async function codeOf (bytes: Uint8Array): Promise<string> {
  try {
    await decodeImage(bytes)
    return 'decoded'
  } catch (error) {
    return error instanceof DetectionError ? error.code : `not coded: ${String(error)}`
  }
}

t.test('a PNG becomes rows of RGB bytes', async t => {
  const image = await decodeImage(await twoColours().png().toBuffer())
  t.equal(image.width, 4)
  t.equal(image.height, 2)
  t.same([...image.data], [...RED, ...RED, ...BLUE, ...BLUE, ...RED, ...RED, ...BLUE, ...BLUE])
  t.notOk(Buffer.isBuffer(image.data))
})

t.test('WebP and JPEG are read', async t => {
  for (const bytes of [
    await twoColours(64, 32).webp({ lossless: true }).toBuffer(),
    await twoColours(64, 32).jpeg({ quality: 100 }).toBuffer()
  ]) {
    const image = await decodeImage(bytes)
    t.same([image.width, image.height, image.data.length], [64, 32, 64 * 32 * 3])
    t.ok(image.data[0]! > 230 && image.data[2]! < 25, 'red at the left')
    t.ok(image.data[63 * 3]! < 25 && image.data[63 * 3 + 2]! > 230, 'blue at the right')
  }
})

t.test('of a GIF with several frames the first is read', async t => {
  const frames = Buffer.alloc(4 * 6 * 3)
  frames.fill(200, 0, 4 * 2 * 3).fill(100, 4 * 2 * 3, 4 * 4 * 3)
  const gif = await sharp(frames, { raw: { width: 4, height: 6, channels: 3, pageHeight: 2 } }).gif().toBuffer()
  t.equal((await sharp(gif, { pages: -1 }).metadata()).pages, 3)
  const image = await decodeImage(gif)
  t.same([image.width, image.height, image.data[0]], [4, 2, 200])
})

t.test('EXIF orientation is applied', async t => {
  // Orientation 6: the camera was turned; the stored left edge is the picture's top.
  const stored = await twoColours(8, 4)
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .withMetadata({ orientation: 6 })
    .toBuffer()
  const image = await decodeImage(stored)
  t.same([image.width, image.height], [4, 8])
  t.ok(image.data[0]! > 230, 'red at the top')
  t.ok(image.data.at(-1)! > 230, 'blue at the bottom')
})

t.test('grey, grey with alpha, 16 bits and palettes become RGB', async t => {
  const grey = sharp(Buffer.from([0, 128, 255, 64]), { raw: { width: 2, height: 2, channels: 1 } })
  const expected = [0, 0, 0, 128, 128, 128, 255, 255, 255, 64, 64, 64]
  t.same([...(await decodeImage(await grey.clone().toColourspace('b-w').png().toBuffer())).data], expected)
  t.same(
    [...(await decodeImage(await grey.clone().toColourspace('b-w').ensureAlpha().png().toBuffer())).data],
    expected
  )
  const wide = await sharp(Uint16Array.of(0, 32896, 65535, 16448), { raw: { width: 2, height: 2, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer()
  t.equal((await sharp(wide).metadata()).depth, 'ushort')
  t.same([...(await decodeImage(wide)).data], expected)
  const deep = await twoColours().toColourspace('rgb16').png().toBuffer()
  t.equal((await sharp(deep).metadata()).depth, 'ushort')
  t.same([...(await decodeImage(deep)).data].slice(0, 3), RED)
  t.same([...(await decodeImage(await twoColours().png({ palette: true }).toBuffer())).data].slice(-3), BLUE)
})

t.test('transparent parts become black', async t => {
  const rgba = Buffer.from([255, 255, 255, 0, 255, 255, 255, 255])
  const png = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } }).png().toBuffer()
  t.same([...(await decodeImage(png)).data], [0, 0, 0, 255, 255, 255])
})

t.test('a CMYK JPEG becomes RGB', async t => {
  const cmyk = await twoColours(16, 16).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()
  t.equal((await sharp(cmyk).metadata()).space, 'cmyk')
  const { data } = await decodeImage(cmyk)
  t.equal(data.length, 16 * 16 * 3)
  t.ok(data[0]! > 150 && data[2]! < 100, 'reddish at the left')
})

t.test('no bytes, other bytes and other formats are refused by code', async t => {
  t.equal(await codeOf(new Uint8Array(0)), 'INVIGIL_ERR_IMAGE_EMPTY')
  t.equal(await codeOf(Uint8Array.of(1, 2, 3)), 'INVIGIL_ERR_IMAGE_INVALID')
  t.equal(await codeOf(Buffer.alloc(100_000, 7)), 'INVIGIL_ERR_IMAGE_INVALID')
  t.equal(
    await codeOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
    'INVIGIL_ERR_IMAGE_INVALID'
  )
  t.equal(await codeOf(await twoColours().tiff().toBuffer()), 'INVIGIL_ERR_IMAGE_INVALID')
  t.equal(await codeOf(Uint8Array.of(0xFF, 0xD8, 0xFF)), 'INVIGIL_ERR_IMAGE_INVALID')
})

t.test('a picture cut short anywhere is refused, never shown with a grey end', async t => {
  const noise = Buffer.alloc(96 * 64 * 3, 0).map((_, index) => (index * 7919) % 251)
  const picture = sharp(noise, { raw: { width: 96, height: 64, channels: 3 } })
  for (const bytes of [
    await picture.clone().jpeg().toBuffer(),
    await picture.clone().png().toBuffer(),
    await picture.clone().webp().toBuffer(),
    await picture.clone().gif().toBuffer()
  ]) {
    for (const share of [0.02, 0.3, 0.6, 0.9]) {
      t.equal(
        await codeOf(bytes.subarray(0, Math.floor(bytes.length * share))),
        'INVIGIL_ERR_IMAGE_INVALID',
        `${pictureFormat(bytes)} cut at ${share}`
      )
    }
  }
})

t.test('damaged bytes give a picture or a coded error', async t => {
  const jpeg = await twoColours(64, 64).jpeg().toBuffer()
  for (let seed = 1; seed <= 40; seed++) {
    const bytes = Buffer.from(jpeg)
    for (let k = 0; k < 5; k++) bytes[3 + (seed * 7919 + k * 104_729) % (bytes.length - 3)] = (seed * 31 + k * 17) % 256
    t.match(await codeOf(bytes), /^(decoded|INVIGIL_ERR_IMAGE_(INVALID|TOO_LARGE))$/)
  }
})

t.test('more than 40 megapixels by its header is refused before it is decoded', async t => {
  // A PNG header that declares 20000 × 20000 and then has no data.
  const png = await twoColours().png().toBuffer()
  png.writeUInt32BE(20_000, 16)
  png.writeUInt32BE(20_000, 20)
  t.equal(await codeOf(png), 'INVIGIL_ERR_IMAGE_TOO_LARGE')
  const flat = await sharp({ create: { width: 8000, height: 5001, channels: 3, background: '#000' } }).png().toBuffer()
  t.equal(await codeOf(flat), 'INVIGIL_ERR_IMAGE_TOO_LARGE')
})

t.test('pictures of strangers have a smaller bound', async t => {
  const flat = await sharp({ create: { width: 5000, height: 2600, channels: 3, background: '#000' } }).webp().toBuffer()
  t.ok(flat.length < 100_000, 'few bytes hold them')
  await t.rejects(decodeImage(flat, STRANGER_PIXELS_MAX), {
    code: 'INVIGIL_ERR_IMAGE_TOO_LARGE',
    message: /12\.8 megapixels/
  })
  t.equal(await codeOf(flat), 'decoded')
})

const spoof = '../shared/testdata/images/liveness/image_T1.jpg'
t.test(
  'a telephone picture with orientation 6 stands upright',
  { skip: !existsSync(spoof) && process.env.CI !== 'true' && `${spoof} is missing` },
  async t => {
    const bytes = readFileSync(spoof)
    const { width, height } = await sharp(bytes).metadata()
    const image = await decodeImage(bytes)
    t.same([image.width, image.height], [height, width])
  }
)
