import { refusal, type Refusal } from './refusals.ts'

/** A picture as it came in; `capturedAtMs` is the client's word and not to be trusted. */
export interface Frame {
  readonly type: 'frame'
  readonly bytes: Uint8Array
  readonly capturedAtMs?: number
  readonly seq?: number
}

/** `IV`, version, kind, flags, u64 capture time. */
export const HEADER_BYTES = 13
const HEADER_VERSION = 1
const KIND_PICTURE = 1
const KINDS_KNOWN = { [KIND_PICTURE]: 'picture', 2: 'video chunk', 3: 'sound' } as const
/** Flag: a u32 sequence number follows the time. */
const FLAG_SEQ = 0x01

/** Reads a binary message: a bare picture, or a picture behind the `IV` header (numbers in network order). */
export function readBinary (bytes: Uint8Array): Frame | Refusal {
  if (bytes.length === 0) return refusal('INVIGIL_ERR_IMAGE_EMPTY')
  if (bytes[0] !== 0x49 || bytes[1] !== 0x56) return picture({ bytes })

  if (bytes.length < HEADER_BYTES) return refusal('INVIGIL_ERR_MESSAGE_INVALID', { message: `A frame header has ${HEADER_BYTES} bytes` })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(4)
  if (view.getUint8(2) !== HEADER_VERSION || (flags & ~FLAG_SEQ) !== 0) return refusal('INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED')
  const hasSeq = (flags & FLAG_SEQ) !== 0
  const start = hasSeq ? HEADER_BYTES + 4 : HEADER_BYTES
  if (bytes.length < start) return refusal('INVIGIL_ERR_MESSAGE_INVALID', { message: 'The frame header ends before its sequence number' })
  const seq = hasSeq ? view.getUint32(HEADER_BYTES) : undefined
  const kind = view.getUint8(3)
  // Video chunks (2) and PCM sound (3) get their own readers here.
  if (kind !== KIND_PICTURE) {
    const name = KINDS_KNOWN[kind as keyof typeof KINDS_KNOWN] ?? `unknown (${kind})`
    return refusal('INVIGIL_ERR_FRAME_KIND_UNSUPPORTED', { message: `This kind of frame is not taken: ${name}`, seq })
  }
  const capturedAtMs = Number(view.getBigUint64(5))
  // Zero stands for a client without a clock.
  return picture({ bytes: bytes.subarray(start), seq, capturedAtMs: capturedAtMs === 0 ? undefined : capturedAtMs })
}

/** Reads base64 (standard or URL alphabet, line breaks allowed) or a base64 data URL as a picture. */
export function readBase64 (text: string, about: { readonly seq?: number | undefined, readonly capturedAtMs?: number | undefined } = {}): Frame | Refusal {
  let body = text.trim()
  if (body.startsWith('data:')) {
    const comma = body.indexOf(',')
    if (comma === -1 || !body.slice(0, comma).endsWith(';base64')) return refusal('INVIGIL_ERR_FRAME_BASE64', { seq: about.seq })
    body = body.slice(comma + 1)
  }
  if (body.length === 0) return refusal('INVIGIL_ERR_IMAGE_EMPTY', { seq: about.seq })
  // Buffer skips what is not base64 without a word, so the alphabet is checked first.
  if (!/^[\w+/\r\n-]+={0,2}$/.test(body)) return refusal('INVIGIL_ERR_FRAME_BASE64', { seq: about.seq })
  return picture({ ...about, bytes: Buffer.from(body, 'base64') })
}

interface Read {
  readonly bytes: Uint8Array
  readonly seq?: number | undefined
  readonly capturedAtMs?: number | undefined
}

function picture ({ bytes, seq, capturedAtMs }: Read): Frame | Refusal {
  if (bytes.length === 0) return refusal('INVIGIL_ERR_IMAGE_EMPTY', { seq })
  if (!isPicture(bytes)) return refusal('INVIGIL_ERR_IMAGE_INVALID', { seq })
  return {
    type: 'frame',
    bytes,
    ...(seq === undefined ? {} : { seq }),
    ...(capturedAtMs === undefined ? {} : { capturedAtMs })
  }
}

/** Signatures: JPEG's SOI, PNG's eight bytes, RIFF with WEBP, GIF87a/GIF89a. */
function isPicture (bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff) return bytes[1] === 0xd8 && bytes[2] === 0xff
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.byteLength)).toString('latin1')
  return head.startsWith('\x89PNG\r\n\x1a\n') || (head.startsWith('RIFF') && head.slice(8) === 'WEBP') || /^GIF8[79]a/.test(head)
}
