import { defined } from '../../lib/defined.ts'
import { LIVE_PIXELS_MAX, pictureFormat } from '../../detection/image/format.ts'
import { readSize } from '../../detection/image/header.ts'
import { readVp8 } from '../../detection/video/vp8.ts'
import { bytesOfText } from './data-url.ts'
import { refusal, type Refusal } from './error-message.ts'

/** A received picture; `capturedAtMs` is the client's claim and not trusted. */
export interface Frame {
  readonly type: 'frame'
  readonly bytes: Uint8Array
  readonly capturedAtMs?: number
  readonly seq?: number
}

/** A received video chunk: one shown frame, whose header has been checked. */
export interface Chunk {
  readonly type: 'chunk'
  /** As WebCodecs names it. */
  readonly codec: 'vp8'
  readonly isKey: boolean
  readonly bytes: Uint8Array
  readonly capturedAtMs?: number
  readonly seq?: number
}

/** A received frame of the candidate's screen: as a video chunk, and only recorded. */
export interface ScreenChunk extends Omit<Chunk, 'type'> {
  readonly type: 'screen'
}

/** A received piece of sound: mono, −1 to 1, `SOUND_RATE` samples a second; the time is that of its first sample. */
export interface Sound {
  readonly type: 'sound'
  readonly pcm: Float32Array
  readonly capturedAtMs?: number
}

export const SOUND_RATE = 16_000
/** One second; a longer piece is not live sound. */
const SOUND_SAMPLES_MAX = SOUND_RATE

/** `IV`, version, kind, flags, u64 capture time. */
const HEADER_BYTES = 13
const HEADER_VERSION = 1
const KIND_PICTURE = 1
const KIND_VIDEO = 2
const KIND_SOUND = 3
const KIND_SCREEN = 4
/** Flag: a u32 sequence number follows the time. */
const FLAG_SEQ = 0x01
/** Flag of a video chunk: a key frame, decoded without earlier chunks. */
const FLAG_KEY = 0x02
/** The byte before a video chunk that names its codec. */
const CODEC_VP8 = 1
/** A video frame has at most 1280×720 pixels, in either orientation, which bounds the decoder's memory. */
const VIDEO_SIDE_MAX = 1280
const VIDEO_PIXELS_MAX = 1280 * 720
/** Screens have many shapes, and no decoder of the server reads them while they are recorded. */
const SCREEN_PIXELS_MAX = VIDEO_SIDE_MAX * VIDEO_SIDE_MAX

/**
 * Reads a binary message: a bare picture, or a picture, video chunk, 16-bit sound or frame of the screen behind the
 * `IV` header (numbers in network order).
 */
export function readBinary (bytes: Uint8Array): Frame | Chunk | Sound | ScreenChunk | Refusal {
  if (bytes.length === 0) return refusal('INVIGIL_ERR_IMAGE_EMPTY')
  if (bytes[0] !== 0x49 || bytes[1] !== 0x56) return picture({ bytes })

  if (bytes.length < HEADER_BYTES) {
    return refusal('INVIGIL_ERR_MESSAGE_INVALID', { message: `A frame header has ${HEADER_BYTES} bytes` })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kind = view.getUint8(3)
  const flags = view.getUint8(4)
  const flagsKnown = kind === KIND_VIDEO || kind === KIND_SCREEN ? FLAG_SEQ | FLAG_KEY : FLAG_SEQ
  if (view.getUint8(2) !== HEADER_VERSION || (flags & ~flagsKnown) !== 0) {
    return refusal('INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED')
  }
  const hasSeq = (flags & FLAG_SEQ) !== 0
  const start = hasSeq ? HEADER_BYTES + 4 : HEADER_BYTES
  if (bytes.length < start) {
    return refusal('INVIGIL_ERR_MESSAGE_INVALID', { message: 'The frame header ends before its sequence number' })
  }
  const seq = hasSeq ? view.getUint32(HEADER_BYTES) : undefined
  const stampMs = Number(view.getBigUint64(5))
  // Zero means that the client has no clock.
  const capturedAtMs = stampMs === 0 ? undefined : stampMs
  const payload = bytes.subarray(start)
  if (kind === KIND_SOUND) return soundOf(payload, capturedAtMs)
  const isKey = (flags & FLAG_KEY) !== 0
  if (kind === KIND_VIDEO) return chunkOf({ bytes: payload, seq, capturedAtMs }, isKey, CAMERA)
  if (kind === KIND_SCREEN) {
    const read = chunkOf({ bytes: payload, seq, capturedAtMs }, isKey, SCREEN)
    return read.type === 'error' ? read : { ...read, type: 'screen' }
  }
  if (kind === KIND_PICTURE) return picture({ bytes: payload, seq, capturedAtMs })
  return refusal('INVIGIL_ERR_FRAME_KIND_UNSUPPORTED', {
    message: `This kind of frame is not supported: unknown (${kind})`,
    seq
  })
}

/** What may be sent of a camera and of a screen. */
const CAMERA = { code: 'INVIGIL_ERR_VIDEO_INVALID', pixelsMax: VIDEO_PIXELS_MAX, size: '1280×720' } as const
const SCREEN = { code: 'INVIGIL_ERR_SCREEN_INVALID', pixelsMax: SCREEN_PIXELS_MAX, size: '1280×1280' } as const

/** A byte for the codec, then the chunk. */
function chunkOf (
  { bytes, seq, capturedAtMs }: Read, isKey: boolean, { code, pixelsMax, size }: typeof CAMERA | typeof SCREEN
): Chunk | Refusal {
  const invalid = (message: string): Refusal => refusal(code, { message, seq })
  if (bytes.length === 0) return invalid('The header of a video chunk ends before its codec')
  if (bytes[0] !== CODEC_VP8) {
    return refusal('INVIGIL_ERR_FRAME_KIND_UNSUPPORTED', {
      message: `This codec is not supported: ${bytes[0]}. Send VP8 (${CODEC_VP8})`,
      seq
    })
  }
  const chunk = bytes.subarray(1)
  const frame = readVp8(chunk)
  if (frame === undefined) return invalid('A video chunk is one whole VP8 frame')
  if (frame.isKey !== isKey) return invalid('The flag for key frames must be set for key frames and for no others')
  if (!frame.isShown) return invalid('Hidden frames are not supported: encode in real time')
  const { width, height } = frame.size ?? { width: 1, height: 1 }
  if (Math.max(width, height) > VIDEO_SIDE_MAX || width * height > pixelsMax) {
    return invalid(`A video frame has at most ${size} pixels`)
  }
  return { type: 'chunk', codec: 'vp8', isKey, bytes: chunk, ...defined({ seq, capturedAtMs }) }
}

/** 16-bit samples, little-endian as every sound card has them. */
function soundOf (bytes: Uint8Array, capturedAtMs: number | undefined): Sound | Refusal {
  const samples = bytes.length / 2
  if (samples < 1 || samples > SOUND_SAMPLES_MAX || !Number.isInteger(samples)) {
    return refusal('INVIGIL_ERR_MESSAGE_INVALID', {
      message: `A piece of sound has 1 to ${SOUND_SAMPLES_MAX} whole samples of 16 bits`
    })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pcm = new Float32Array(samples)
  for (let index = 0; index < samples; index++) pcm[index] = view.getInt16(index * 2, true) / 32_768
  return { type: 'sound', pcm, ...defined({ capturedAtMs }) }
}

/** Reads base64 (standard or URL alphabet, line breaks allowed) or a data URL as a picture. */
export function readBase64 (
  text: string,
  about: { readonly seq?: number | undefined, readonly capturedAtMs?: number | undefined } = {}
): Frame | Refusal {
  const bytes = bytesOfText(text)
  if (bytes === undefined) return refusal('INVIGIL_ERR_FRAME_BASE64', { seq: about.seq })
  if (bytes.length === 0) return refusal('INVIGIL_ERR_IMAGE_EMPTY', { seq: about.seq })
  return picture({ ...about, bytes })
}

interface Read {
  readonly bytes: Uint8Array
  readonly seq?: number | undefined
  readonly capturedAtMs?: number | undefined
}

function picture ({ bytes, seq, capturedAtMs }: Read): Frame | Refusal {
  if (bytes.length === 0) return refusal('INVIGIL_ERR_IMAGE_EMPTY', { seq })
  if (pictureFormat(bytes) === undefined) return refusal('INVIGIL_ERR_IMAGE_INVALID', { seq })
  return { type: 'frame', bytes, ...defined({ seq, capturedAtMs }) }
}

/** Returns the picture, or an error if its header declares too many pixels: then no worker decodes it. */
export function withinLivePixels (frame: Frame): Frame | Refusal {
  const format = pictureFormat(frame.bytes)
  const size = format === undefined ? undefined : readSize(frame.bytes, format)
  if (size === undefined || size.width * size.height <= LIVE_PIXELS_MAX) return frame
  return refusal('INVIGIL_ERR_IMAGE_TOO_LARGE', { seq: frame.seq })
}
