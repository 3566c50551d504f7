/** Sample formats of raw sound, as containers name them; `be` is big-endian, the rest little-endian. */
export type PcmFormat =
  | 'pcm-u8' | 'pcm-s8' | 'pcm-s16' | 'pcm-s16be' | 'pcm-s24' | 'pcm-s24be' | 'pcm-s32' | 'pcm-s32be'
  | 'pcm-f32' | 'pcm-f32be' | 'pcm-f64' | 'pcm-f64be' | 'ulaw' | 'alaw'

interface Layout {
  readonly bytes: number
  readonly read: (view: DataView, offset: number) => number
}

const FORMATS: Readonly<Record<PcmFormat, Layout>> = {
  'pcm-u8': { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) / 128 },
  'pcm-s8': { bytes: 1, read: (view, offset) => view.getInt8(offset) / 128 },
  'pcm-s16': { bytes: 2, read: (view, offset) => view.getInt16(offset, true) / 32_768 },
  'pcm-s16be': { bytes: 2, read: (view, offset) => view.getInt16(offset) / 32_768 },
  'pcm-s24': {
    bytes: 3,
    read: (view, offset) => (view.getInt8(offset + 2) * 65_536 + view.getUint16(offset, true)) / 8_388_608
  },
  'pcm-s24be': {
    bytes: 3,
    read: (view, offset) => (view.getInt16(offset) * 256 + view.getUint8(offset + 2)) / 8_388_608
  },
  'pcm-s32': { bytes: 4, read: (view, offset) => view.getInt32(offset, true) / 2_147_483_648 },
  'pcm-s32be': { bytes: 4, read: (view, offset) => view.getInt32(offset) / 2_147_483_648 },
  'pcm-f32': { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  'pcm-f32be': { bytes: 4, read: (view, offset) => view.getFloat32(offset) },
  'pcm-f64': { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  'pcm-f64be': { bytes: 8, read: (view, offset) => view.getFloat64(offset) },
  ulaw: { bytes: 1, read: (view, offset) => expandMu(view.getUint8(offset)) },
  alaw: { bytes: 1, read: (view, offset) => expandA(view.getUint8(offset)) }
}

export function isPcmFormat (name: string): name is PcmFormat {
  return Object.hasOwn(FORMATS, name)
}

/** Interleaved raw samples as floats of −1 to 1, one array a channel. A frame that is not whole is left out. */
export function channelsOfPcm (bytes: Uint8Array, format: PcmFormat, channels: number): Float32Array[] {
  const { bytes: size, read } = FORMATS[format]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames = Math.floor(bytes.byteLength / (size * channels))
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames)
    for (let index = 0, offset = channel * size; index < frames; index++, offset += channels * size) {
      samples[index] = finite(read(view, offset))
    }
    return samples
  })
}

/** Float files may hold anything; one NaN would stay in a recurrent model's state for good. */
function finite (value: number): number {
  return value >= -8 && value <= 8 ? value : 0
}

/** ITU-T G.711, µ-law: all bits inverted; sign, three bits of exponent, four of mantissa, bias 33. */
function expandMu (code: number): number {
  const bits = ~code & 0xff
  const magnitude = (((bits & 0x0f) * 2 + 33) << (bits >> 4 & 7)) - 33
  return (bits & 0x80 ? -magnitude : magnitude) / 8192
}

/** ITU-T G.711, A-law: every second bit inverted; a set sign bit is positive. */
function expandA (code: number): number {
  const bits = code ^ 0x55
  const exponent = bits >> 4 & 7
  const mantissa = (bits & 0x0f) * 2 + 1
  const magnitude = exponent === 0 ? mantissa : (mantissa + 32) << (exponent - 1)
  return (bits & 0x80 ? magnitude : -magnitude) / 4096
}
