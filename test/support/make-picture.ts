/** Pictures with more in them than pixels. */
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

function uint32 (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function pngChunk (type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  return Buffer.concat([uint32(content.length), body, uint32(crc32(body))])
}

/** A compressed text of so many zeros. */
export function zeroText (type: 'zTXt' | 'iTXt' | 'iCCP', bytes: number): Buffer {
  const stream = deflateSync(Buffer.alloc(bytes))
  const head = type === 'iTXt' ? [0x61, 0, 1, 0, 0, 0] : [0x61, 0, 0]
  return pngChunk(type, Buffer.concat([Buffer.from(head), stream]))
}

/** A small grey PNG with these chunks behind its header. */
export async function pngWith (...chunks: readonly Buffer[]): Promise<Buffer> {
  const png = await greyPicture(32, 24).png().toBuffer()
  const header = 8 + 25
  return Buffer.concat([png.subarray(0, header), ...chunks, png.subarray(header)])
}

/** The same with another size in its header, as a bomb claims one. */
export async function pngOfSize (width: number, height: number): Promise<Buffer> {
  const png = await greyPicture(8, 8).png().toBuffer()
  const header = Buffer.from(png.subarray(16, 29))
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  return Buffer.concat([png.subarray(0, 8), pngChunk('IHDR', header), png.subarray(33)])
}

export function greyPicture (width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#808080' } })
}

/** A JPEG segment of that marker. */
export function jpegSegment (marker: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([head, content])
}

/** A JPEG with these segments behind its start marker. */
export async function jpegWith (...segments: readonly Buffer[]): Promise<Buffer> {
  const jpeg = await greyPicture(32, 24).jpeg().toBuffer()
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

/** A WebP with these chunks behind its own. */
export async function webpWith (...chunks: ReadonlyArray<readonly [type: string, bytes: number]>): Promise<Buffer> {
  const webp = await greyPicture(32, 24).webp().toBuffer()
  const file = Buffer.concat([webp, ...chunks.map(([type, bytes]) => {
    const chunk = Buffer.alloc(8 + bytes + (bytes & 1))
    chunk.write(type, 'latin1')
    chunk.writeUInt32LE(bytes, 4)
    return chunk
  })])
  file.writeUInt32LE(file.length - 8, 4)
  return file
}

/** A GIF of so many frames of one pixel each, and so many comments. */
export function makeGif ({
  frames = 1,
  comments = 0,
  width = 32,
  height = 24
}: { frames?: number, comments?: number, width?: number, height?: number } = {}): Buffer {
  const screen = Buffer.alloc(13)
  screen.write('GIF89a', 'latin1')
  screen.writeUInt16LE(32, 6)
  screen.writeUInt16LE(24, 8)
  screen[10] = 0x80
  const palette = Buffer.from([0, 0, 0, 255, 255, 255])
  const image = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 0x01, 0])
  image.writeUInt16LE(width, 5)
  image.writeUInt16LE(height, 7)
  const comment = Buffer.from([0x21, 0xfe, 1, 0x61, 0])
  return Buffer.concat([
    screen,
    palette,
    ...(Array(comments).fill(comment) as Buffer[]),
    ...(Array(frames).fill(image) as Buffer[]),
    Buffer.from([0x3b])
  ])
}
