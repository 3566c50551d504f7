import sharp from 'sharp'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { pictureFormat } from '../../../detection/image/format.ts'
import { checkHeader, readSize } from '../../../detection/image/header.ts'
import {
  greyPicture, jpegSegment, jpegWith, makeGif, pngChunk, pngOfSize, pngWith, webpWith, zeroText
} from '../../support/make-picture.ts'

const MEGABYTE = 1024 * 1024

function check (bytes: Uint8Array, pixelsMax = 40_000_000): string {
  try {
    checkHeader(bytes, pictureFormat(bytes)!, pixelsMax)
    return 'passes'
  } catch (error) {
    return (error as { readonly code: string }).code.replace('INVIGIL_ERR_IMAGE_', '')
  }
}

const repeat = (count: number, part: Buffer): Buffer[] => Array<Buffer>(count).fill(part)

t.test('the size is read from the header alone', async t => {
  const picture = greyPicture(1601, 1303)
  for (const [name, bytes] of Object.entries({
    jpeg: await picture.jpeg().toBuffer(),
    progressive: await picture.jpeg({ progressive: true }).toBuffer(),
    'turned jpeg': await picture.withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    png: await picture.png().toBuffer(),
    webp: await picture.webp().toBuffer(),
    'lossless webp': await picture.webp({ lossless: true }).toBuffer(),
    'extended webp': await picture.withMetadata({ orientation: 6 }).webp().toBuffer(),
    gif: await picture.gif().toBuffer()
  })) {
    t.match(readSize(bytes, pictureFormat(bytes)!), { width: 1601, height: 1303 }, name)
    t.match(
      readSize(bytes.subarray(0, 2000), pictureFormat(bytes)!),
      { width: 1601, height: 1303 },
      `${name}, of its first bytes`
    )
    t.equal(check(bytes), 'passes', name)
    t.equal(check(bytes, 2_000_000), 'TOO_LARGE', name)
    for (let length = 12; length < 200; length += 7) {
      t.doesNotThrow(() => readSize(bytes.subarray(0, length), pictureFormat(bytes)!))
    }
  }
  t.equal(check(await pngOfSize(20_000, 20_000)), 'TOO_LARGE')
  t.equal(
    check(makeGif({ width: 20_000, height: 20_000 })),
    'TOO_LARGE',
    'an image of a GIF may be larger than its screen'
  )
})

t.test('PNG with many or large parts beside its pixels does not reach the decoder', async t => {
  for (const [name, chunks, verdict] of [
    [
      'a profile, a text and EXIF data',
      [zeroText('iCCP', 3000), zeroText('iTXt', 50_000), pngChunk('eXIf', Buffer.alloc(4000))],
      'passes'
    ],
    ['one text of 30 MB', [zeroText('zTXt', 30 * MEGABYTE)], 'INVALID'],
    ['one international text of 30 MB', [zeroText('iTXt', 30 * MEGABYTE)], 'INVALID'],
    ['a profile of 30 MB', [zeroText('iCCP', 30 * MEGABYTE)], 'INVALID'],
    ['texts that are large together', repeat(8, zeroText('zTXt', MEGABYTE)), 'INVALID'],
    ['many small compressed texts', repeat(130, zeroText('zTXt', 100)), 'INVALID'],
    ['many plain texts', repeat(1000, pngChunk('tEXt', Buffer.from('a\0b'))), 'INVALID'],
    ['many unknown chunks', repeat(1000, pngChunk('inVg', Buffer.alloc(0))), 'INVALID'],
    ['more EXIF data than a picture has', [pngChunk('eXIf', Buffer.alloc(17 * MEGABYTE))], 'INVALID'],
    ['thousands of frames', repeat(2000, pngChunk('fcTL', Buffer.alloc(26))), 'INVALID'],
    ['empty pieces of the picture without end', repeat(70_000, pngChunk('IDAT', Buffer.alloc(0))), 'INVALID']
  ] as const) {
    const png = await pngWith(...chunks)
    const beganMs = performance.now()
    t.equal(check(png), verdict, name)
    t.ok(performance.now() - beganMs < 1000, `${name}: ${performance.now() - beganMs} ms`)
  }
  t.match(await decodeImage(await pngWith(zeroText('iTXt', 50_000))), { width: 32, height: 24 })
  await t.rejects(decodeImage(await pngWith(...repeat(130, zeroText('zTXt', 30 * MEGABYTE)))), {
    code: 'INVIGIL_ERR_IMAGE_INVALID',
    message: /metadata/
  })
})

t.test('so do JPEG, WebP and GIF that are flooded with segments, chunks, comments or frames', async t => {
  for (const [name, bytes, verdict] of [
    ['a profile in 40 pieces', await jpegWith(...repeat(40, jpegSegment(0xe2, Buffer.alloc(65_000)))), 'passes'],
    ['a flood of comments', await jpegWith(...repeat(100_000, jpegSegment(0xfe, Buffer.alloc(0)))), 'INVALID'],
    [
      'a flood of application segments',
      await jpegWith(...repeat(600, jpegSegment(0xed, Buffer.alloc(100)))),
      'INVALID'
    ],
    ['a flood of tables', await jpegWith(...repeat(600, jpegSegment(0xdb, Buffer.alloc(65)))), 'INVALID'],
    ['EXIF and XMP', await webpWith(['EXIF', 30_000], ['XMP ', 30_001]), 'passes'],
    ['a huge profile', await webpWith(['ICCP', 17 * MEGABYTE]), 'INVALID'],
    ['many chunks', await webpWith(...Array<[string, number]>(600).fill(['XMP ', 2])), 'INVALID'],
    ['many frames', await webpWith(...Array<[string, number]>(1100).fill(['ANMF', 16])), 'INVALID'],
    ['a GIF of some frames', makeGif({ frames: 200, comments: 3 }), 'passes'],
    ['a GIF of too many frames', makeGif({ frames: 3000 }), 'INVALID'],
    ['a GIF of comments', makeGif({ comments: 3000 }), 'INVALID']
  ] as const) t.equal(check(bytes), verdict, name)
})

t.test('JPEG whose data end without an end marker is decoded if all rows are there', async t => {
  const noise = await sharp({
    create: {
      width: 96,
      height: 80,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 40 }
    }
  })
    .png()
    .toBuffer()
  for (const [name, jpeg] of Object.entries({
    plain: await sharp(noise).jpeg().toBuffer(),
    grey: await sharp(noise).greyscale().jpeg().toBuffer(),
    turned: await sharp(noise).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    progressive: await sharp(noise).jpeg({ progressive: true }).toBuffer()
  })) {
    const whole = await decodeImage(jpeg)
    t.same((await decodeImage(jpeg.subarray(0, -2))).data, whole.data, `${name}: without its end marker`)
    t.same(
      (await decodeImage(Buffer.concat([jpeg.subarray(0, 2), jpeg]))).data,
      whole.data,
      `${name}: with two start markers`
    )
    t.same(
      (await decodeImage(Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(0, -2)]))).data,
      whole.data,
      `${name}: both`
    )
    for (const missing of [40, 200, jpeg.length >> 1]) {
      await t.rejects(
        decodeImage(jpeg.subarray(0, jpeg.length - missing)),
        { code: 'INVIGIL_ERR_IMAGE_INVALID' },
        `${name}: ${missing} bytes are missing`
      )
    }
  }
})
