import { AudioData, AudioEncoder, EncodedAudioChunk } from '@napi-rs/webcodecs'
import {
  BufferTarget, EncodedAudioPacketSource, EncodedPacket, FlacOutputFormat, Mp4OutputFormat, OggOutputFormat, Output,
  WebMOutputFormat
} from 'mediabunny'

export interface WavOptions {
  readonly rate?: number
  readonly bits?: 8 | 16 | 24 | 32
  readonly isFloat?: boolean
}

/** A WAV file of channels of equal length, −1 to 1. */
export function makeWav (
  channels: readonly Float32Array[],
  { rate = 16_000, bits = 16, isFloat = false }: WavOptions = {}
): Buffer {
  const frames = channels[0]!.length
  const size = bits / 8
  const file = Buffer.alloc(44 + frames * channels.length * size)
  file.write('RIFF', 0)
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(isFloat ? 3 : 1, 20)
  file.writeUInt16LE(channels.length, 22)
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(rate * channels.length * size, 28)
  file.writeUInt16LE(channels.length * size, 32)
  file.writeUInt16LE(bits, 34)
  file.write('data', 36)
  file.writeUInt32LE(file.length - 44, 40)
  let offset = 44
  for (let index = 0; index < frames; index++) {
    for (const channel of channels) {
      const sample = channel[index]!
      if (isFloat) file.writeFloatLE(sample, offset)
      else if (bits === 8) file.writeUInt8(Math.round(sample * 127) + 128, offset)
      else file.writeIntLE(Math.round(sample * (2 ** (bits - 1) - 1)), offset, size)
      offset += size
    }
  }
  return file
}

const KINDS = {
  'opus in webm': { codec: 'opus', name: 'opus', format: () => new WebMOutputFormat() },
  'opus in ogg': { codec: 'opus', name: 'opus', format: () => new OggOutputFormat() },
  'flac in flac': { codec: 'flac', name: 'flac', format: () => new FlacOutputFormat() },
  'aac in mp4': { codec: 'mp4a.40.2', name: 'aac', format: () => new Mp4OutputFormat() }
} as const

export type SoundKind = keyof typeof KINDS

/** The same samples, 48 kHz, in both channels of an encoded file, or other ones in the second. */
export async function makeEncoded (kind: SoundKind, samples: Float32Array, second = samples): Promise<Buffer> {
  const { codec, name, format } = KINDS[kind]
  const target = new BufferTarget()
  const output = new Output({ format: format(), target })
  const source = new EncodedAudioPacketSource(name)
  output.addAudioTrack(source)
  await output.start()
  const chunks: { readonly chunk: EncodedAudioChunk, readonly meta: unknown }[] = []
  let failure: Error | undefined
  const encoder = new AudioEncoder({
    output: (chunk, meta) => { chunks.push({ chunk, meta }) },
    error: error => { failure = error }
  })
  encoder.configure({ codec, sampleRate: 48_000, numberOfChannels: 2, bitrate: 96_000 })
  const frames = 4800
  for (let from = 0; from + frames <= samples.length; from += frames) {
    const data = new Float32Array(frames * 2)
    data.set(samples.subarray(from, from + frames))
    data.set(second.subarray(from, from + frames), frames)
    const audio = new AudioData({
      format: 'f32-planar',
      sampleRate: 48_000,
      numberOfFrames: frames,
      numberOfChannels: 2,
      timestamp: (from * 1e6) / 48_000,
      data
    })
    encoder.encode(audio)
    audio.close()
  }
  // The encoder's threads do not keep the event loop alive.
  const keepAlive = setInterval(() => {}, 1000)
  try {
    await encoder.flush()
  } finally {
    clearInterval(keepAlive)
    encoder.close()
  }
  if (failure !== undefined) throw failure
  for (const { chunk, meta } of chunks) {
    // The FLAC encoder ends with an empty one.
    if (chunk.byteLength === 0) continue
    const data = new Uint8Array(chunk.byteLength)
    chunk.copyTo(data)
    await source.add(
      new EncodedPacket(data, chunk.type, chunk.timestamp / 1e6, (chunk.duration ?? 0) / 1e6),
      meta as Parameters<typeof source.add>[1]
    )
  }
  await output.finalize()
  return Buffer.from(target.buffer!)
}
