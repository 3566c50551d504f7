/** Small files that cost much more to read than to send. */

function box (type: string, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([uint32(content.length + 8), Buffer.from(type, 'latin1'), content])
}

function uint32 (...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4))
  return bytes
}

const COUNT_MAX = 0xffff_ffff

/** The boxes around a sample table; the sound is one channel of µ-law at 8 kHz. */
function movie (table: Uint8Array, ...rest: readonly Uint8Array[]): Buffer {
  const sound = Buffer.concat([
    Buffer.alloc(6),
    Buffer.from([0, 1]),
    Buffer.alloc(8),
    Buffer.from([0, 1, 0, 8]),
    Buffer.alloc(4),
    uint32(8000 * 0x1_0000)
  ])
  const tables = box(
    'stbl',
    box('stsd', uint32(0, 1), box('ulaw', sound)),
    box('stts', uint32(0, 1, COUNT_MAX, 1)),
    table
  )
  const media = box(
    'mdia',
    box('mdhd', uint32(0, 0, 0, 8000, 0, 0)),
    box('hdlr', uint32(0, 0), Buffer.from('soun'), Buffer.alloc(13)),
    box('minf', tables)
  )
  return Buffer.concat([
    box('ftyp', Buffer.from('isom'), uint32(0), Buffer.from('isom')),
    box('moov', box('trak', box('tkhd', uint32(1, 0, 0, 1), Buffer.alloc(68)), media), ...rest)
  ])
}

/** An MP4 of some hundred bytes: a table of sizes of no bits each says that it has four billion entries. */
export function makeHugeTable (): Buffer {
  return movie(box('stz2', uint32(0, 0, COUNT_MAX)))
}

/** The same in a fragment whose entries all have default values. */
export function makeHugeFragment (): Buffer {
  const defaults = box('mvex', box('trex', uint32(0, 1, 1, 1, 1, 0)))
  const fragment = box(
    'moof',
    box('mfhd', uint32(0, 1)),
    box('traf', box('tfhd', uint32(0, 1)), box('trun', uint32(0, COUNT_MAX)))
  )
  return Buffer.concat([movie(box('stsz', uint32(0, 0, 0)), defaults), fragment])
}

function element (id: string, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(content.length) | 1n << 56n)
  return Buffer.concat([Buffer.from(id, 'hex'), size, content])
}

/** A Matroska file of blocks of one byte each, of which two make a sample: none of them holds any. */
export function makeEmptyBlocks (count: number): Buffer {
  const rate = Buffer.alloc(8)
  rate.writeDoubleBE(16_000)
  const sound = element('e1', element('b5', rate), element('9f', Buffer.of(1)), element('6264', Buffer.of(16)))
  const track = element(
    'ae',
    element('d7', Buffer.of(1)),
    element('73c5', Buffer.of(1)),
    element('83', Buffer.of(2)),
    element('86', Buffer.from('A_PCM/INT/LIT')),
    sound
  )
  const blocks = Buffer.alloc(count * 7)
  for (let index = 0; index < count; index++) blocks.set([0xa3, 0x85, 0x81, 0, 0, 0x80, 7], index * 7)
  return Buffer.concat([
    element('1a45dfa3', element('4282', Buffer.from('matroska'))),
    element(
      '18538067',
      element('1549a966', element('2ad7b1', Buffer.of(0x0f, 0x42, 0x40))),
      element('1654ae6b', track),
      element('1f43b675', element('e7', Buffer.of(0)), blocks)
    )
  ])
}
