import { open, type FileHandle } from 'node:fs/promises'

/** Top-level boxes looked at before giving up on finding the end; a fragmented MP4 has two for each fragment. */
const BOXES_MAX = 100_000

interface Source {
  readonly size: number
  read (offset: number, length: number): Promise<Buffer>
}

/**
 * Whether an MP4, MOV, WebM or MKV ends before it says it does, such as a broken-off download.
 *
 * Demuxers read such a file as if it were merely shorter. A live recording that states no size is never cut off.
 */
export async function isCutOff (source: string | Uint8Array): Promise<boolean> {
  if (typeof source !== 'string') {
    const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    return await endsEarly({
      size: bytes.length,
      read: async (offset, length) => bytes.subarray(offset, offset + length)
    })
  }
  const file = await open(source)
  try {
    return await endsEarly({
      size: (await file.stat()).size,
      read: async (offset, length) => await readAt(file, offset, length)
    })
  } finally {
    await file.close()
  }
}

async function readAt (file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

async function endsEarly (source: Source): Promise<boolean> {
  const head = await source.read(0, 64)
  if (head.length < 4) return true
  return head.readUInt32BE(0) === EBML_HEADER ? segmentEndsEarly(head, source.size) : await boxEndsEarly(source)
}

/** ISO/IEC 14496-12, 4.2: size (32 bits; 1: a 64-bit size follows; 0: to the end of the file), type. */
async function boxEndsEarly (source: Source): Promise<boolean> {
  let offset = 0
  for (let box = 0; box < BOXES_MAX && offset < source.size; box++) {
    const head = await source.read(offset, 16)
    if (head.length < 8) return true
    const size = head.readUInt32BE(0)
    if (size === 0) return false
    const large = size === 1 && head.length === 16
    const length = large ? Number(head.readBigUInt64BE(8)) : size
    if (length < 8) return true
    offset += length
  }
  return offset > source.size
}

const EBML_HEADER = 0x1a45dfa3
const SEGMENT = 0x18538067

/** RFC 8794: each element is an id, a size whose leading zeros tell its own length, and the content. */
function segmentEndsEarly (head: Buffer, fileSize: number): boolean {
  const header = vint(head, 4)
  if (header === undefined) return true
  const segmentAt = header.end + (header.value ?? 0)
  if (segmentAt + 12 > head.length || head.readUInt32BE(segmentAt) !== SEGMENT) return false
  const segment = vint(head, segmentAt + 4)
  return segment?.value !== undefined && segment.end + segment.value > fileSize
}

/** A size, and where its content begins; all bits set mean "unknown". */
function vint (
  bytes: Buffer,
  offset: number
): { readonly value: number | undefined, readonly end: number } | undefined {
  const first = bytes[offset]
  if (first === undefined || first === 0) return undefined
  const length = Math.clz32(first) - 23
  if (offset + length > bytes.length) return undefined
  let value = first & (0xff >> length)
  let unknown = value === 0xff >> length
  for (let index = 1; index < length; index++) {
    const byte = bytes[offset + index]!
    value = value * 256 + byte
    unknown &&= byte === 0xff
  }
  return { value: unknown ? undefined : value, end: offset + length }
}
