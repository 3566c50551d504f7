import { DetectionError } from '../errors.ts'
import { distinctChannels, foldChannels, mixChannels, widenChannels, type Channels } from './channels.ts'
import { decodeContainer } from './container.ts'
import { createResampler, type Resampler, type ResampleState } from './resample.ts'
import { SAMPLE_RATE, WINDOW_SAMPLES } from './speech.ts'

export interface DecodeSoundOptions {
  /** Longer sound is refused, after the pieces before the limit. */
  readonly durationMsMax: number
}

/** Pieces of this length come out, some ten seconds of whole windows; the last may be shorter. */
const PIECE_SAMPLES = 320 * WINDOW_SAMPLES
/** The shortest packets in use (Vorbis at 96 kHz, Opus for games) are 0.7 to 2.5 ms. */
const PACKETS_PER_MS_MAX = 2

/**
 * Sound from a path or from bytes at 16 kHz, in pieces of ten seconds, each channel by itself: mixed into one, channels
 * of opposite sign would cancel out.
 *
 * Throws what `decodeContainer` throws, and MEDIA_TOO_LONG.
 */
export async function * decodeChannels (
  source: string | Uint8Array,
  { durationMsMax }: DecodeSoundOptions
): AsyncGenerator<Channels> {
  let stream: { readonly rate: number, readonly resampler: Resampler, states: readonly ResampleState[] } | undefined
  let piece: readonly Float32Array[] = []
  let filled = 0
  let left = Math.floor(durationMsMax * SAMPLE_RATE / 1000)

  function * cut (channels: Channels): Generator<Channels> {
    const length = Math.min(channels[0]!.length, Math.max(0, left))
    left -= channels[0]!.length
    for (let from = 0; from < length;) {
      const taken = Math.min(length - from, PIECE_SAMPLES - filled)
      piece.forEach((samples, index) => samples.set(channels[index]!.subarray(from, from + taken), filled))
      filled += taken
      from += taken
      if (filled < PIECE_SAMPLES) return
      yield distinctChannels(piece.map(samples => samples.slice()))
      filled = 0
    }
  }

  function flush (): Channels {
    return stream?.states.map(state => stream!.resampler.flush(state)) ?? []
  }

  for await (const { channels, sampleRate } of decodeContainer(source, {
    packetsMax: Math.ceil(durationMsMax * PACKETS_PER_MS_MAX)
  })) {
    if (piece.length === 0) piece = channels.map(() => new Float32Array(PIECE_SAMPLES))
    if (stream?.rate !== sampleRate) {
      // Some streams change their rate on the way.
      if (stream !== undefined) yield * cut(flush())
      const resampler = createResampler(sampleRate, SAMPLE_RATE)
      stream = { rate: sampleRate, resampler, states: piece.map(() => resampler.initial) }
    }
    const { resampler, states } = stream
    // And some their channels: the first piece says how many there are.
    const resampled = widenChannels(foldChannels(channels, piece.length), piece.length)
      .map((samples, index) => resampler.resample(states[index]!, samples))
    stream.states = resampled.map(({ state }) => state)
    yield * cut(resampled.map(({ samples }) => samples))
    if (left < 0) {
      throw new DetectionError('INVIGIL_ERR_MEDIA_TOO_LONG', `The sound is longer than ${durationMsMax / 1000} s.`)
    }
  }
  if (stream !== undefined) yield * cut(flush())
  if (filled > 0) yield distinctChannels(piece.map(samples => samples.slice(0, filled)))
}

/** The same with the channels mixed into one, as a page sends a microphone. */
export async function * decodeSound (
  source: string | Uint8Array,
  options: DecodeSoundOptions
): AsyncGenerator<Float32Array> {
  for await (const channels of decodeChannels(source, options)) yield mixChannels(channels)
}
