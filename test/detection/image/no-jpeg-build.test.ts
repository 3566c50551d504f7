import os from 'node:os'
import sharp from 'sharp'
import t from 'tap'

t.test('on a platform without a build of the JPEG decoder sharp decodes', async t => {
  t.intercept(os, 'platform', { value: () => 'plan9' })
  const { decodePlainJpeg } = await import('../../../detection/image/jpeg.ts')
  const { decodeImage } = await import('../../../detection/image/decode.ts')
  const bytes = await sharp({ create: { width: 32, height: 16, channels: 3, background: '#f00' } }).jpeg().toBuffer()
  t.equal(await decodePlainJpeg(bytes, { width: 32, height: 16 }, length => new Uint8Array(length)), undefined)
  const { width, height, data } = await decodeImage(bytes)
  t.same([width, height], [32, 16])
  t.ok(data[0]! > 250 && data[1]! < 5)
})
