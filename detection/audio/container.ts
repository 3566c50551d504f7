import { AudioDecoder, EncodedAudioChunk, type AudioData } from '@napi-rs/webcodecs'
import {
  ADTS, BufferSource, EncodedPacketSink, FilePathSource, FLAC, Input, MATROSKA, MP3, MP4, OGG, QTFF,
  UnsupportedInputFormatError, WAVE, WEBM, type EncodedPacket, type InputAudioTrack
} from 'mediabunny'
import { DetectionError } from '../errors.ts'
import { foldChannels, type Channels } from './channels.ts'
import { channelsOfPcm, isPcmFormat, type PcmFormat } from './pcm.ts'

/** A piece of a sound at the rate it has in the file. */
export interface SoundPiece {
  readonly channels: Channels
  readonly sampleRate: number
}

/** Packets inside the decoder; a packet is some 20 ms. */
const QUEUE_MAX = 64
/** A decoder that gives no sign for this long is given up. */
const SILENT_MS = 30_000
/** Packets in a row without a sample: a decoder holds back a few at the beginning, and nothing else does. */
const EMPTY_MAX = 1000
const RATE_MIN = 4000
const RATE_MAX = 384_000
const CHANNELS_MAX = 32

export interface SoundBounds {
  /** A file of more packets is refused, however little they hold. */
  readonly packetsMax: number
}

/**
 * The sound of a WAV, FLAC, OGG, MP3, AAC, MP4, MOV, WebM or MKV, from a path or from bytes, piece by piece. Leaving
 * the loop early frees the decoder.
 *
 * Throws DetectionError MEDIA_UNSUPPORTED (no sound, unknown codec) or MEDIA_INVALID (damaged, after the pieces before
 * the damage); a path that cannot be opened throws Node's own error.
 */
export async function * decodeContainer (source: string | Uint8Array, bounds: SoundBounds): AsyncGenerator<SoundPiece> {
  const input = openInput(source)
  // The decoder's threads do not keep the event loop alive: a command that waits for nothing else would end in the
  // middle.
  const hold = setInterval(() => {}, 1000)
  try {
    const track = await soundTrack(input)
    const codec = await track.getCodec() ?? 'of an unknown kind'
    const packets = new Packets(track, bounds)
    let pieces = 0
    for await (const piece of isPcmFormat(codec) ? rawPieces(track, codec, packets) : decodedPieces(track, packets)) {
      if (piece.channels[0]!.length === 0) continue
      packets.sounded()
      pieces++
      yield piece
    }
    if (pieces === 0) throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', 'The file holds no sound samples.')
  } catch (error) {
    throw coded(error)
  } finally {
    input.dispose()
    clearInterval(hold)
  }
}

/** Whether the file has a sound track; false for files that are not of a known container format. */
export async function hasSound (source: string | Uint8Array): Promise<boolean> {
  const input = openInput(source)
  try {
    return await input.getPrimaryAudioTrack() !== null
  } catch {
    return false
  } finally {
    input.dispose()
  }
}

function openInput (source: string | Uint8Array): Input {
  return new Input({
    formats: [WAVE, FLAC, OGG, MP3, ADTS, MP4, QTFF, WEBM, MATROSKA],
    // Errors of read-ahead would otherwise be unhandled rejections; the next read reports them again.
    source:
      typeof source === 'string'
        ? new FilePathSource(source, { handleUnhandledError: () => {} })
        : new BufferSource(source)
  })
}

async function soundTrack (input: Input): Promise<InputAudioTrack> {
  const track = await input.getPrimaryAudioTrack()
  if (track === null) throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', 'The file holds no sound track.')
  checkShape(await track.getSampleRate(), await track.getNumberOfChannels())
  return track
}

function checkShape (rate: number, channels: number): void {
  if (!(rate >= RATE_MIN && rate <= RATE_MAX)) {
    throw new DetectionError(
      'INVIGIL_ERR_MEDIA_UNSUPPORTED',
      `A sample rate of ${rate} Hz is not read; ${RATE_MIN} to ${RATE_MAX} are.`
    )
  }
  if (!(channels >= 1 && channels <= CHANNELS_MAX)) {
    throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', `Sound of ${channels} channels is not read.`)
  }
}

/**
 * The packets of a track, as long as they keep within bounds: a file that holds next to nothing can hold that in a
 * million packets.
 */
class Packets {
  readonly #track: InputAudioTrack
  readonly #packetsMax: number
  /** Since the last one of which sound came. */
  #empty = 0

  constructor (track: InputAudioTrack, { packetsMax }: SoundBounds) {
    this.#track = track
    this.#packetsMax = packetsMax
  }

  /** Sound has come of them. */
  sounded (): void {
    this.#empty = 0
  }

  async * read (): AsyncGenerator<EncodedPacket> {
    let left = this.#packetsMax
    for await (const packet of new EncodedPacketSink(this.#track).packets()) {
      if (left-- === 0) {
        throw new DetectionError(
          'INVIGIL_ERR_MEDIA_INVALID',
          `The sound is cut into more than ${this.#packetsMax} packets.`
        )
      }
      if (this.#empty++ === EMPTY_MAX) {
        throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', `The sound holds ${EMPTY_MAX} packets without a sample.`)
      }
      yield packet
    }
  }
}

async function * rawPieces (track: InputAudioTrack, codec: PcmFormat, packets: Packets): AsyncGenerator<SoundPiece> {
  const sampleRate = await track.getSampleRate()
  const channels = await track.getNumberOfChannels()
  for await (const { data } of packets.read()) {
    yield { channels: foldChannels(channelsOfPcm(data, codec, channels)), sampleRate }
  }
}

async function * decodedPieces (track: InputAudioTrack, packets: Packets): AsyncGenerator<SoundPiece> {
  const config = await track.getDecoderConfig() as Parameters<AudioDecoder['configure']>[0] | null
  const name = await track.getCodecParameterString() ?? 'of an unknown kind'
  if (config === null || (await AudioDecoder.isConfigSupported(config)).supported !== true) {
    throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', `The sound's codec ${name} is not supported.`)
  }
  const ready: SoundPiece[] = []
  const failures: unknown[] = []
  let wake = (): void => {}
  const decoder = new AudioDecoder({
    output: data => {
      try {
        ready.push(pieceOf(data))
      } catch (error) {
        failures.push(error)
      }
      wake()
    },
    error: error => {
      failures.push(error)
      wake()
    }
  })
  decoder.ondequeue = () => wake()
  try {
    decoder.configure(config)
    for await (const packet of packets.read()) {
      decoder.decode(
        new EncodedAudioChunk({
          type: packet.type,
          timestamp: packet.microsecondTimestamp,
          duration: packet.microsecondDuration,
          data: packet.data
        })
      )
      while (decoder.decodeQueueSize >= QUEUE_MAX && failures.length === 0) {
        await sign(resolve => { wake = resolve })
      }
      yield * ready.splice(0)
      if (failures.length > 0) throw failures[0]
    }
    await decoder.flush()
    yield * ready.splice(0)
    if (failures.length > 0) throw failures[0]
  } finally {
    if (decoder.state !== 'closed') decoder.close()
  }
}

/** Waits for the decoder's next sign of life. */
async function sign (listen: (resolve: () => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new DetectionError('INVIGIL_ERR_MEDIA_INVALID', 'The sound decoder gave no answer; the file may be damaged.')
      )
    }, SILENT_MS)
    listen(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** The formats of decoded samples, as those of raw sound; `-planar` is taken off. */
const NATIVE_FORMATS: Readonly<Record<string, PcmFormat>> = {
  u8: 'pcm-u8',
  s16: 'pcm-s16',
  s32: 'pcm-s32',
  f32: 'pcm-f32'
}

/**
 * Copies the samples out and closes them, whatever happens: open data is the decoder's memory.
 *
 * They are copied as they are and converted here: the conversion of @napi-rs/webcodecs 1.3 ends the process for 16-bit
 * sound.
 */
function pieceOf (data: AudioData): SoundPiece {
  try {
    const { numberOfChannels: channels, sampleRate } = data
    checkShape(sampleRate, channels)
    const [name = '', layout] = data.format?.split('-') ?? []
    const format = NATIVE_FORMATS[name]
    if (format === undefined) {
      throw new DetectionError(
        'INVIGIL_ERR_MEDIA_UNSUPPORTED',
        `Sound of the sample format ${data.format} is not read.`
      )
    }
    const planes = Array.from({ length: layout === 'planar' ? channels : 1 }, (_, planeIndex) => {
      const bytes = new Uint8Array(data.allocationSize({ planeIndex }))
      data.copyTo(bytes, { planeIndex })
      return channelsOfPcm(bytes, format, layout === 'planar' ? 1 : channels)
    })
    return { channels: foldChannels(planes.flat()), sampleRate }
  } finally {
    data.close()
  }
}

function coded (error: unknown): unknown {
  // A missing or unreadable file is the caller's path, not the sound's content.
  if (error instanceof DetectionError || (error instanceof Error && 'syscall' in error)) return error
  if (error instanceof UnsupportedInputFormatError) {
    return new DetectionError(
      'INVIGIL_ERR_MEDIA_UNSUPPORTED',
      'The file is not sound of a known format (WAV, FLAC, OGG, MP3, AAC, MP4, WebM).',
      { cause: error }
    )
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new DetectionError('INVIGIL_ERR_MEDIA_INVALID', `The sound cannot be decoded: ${reason}`, { cause: error })
}
