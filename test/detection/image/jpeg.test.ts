import { existsSync, readFileSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { isSrgbProfile } from '../../../detection/image/colour-profile.ts'
import { createImageDecoder, decodeImage } from '../../../detection/image/decode.ts'
import { decodePlainJpeg, readPlainJpeg } from '../../../detection/image/jpeg.ts'

/** Smooth colours with some noise, like a camera's. */
function scene (width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3)
  for (let at = 0; at < data.length; at++) {
    data[at] = 90 + 60 * Math.sin(at / 700) + 40 * Math.cos(at / 3 / width / 9) + ((at * 7919) % 13)
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
}

const codeOf = async (bytes: Uint8Array): Promise<string> =>
  await decodeImage(bytes).then(
    () => 'decoded',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))
  )

/** With a segment of this marker put in front of the others. */
function withSegment (jpeg: Buffer, marker: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, 0xd8, 0xff, marker, 0, 0])
  head.writeUInt16BE(content.length + 2, 4)
  return Buffer.concat([head, content, jpeg.subarray(2)])
}

/** A display's profile of the least size: three colorants, one curve. */
function profileOf (colorants: readonly number[], curve: Buffer): Buffer {
  const tags = ['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC']
  const header = Buffer.alloc(132 + 12 * tags.length)
  header.write('mntrRGB XYZ ', 12, 'latin1')
  header.writeUInt32BE(tags.length, 128)
  tags.forEach((tag, index) => {
    header.write(tag, 132 + 12 * index, 'latin1')
    header.writeUInt32BE(header.length + 20 * Math.min(index, 3), 136 + 12 * index)
  })
  const xyz = [0, 1, 2].map(row => {
    const data = Buffer.alloc(20)
    data.write('XYZ ', 'latin1')
    for (let axis = 0; axis < 3; axis++) data.writeInt32BE(Math.round(colorants[3 * row + axis]! * 65536), 8 + 4 * axis)
    return data
  })
  return Buffer.concat([header, ...xyz, curve])
}

function parametric (...numbers: readonly number[]): Buffer {
  const data = Buffer.alloc(12 + 4 * numbers.length)
  data.write('para', 'latin1')
  data.writeUInt16BE(3, 8)
  numbers.forEach((number, index) => data.writeInt32BE(Math.round(number * 65536), 12 + 4 * index))
  return data
}

function table (...values: readonly number[]): Buffer {
  const data = Buffer.alloc(12 + 2 * values.length)
  data.write('curv', 'latin1')
  data.writeUInt32BE(values.length, 8)
  values.forEach((value, index) => data.writeUInt16BE(value, 12 + 2 * index))
  return data
}

const SRGB = [0.43607, 0.22249, 0.01392, 0.38515, 0.71688, 0.09708, 0.14307, 0.06061, 0.7141]
const DISPLAY_P3 = [0.51512, 0.2412, -0.00105, 0.29198, 0.69225, 0.04189, 0.1571, 0.06657, 0.78407]
/** As Chromium writes it into the JPEGs of a canvas. */
const SRGB_CURVE = parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

t.test('an sRGB profile is told from others by its colours and its curve', async t => {
  t.equal(isSrgbProfile(profileOf(SRGB, SRGB_CURVE)), true)
  const steps = Array.from(
    { length: 1024 },
    (_, i) => 65535 * (i > 41 ? ((i / 1023 + 0.055) / 1.055) ** 2.4 : i / 1023 / 12.92)
  )
  t.equal(isSrgbProfile(profileOf(SRGB, table(...steps))), true, 'a table, as in older profiles')
  t.equal(isSrgbProfile(profileOf(DISPLAY_P3, SRGB_CURVE)), false)
  t.equal(isSrgbProfile(profileOf(SRGB, table())), false, 'linear')
  t.equal(isSrgbProfile(profileOf(SRGB, table(1.8 * 256))), false, 'gamma 1.8')
  t.equal(isSrgbProfile(profileOf(SRGB, parametric(2.4, 1, 0, 1, 0))), false)
  t.equal(isSrgbProfile(profileOf(SRGB, Buffer.from('mystery curve'))), false)
})

t.test('a damaged or incomplete color profile is not treated as sRGB', async t => {
  const whole = profileOf(SRGB, SRGB_CURVE)
  for (let length = 0; length < whole.length; length++) {
    t.equal(isSrgbProfile(whole.subarray(0, length)), false, `${length} bytes`)
  }
  for (const [at, word] of [
    [16, 'CMYK'],
    [20, 'Lab '],
    [132, 'none'],
    [168, 'none'],
    [132, 'A2B0']
  ] as const) {
    const other = Buffer.from(whole)
    other.write(word, at, 'latin1')
    t.equal(isSrgbProfile(other), false, `${word} at ${at}`)
  }
})

t.test('JPEGs as cameras and browsers make them are plain, with their size', async t => {
  const picture = scene(48, 32)
  for (const bytes of [
    await picture.clone().jpeg().toBuffer(),
    await picture.clone().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    await picture.clone().toColourspace('b-w').jpeg().toBuffer(),
    await picture.clone().withIccProfile('srgb').jpeg().toBuffer(),
    withSegment(
      await picture.clone().jpeg().toBuffer(),
      0xe2,
      Buffer.concat([Buffer.from('ICC_PROFILE\0\u0001\u0001', 'latin1'), profileOf(SRGB, SRGB_CURVE)])
    ),
    withSegment(await picture.clone().jpeg().toBuffer(), 0xfe, Buffer.from('a comment'))
  ]) { t.same(readPlainJpeg(bytes), { width: 48, height: 32 }) }
})

t.test('a JPEG that needs the full decoder is not read by the fast one', async t => {
  const picture = scene(48, 32)
  const plain = await picture.clone().jpeg().toBuffer()
  t.equal(readPlainJpeg(await picture.clone().jpeg({ progressive: true }).toBuffer()), undefined, 'progressive')
  t.equal(readPlainJpeg(await picture.clone().toColourspace('cmyk').jpeg().toBuffer()), undefined, 'four colours')
  t.equal(readPlainJpeg(await picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer()), undefined, 'turned')
  t.equal(readPlainJpeg(await picture.clone().withIccProfile('p3').jpeg().toBuffer()), undefined, 'other colours')
  t.equal(readPlainJpeg(await picture.clone().png().toBuffer()), undefined)
  t.equal(readPlainJpeg(withSegment(plain, 0xcc, Buffer.alloc(4))), undefined, 'arithmetic coding')
  const profile = Buffer.concat([Buffer.from('ICC_PROFILE\0\u0001\u0002', 'latin1'), profileOf(SRGB, SRGB_CURVE)])
  t.equal(readPlainJpeg(withSegment(plain, 0xe2, profile)), undefined, 'half a profile')
})

t.test('a header that another reader could take for something else is not plain', async t => {
  const plain = await scene(48, 32).jpeg().toBuffer()
  const frame = plain.indexOf(Buffer.from([0xff, 0xc0]))
  const header = plain.subarray(frame, frame + 2 + plain.readUInt16BE(frame + 2))
  const spliced = (at: number, ...bytes: readonly number[]) =>
    Buffer.concat([plain.subarray(0, at), Buffer.from(bytes), plain.subarray(at)])
  const patched = (at: number, byte: number) =>
    Buffer.concat([plain.subarray(0, at), Buffer.from([byte]), plain.subarray(at + 1)])
  t.equal(readPlainJpeg(spliced(frame, 0)), undefined, 'a stray byte between segments')
  t.equal(readPlainJpeg(spliced(frame, 0xff)), undefined, 'a fill byte')
  t.equal(readPlainJpeg(spliced(frame, ...header)), undefined, 'two sizes')
  t.equal(readPlainJpeg(spliced(frame, 0xff, 0xfe, 0, 1)), undefined, 'a segment shorter than its length')
  t.equal(readPlainJpeg(patched(frame + 4, 12)), undefined, '12 bits')
  t.equal(readPlainJpeg(patched(frame + 9, 2)), undefined, 'two colours')
  t.equal(readPlainJpeg(patched(frame + 3, 16)), undefined, 'a header shorter than its colours')
  const scan = plain.indexOf(Buffer.from([0xff, 0xda]))
  t.equal(readPlainJpeg(patched(scan + 4, 1)), undefined, 'one scan a colour')
  t.equal(
    readPlainJpeg(Buffer.concat([plain.subarray(0, frame), plain.subarray(frame + header.length)])),
    undefined,
    'no size'
  )
  const flat = Buffer.from(plain)
  flat.writeUInt16BE(0, frame + 5)
  t.equal(readPlainJpeg(flat), undefined, 'a height of 0')
  for (let length = 0; length < scan + 4; length++) t.equal(readPlainJpeg(plain.subarray(0, length)), undefined)
})

t.test('a size above the bound is refused by the header', async t => {
  const bomb = await scene(48, 32).jpeg().toBuffer()
  const frame = bomb.indexOf(Buffer.from([0xff, 0xc0]))
  bomb.writeUInt16BE(65_500, frame + 5)
  bomb.writeUInt16BE(65_500, frame + 7)
  t.same(readPlainJpeg(bomb), { width: 65_500, height: 65_500 })
  t.equal(await codeOf(bomb), 'INVIGIL_ERR_IMAGE_TOO_LARGE')
  await t.rejects(decodeImage(await scene(48, 32).jpeg().toBuffer(), 1000), { code: 'INVIGIL_ERR_IMAGE_TOO_LARGE' })
})

t.test('the short way gives the pixels of the long one, within the rounding of its faster transform', async t => {
  const grey = await scene(120, 90).toColourspace('b-w').jpeg().toBuffer()
  const colour = await scene(120, 90).jpeg({ chromaSubsampling: '4:2:0' }).toBuffer()
  for (const bytes of [grey, colour]) {
    const image = await decodePlainJpeg(bytes, { width: 120, height: 90 }, length => new Uint8Array(length))
    const expected = await sharp(bytes).toColourspace('srgb').raw().toBuffer()
    const differences = expected.map((value, at) => Math.abs(value - image!.data[at]!))
    t.ok(differences.reduce((sum, value) => sum + value, 0) / differences.length < 1)
    t.ok(differences.every(value => value <= 6))
  }
})

t.test("a size that is not the picture's own gives none", async t => {
  const bytes = await scene(48, 32).jpeg().toBuffer()
  t.equal(await decodePlainJpeg(bytes, { width: 32, height: 48 }, length => new Uint8Array(length)), undefined)
  t.equal(
    await decodePlainJpeg(bytes, { width: 40, height: 30 }, length => new Uint8Array(length)),
    undefined,
    'too little memory'
  )
})

t.test('a decoder for one picture after another gives each its own size and pixels', async t => {
  const decode = createImageDecoder()
  const large = await scene(96, 64).jpeg().toBuffer()
  const small = await scene(40, 24).jpeg().toBuffer()
  for (const bytes of [small, large, small, large]) {
    const { width, height, data } = await decode(bytes)
    const alone = await decodeImage(bytes)
    t.same([width, height], [alone.width, alone.height])
    t.ok(Buffer.from(data).equals(alone.data))
  }
  const first = await decode(large)
  t.equal((await decode(small)).data.buffer, first.data.buffer, 'in the same memory')
})

const folder = '../shared/testdata/images'
t.test(
  'real pictures',
  { skip: !existsSync(folder) && process.env.CI !== 'true' && `${folder} is missing` },
  async t => {
    const pictures = ['objects/monitor.jpg', 'one_face/wasm_face.jpg'].map(name => readFileSync(`${folder}/${name}`))
    for (const bytes of pictures) {
      const { width = 0, height = 0 } = readPlainJpeg(bytes) ?? {}
      t.ok(await decodePlainJpeg(bytes, { width, height }, length => new Uint8Array(length)), 'plain')
      const shortWay = async (given: Uint8Array) =>
        await decodePlainJpeg(given, { width, height }, length => new Uint8Array(length))
      const cuts = [0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999].map(share =>
        bytes.subarray(0, Math.floor(bytes.length * share))
      )

      await t.test('cut short are refused', async t => {
        for (const cut of cuts) {
          t.equal(await shortWay(cut), undefined, `${cut.length} of ${bytes.length} bytes`)
          t.equal(await codeOf(cut), 'INVIGIL_ERR_IMAGE_INVALID')
        }
      })

      await t.test('cut short and given an end are refused, unless sharp lets a few last rows pass', async t => {
        for (const cut of cuts) {
          const ended = Buffer.concat([cut, Buffer.from([0xff, 0xd9])])
          t.equal(await shortWay(ended), undefined, `${cut.length} of ${bytes.length} bytes`)
          if (cut.length < 0.95 * bytes.length) t.equal(await codeOf(ended), 'INVIGIL_ERR_IMAGE_INVALID')
        }
      })

      await t.test('without an end marker pass: all rows are there', async t => {
        t.equal(await shortWay(bytes.subarray(0, -2)), undefined)
        t.equal(await codeOf(bytes.subarray(0, -2)), 'decoded')
      })

      await t.test('with a third of their data overwritten are refused', async t => {
        for (const fill of [0x00, 0x55, 0xff]) {
          const damaged = Buffer.from(bytes).fill(fill, Math.floor(bytes.length * 0.5), Math.floor(bytes.length * 0.8))
          t.equal(await shortWay(damaged), undefined, `with ${fill}`)
          t.equal(await codeOf(damaged), 'INVIGIL_ERR_IMAGE_INVALID', `with ${fill}`)
        }
      })

      await t.test('with bytes behind their end pass', async t => {
        t.equal(await codeOf(Buffer.concat([bytes, Buffer.alloc(100)])), 'decoded')
      })
    }
  }
)
